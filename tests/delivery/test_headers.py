"""What we write in a header is what a reader gets back, and nobody writes a header of their own through ours."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospecting.delivery import headers

LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"), max_size=300)
NAMES = [
    "Claire Dupont",
    "Société Générale",
    'O"Neil, "Bob" \\',
    "Łukasz",
    "名前",
    "a@b.c",
    "=?utf-8?q?x?=",
    "x" * 300,
    "é" * 300,
    "",
    "  ",
]


def parsed(line: str):
    return message_from_bytes((line + "\r\n\r\nx").encode("ascii"), policy=default)


def shown(message) -> str:
    """The display name. The standard library's new parser keeps blanks between encoded words of a phrase (a bug of
    its own, against RFC 2047 §6.2), so words are read by its older one."""
    address = next(header for name, header in message.items() if name in ("From", "To")).addresses[0]
    text = dict(message.raw_items())["From" if "From" in message else "To"].replace("\n", "").replace("\r", "")
    if "=?" in text and not text.strip().startswith('"'):
        return str(make_header(decode_header(text.rsplit(" <", 1)[0].strip())))
    return address.display_name


def raw(line: str) -> str:
    return line.split(":", 1)[1].replace("\r\n", "")[1:]


@given(LINE)
def test_a_subject_comes_back_as_it_was_written(subject: str) -> None:
    line = headers.unstructured("Subject", subject)
    assert str(make_header(decode_header(raw(line)))) == subject
    assert all(len(part) <= 78 for part in line.split("\r\n"))
    assert all(part.startswith(" ") and part.strip() for part in line.split("\r\n")[1:])
    assert len(parsed(line).keys()) == 1


@given(LINE)
def test_a_name_comes_back_and_the_address_stays_alone(display: str) -> None:
    message = parsed(headers.mailbox("From", "claire@acme.example", display))
    addresses = message["From"].addresses
    assert [address.addr_spec for address in addresses] == ["claire@acme.example"]
    assert shown(message) == " ".join(display.split())


@pytest.mark.parametrize("display", NAMES)
def test_names_that_parsers_stumble_over(display: str) -> None:
    message = parsed(headers.mailbox("To", "a.b+c@xn--bcher-kva.example", display))
    assert message["To"].addresses[0].addr_spec == "a.b+c@xn--bcher-kva.example"
    assert shown(message) == " ".join(display.split())


@given(st.text(max_size=20), st.sampled_from("\r\n\0\x0b\x85\u2028\u2029\ud800\t"), st.text(max_size=20))
def test_a_control_character_is_refused_wherever_it_stands(before: str, control: str, after: str) -> None:
    value = before + control + after
    with pytest.raises(headers.BadHeader):
        headers.unstructured("Subject", value)
    with pytest.raises(headers.BadHeader):
        headers.mailbox("From", "claire@acme.example", value)
    with pytest.raises(headers.BadHeader):
        headers.mailbox("To", f"{value}@acme.example")
    with pytest.raises(headers.BadHeader):
        headers.identifiers("References", [f"<{value}@acme.example>"])
    with pytest.raises(headers.BadHeader):
        headers.addresses_of_pages("List-Unsubscribe", [f"mailto:{value}@acme.example"])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@",
        "@b",
        "a b@c.d",
        "a@b@c",
        "<a@b.c>",
        "a@b.c>",
        '"a"@b.c',
        "a@[1.2.3.4]",
        "é@b.c",
        "a,b@c.d",
        "a..b@c.d",
    ],
)
def test_what_is_no_address_does_not_stand_in_a_header(address: str) -> None:
    with pytest.raises(headers.BadHeader):
        headers.mailbox("To", address)


def test_long_references_are_folded_and_stay_whole() -> None:
    ids = [f"<{'x' * 30}{n}@acme.example>" for n in range(20)]
    line = headers.identifiers("References", ids)
    assert all(len(part) <= 78 for part in line.split("\r\n"))
    assert raw(line).split() == ids


def test_list_unsubscribe_holds_both_ways() -> None:
    line = headers.addresses_of_pages(
        "List-Unsubscribe", ["mailto:claire@acme.example?subject=STOP", "https://acme.example/u/" + "t" * 60]
    )
    assert raw(line) == "<mailto:claire@acme.example?subject=STOP>, <https://acme.example/u/" + "t" * 60 + ">"

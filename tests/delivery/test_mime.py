"""A letter's bytes read back as the letter, by 8 bits and by 7, whatever stands in it."""

import re
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospecting.delivery import mime

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=3000)
HEAD = ["From: claire@acme.example", "To: paul@client.example", "Subject: x"]


def written(text: str) -> str:
    return re.sub(r"\r\n|\r|\n", "\n", text).rstrip("\n")


def checked(raw: bytes, *, eight_bit: bool) -> None:
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= mime.MAX_LINE for line in raw.split(b"\r\n"))
    assert eight_bit or raw.isascii()


@given(TEXT, TEXT, st.booleans())
def test_both_parts_come_back_as_written(plain: str, html: str, eight_bit: bool) -> None:
    raw = mime.multipart(HEAD, mime.body(plain), mime.body(html), eight_bit=eight_bit)
    checked(raw, eight_bit=eight_bit)
    message = message_from_bytes(raw, policy=default)
    assert message.get_content_type() == "multipart/alternative"
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    for part, said in zip(parts, (plain, html), strict=True):
        got = part.get_payload(decode=True).decode().replace("\r\n", "\n")
        assert got.rstrip("\n") == written(said)
    assert not message.defects


@given(TEXT, st.booleans())
def test_a_plain_letter_alone(plain: str, eight_bit: bool) -> None:
    raw = mime.multipart(HEAD, mime.body(plain), None, eight_bit=eight_bit)
    checked(raw, eight_bit=eight_bit)
    message = message_from_bytes(raw, policy=default)
    assert message.get_content_type() == "text/plain"
    assert message.get_payload(decode=True).decode().replace("\r\n", "\n").rstrip("\n") == written(plain)


def test_a_line_too_long_for_mail_is_encoded_even_where_eight_bits_pass() -> None:
    raw = mime.multipart(HEAD, mime.body("é" * 2000), None, eight_bit=True)
    assert b"quoted-printable" in raw
    checked(raw, eight_bit=True)


def test_nobody_can_write_the_boundary_in_advance() -> None:
    plain, html = mime.body("a"), mime.body("b")
    raw = mime.multipart(HEAD, plain, html, eight_bit=True)
    boundary = re.search(rb'boundary="([^"]+)"', raw)[1].decode()
    again = mime.multipart(HEAD, mime.body(f"--{boundary}--"), html, eight_bit=True)
    assert [p.get_content_type() for p in message_from_bytes(again, policy=default).iter_parts()] == [
        "text/plain",
        "text/html",
    ]


@pytest.mark.parametrize("bad", ["\0", "\x08", "\x0b", "\x1b", "\x7f", "\ud800"])
def test_controls_are_refused(bad: str) -> None:
    with pytest.raises(mime.BadBody):
        mime.body(f"hello{bad}world")

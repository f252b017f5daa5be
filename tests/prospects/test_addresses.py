"""One validator: what it takes is one address in one form, what it refuses is said."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prospecting.prospects import BadAddress, domain_of, is_free_mail, normalise


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("Jean.Dupont+rh@Exemple.FR", "jean.dupont+rh@exemple.fr"),
        (" a@x.fr ", "a@x.fr"),
        ("info@Bücher.example", "info@xn--bcher-kva.example"),
        ("info@xn--bcher-kva.example", "info@xn--bcher-kva.example"),
        ("a@x。fr", "a@x.fr"),
        ("o'brien@x.co.uk", "o'brien@x.co.uk"),
        ("a@xn--p1ai.xn--p1ai", "a@xn--p1ai.xn--p1ai"),
    ],
)
def test_an_address_has_one_form(given_: str, expected: str) -> None:
    assert normalise(given_) == expected


@pytest.mark.parametrize(
    "bad",
    [
        "", "x", "@x.fr", "a@", "a@x", "a@@x.fr", "a b@x.fr", "a@x.fr, b@x.fr", "a@x.fr;b@x.fr", "A <a@x.fr>", '"a"@x.fr',
        "a@[127.0.0.1]", "a@127.0.0.1", "a@x.fr\r\nBcc: b@x.fr", "a@x.fr\n", "a\x00@x.fr", "a\u2028@x.fr", "a@x\u2028.fr",
        ".a@x.fr", "a.@x.fr", "a..b@x.fr", "é@x.fr", "\u212a@x.fr", "a@-x.fr", "a@x-.fr", "a@x_y.fr", "a@x.fr.", "a@.fr",
        f"{'a' * 65}@x.fr", f"a@{'x' * 64}.fr", f"a@{'x.' * 130}fr", "mailto:a@x.fr ?", "a@x.fr(comment)", "a@xn--a.fr\u0000",
        "a@" + "ü" * 250,
    ],
)  # fmt: skip
def test_what_is_not_one_bare_address_is_refused_with_a_reason(bad: str) -> None:
    with pytest.raises(BadAddress, match=r"\w"):
        normalise(bad)


@given(st.text(max_size=60))
@example("a@ǅ.fr")
@example("a@Straße.de")
def test_whatever_is_taken_is_plain_short_and_stable(text: str) -> None:
    try:
        address = normalise(text)
    except BadAddress:
        return
    assert normalise(address) == address
    assert address.isascii()
    assert address == address.lower()
    assert len(address) <= 254
    assert address.count("@") == 1
    assert not set(address) & set(' ",;:<>()[]\\\r\n\t\x00')


@given(st.emails())
def test_ordinary_addresses_are_taken_or_refused_without_a_crash(address: str) -> None:
    try:
        assert normalise(address).rpartition("@")[0] == address.rpartition("@")[0].lower()
    except BadAddress as bad:
        assert str(bad)


@pytest.mark.parametrize(
    ("domain", "free"),
    [
        ("gmail.com", True), ("yahoo.fr", True), ("yahoo.co.uk", True), ("hotmail.com.br", True), ("free.fr", True),
        ("acme.fr", False), ("live.acme.com", False), ("outlook.acme.fr", False), ("mail.acme.com", False), ("notgmail.com", False),
    ],
)  # fmt: skip
def test_free_mail_says_nothing_about_where_its_owner_works(domain: str, free: bool) -> None:
    assert is_free_mail(domain) is free
    assert domain_of(f"a@{domain}") == domain

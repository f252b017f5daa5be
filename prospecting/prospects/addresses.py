"""The one validator of mail addresses; everything that stores or compares one goes through `normalise`.

Stricter than RFC 5321 on purpose: no quoted local parts, no address literals, no SMTPUTF8. What is refused is said,
never cleaned, because a cleaned address is another person's.
"""

import re
from functools import cache
from pathlib import Path

import idna

MAX_LENGTH = 254
"""RFC 5321 §4.5.3.1.3, less the angle brackets."""
MAX_LOCAL = 64

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# A last label of digits alone would be an IPv4 address in disguise.
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z])[a-z0-9-]{{1,62}}[a-z0-9]")
_COUNTRY_ENDING = re.compile(r"[a-z]{2,3}|(?:co|com)\.[a-z]{2}")
_FREE_MAIL = Path(__file__).parent / "free_mail.txt"


class BadAddress(ValueError):  # noqa: N818  the product's word
    """Not one mail address; the text says why."""


def normalise(address: str) -> str:
    """`address` in small letters with its domain in punycode: the form in which it is unique.

    Spaces around it are no part of it. Raises BadAddress with the reason.
    """
    address = address.strip(" \u00a0")
    if not address:
        raise BadAddress("there is none")
    if len(address) > MAX_LENGTH:
        raise BadAddress(f"it has more than {MAX_LENGTH} characters")
    local, at, domain = address.rpartition("@")
    if not at:
        raise BadAddress("it has no @")
    # Asked before lower-casing: some letters outside ASCII (the Kelvin sign) have small letters inside it.
    if not local.isascii():
        raise BadAddress("before the @ stand letters that not every mail server takes")
    local = local.lower()
    if not _LOCAL.fullmatch(local):
        raise BadAddress(_why_not(local))
    if len(local) > MAX_LOCAL:
        raise BadAddress(f"more than {MAX_LOCAL} characters stand before the @")
    normalised = f"{local}@{normalise_domain(domain)}"
    if len(normalised) > MAX_LENGTH:
        raise BadAddress(f"it has more than {MAX_LENGTH} characters")
    return normalised


def normalise_domain(domain: str) -> str:
    """`domain` in small letters and punycode. Raises BadAddress."""
    if not domain.isascii() or "xn--" in domain.lower():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise BadAddress("what stands after the @ is no domain") from error
    domain = domain.lower()
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        raise BadAddress("what stands after the @ is no domain")
    return domain


def domain_of(address: str) -> str:
    """The domain of a normalised address."""
    return address.rpartition("@")[2]


def is_free_mail(domain: str) -> bool:
    """Whether `domain` gives addresses to anybody, so that it names no organisation."""
    exact, families = _free_mail()
    family, _, ending = domain.partition(".")
    return domain in exact or (family in families and _COUNTRY_ENDING.fullmatch(ending) is not None)


def _why_not(local: str) -> str:
    if not local:
        return "nothing stands before the @"
    if "@" in local or re.search(r"[,;]", local):
        return "it holds more than one address"
    if re.search(r"[\s\x00-\x1f\x7f]", local):
        return "it holds a space or a control character"
    if '"' in local or "<" in local:
        return "it holds a name or quotes; only the bare address is taken"
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return "a dot stands at an end or twice in a row"
    return "it holds a character that no address has"


@cache
def _free_mail() -> tuple[frozenset[str], frozenset[str]]:
    lines = [line.strip() for line in _FREE_MAIL.read_text(encoding="ascii").splitlines()]
    names = [line for line in lines if line and not line.startswith("#")]
    exact = frozenset(name for name in names if not name.endswith(".*"))
    return exact, frozenset(name.removesuffix(".*") for name in names if name.endswith(".*"))

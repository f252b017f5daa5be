"""Header lines as receivers accept them (RFC 5322, RFC 2047): encoded, folded, and never cleaned.

A value with a control character is refused, because whoever put it there wants a header of their own, and a value that
was quietly mended is no longer what somebody wrote. Every function returns one whole line without its last CRLF.
"""

import re
from base64 import b64encode
from collections.abc import Sequence

FOLD_AT = 78
"""RFC 5322 §2.1.1: lines should stay under 78 characters, and must under 998."""
WORD = 75
"""RFC 2047 §2: the longest encoded word."""
MAX_VALUE = 2_000
"""Longer values are refused: nobody reads such a subject."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_ATOM_TEXT = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ADDRESS = re.compile(r"[!#-'*+\-/-9=?A-Z^-~]+(?:\.[!#-'*+\-/-9=?A-Z^-~]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_PHRASE_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/")


class BadHeader(ValueError):  # noqa: N818
    """A value that may not stand in a header; says which header and why."""


def unstructured(name: str, value: str) -> str:
    """Free text (Subject): as it is where it is plain ASCII, else in encoded words."""
    _refuse(name, value)
    longest = FOLD_AT - len(name) - len(": ")
    if _PLAIN.fullmatch(value) and "=?" not in value and max(map(len, value.split(" "))) <= longest:
        return _folded(name, value.split(" "))
    return _folded(name, encoded_words(value, before=len(name) + len(": ")))


def mailbox(name: str, address: str, display: str = "") -> str:
    """One address with the name of its owner (From, To)."""
    _refuse(name, display)
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise BadHeader(f"{name}: not an address that can stand in a header")
    display = " ".join(display.split())  # blanks at the rim or doubled are nobody's name, and readers differ on them
    if not display:
        return f"{name}: {address}"
    return _folded(name, [*_phrase(display, before=len(name) + len(": ")), f"<{address}>"])


def identifiers(name: str, ids: Sequence[str]) -> str:
    """Message identifiers (Message-ID, In-Reply-To, References), one a line once they no longer fit."""
    for one in ids:
        if len(one) > 255 or not _MESSAGE_ID.fullmatch(one):
            raise BadHeader(f"{name}: not a message identifier")
    return _folded(name, list(ids))


def addresses_of_pages(name: str, urls: Sequence[str]) -> str:
    """Addresses in angle brackets (List-Unsubscribe, RFC 2369 §2), separated by commas."""
    for url in urls:
        if not re.fullmatch(r"(?:https?|mailto):[!-;=?-~]{1,900}", url) or "," in url:
            raise BadHeader(f"{name}: not an address of a page")
    return _folded(name, [f"<{url}>," for url in urls[:-1]] + [f"<{urls[-1]}>"])


def plain(name: str, value: str) -> str:
    """A short value of our own making."""
    _refuse(name, value)
    if not _PLAIN.fullmatch(value):
        raise BadHeader(f"{name}: not plain text")
    return f"{name}: {value}"


def encoded_words(value: str, *, before: int = 0) -> list[str]:
    """`value` in RFC 2047 words, the first one shorter by `before` characters, which stand on its line already.

    Readers drop the blanks between words, so a character is never cut in two (RFC 2047 §5).
    """
    raw = value.encode()
    q = sum(1 if byte in _PHRASE_SAFE or byte == 32 else 3 for byte in raw) <= len(raw) * 4 / 3
    whole = WORD - len("=?utf-8?q?") - len("?=")
    room = _room(whole - before, q=q)
    words: list[str] = []
    piece = b""
    taken = 0
    for character in value:
        data = character.encode()
        cost = _q_cost(data) if q else len(data)
        if piece and taken + cost > room:
            words.append(_word(piece, q=q))
            piece, taken, room = b"", 0, _room(whole, q=q)
        piece += data
        taken += cost
    return [*words, _word(piece, q=q)]


def _room(characters: int, *, q: bool) -> int:
    """What fits into so many characters: as many of Q's, or bytes of base64."""
    return characters if q else characters // 4 * 3


def _q_cost(data: bytes) -> int:
    return sum(1 if byte in _PHRASE_SAFE or byte == 32 else 3 for byte in data)


def _word(data: bytes, *, q: bool) -> str:
    if not q:
        return f"=?utf-8?b?{b64encode(data).decode('ascii')}?="
    # RFC 2047 §5 (3): inside a phrase only these characters stand for themselves.
    text = "".join("_" if byte == 32 else chr(byte) if byte in _PHRASE_SAFE else f"={byte:02X}" for byte in data)
    return f"=?utf-8?q?{text}?="


def _phrase(display: str, *, before: int) -> list[str]:
    if _ATOM_TEXT.fullmatch(display) and "=?" not in display and len(display) < FOLD_AT:
        return display.split(" ")
    if _PLAIN.fullmatch(display) and "=?" not in display and len(display) < FOLD_AT - 10:
        escaped = display.replace("\\", "\\\\").replace('"', '\\"')
        return [f'"{escaped}"']
    return encoded_words(display, before=before)


def _folded(name: str, words: Sequence[str]) -> str:
    """`words` after the name, a new line (begun by its blank) wherever the next word would not fit."""
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > FOLD_AT and not lines[-1].endswith(":"):
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)


def _refuse(name: str, value: str) -> None:
    if found := _CONTROL.search(value):
        raise BadHeader(f"{name}: a control character (U+{ord(found[0]):04X})")
    if len(value) > MAX_VALUE:
        raise BadHeader(f"{name}: longer than {MAX_VALUE} characters")

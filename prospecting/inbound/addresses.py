"""Mail addresses in other people's text."""

import re

from prospecting.prospects import BadAddress, normalise

_ADDRESS = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")
_MESSAGE_ID = re.compile(r"<[^<>\s@]{1,200}@[^<>\s@]{1,120}>")


def addresses_in(text: str) -> tuple[str, ...]:
    """Every address in `text`, normalised, in the order of their first appearance."""
    found: dict[str, None] = {}
    for match in _ADDRESS.finditer(text[:100_000]):
        if (address := normalised(match[0])) is not None:
            found.setdefault(address)
    return tuple(found)


def normalised(address: str) -> str | None:
    """`address` as we keep addresses, or None if it is none."""
    try:
        return normalise(address.strip(" \t\r\n<>\"'.,;:"))
    except BadAddress:
        return None


def message_ids_in(text: str) -> tuple[str, ...]:
    """Every Message-ID in `text`, with its angle brackets."""
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(text[:100_000])))

"""Cells into values. Tables repeat themselves, so that each kind of cell remembers what it read lately."""

import re
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import TypeVar

from prospecting.prospects.addresses import BadAddress, normalise_domain
from prospecting.prospects.cells import without_guard
from prospecting.prospects.folding import fold
from prospecting.prospects.models import NUMBER, OrganisationKind
from prospecting.prospects.places import country_code, is_zone, language_code
from prospecting.prospects.segments.catalogue import tag

V = TypeVar("V")
REMEMBERED = 5_000
LONGEST = {"first_name": 100, "last_name": 100, "role": 200, "organisation": 200, "industry": 100, "subdivision": 8}
_THOUSANDS = re.compile(r"\d{1,3}(?:[ .,'\u00a0\u202f]\d{3})+|\d+")
_KINDS = {
    "entreprise": "company", "societe": "company", "company": "company", "business": "company", "corporation": "company",
    "association": "association", "ong": "association", "ngo": "association", "charity": "association", "non profit": "association",
    "collectivite": "local_authority", "collectivite territoriale": "local_authority", "mairie": "local_authority",
    "local authority": "local_authority", "council": "local_authority", "municipality": "local_authority",
    "ecole": "school", "school": "school", "universite": "school", "university": "school", "lycee": "school",
    "autre": "other", "other": "other",
}  # fmt: skip


class Impossible(ValueError):  # noqa: N818  not an error of ours
    """A value that cannot be stored: what to say, and how to mend it."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.message, self.mend = message, mend


class Cells(dict[str, V | None]):
    """Cell to value, for one column; None for an empty one. Raises Impossible, and then remembers nothing."""

    def __init__(self, read: Callable[[str], V]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: str) -> V | None:
        if len(self) >= REMEMBERED:
            self.clear()
        text = without_guard(cell)
        value = self[cell] = self._read(text) if text else None
        return value


def line_of(column: str) -> Cells[str]:
    """One line of text, not longer than its column."""
    return Cells(lambda text: _line(column, text))


def line_and_folded(column: str) -> Cells[tuple[str, str]]:
    """One line of text, and its folded form."""

    def read(text: str) -> tuple[str, str]:
        line = _line(column, text)
        return line, fold(line)

    return Cells(read)


def code_of(column: str) -> Cells[str]:
    """A value that one of a few readers knows."""
    known, mend = CODES[column]

    def read(text: str) -> str:
        if (code := known(text)) is None:
            raise Impossible(f'There is no {column} "{text[:60]}"; it is left out.', mend)
        return code

    return Cells(read)


def headcounts() -> Cells[int]:
    """A whole number, with or without its thousands set apart."""

    def read(text: str) -> int:
        if not _THOUSANDS.fullmatch(text) or (count := int(re.sub(r"\D", "", text))) >= 100_000_000:
            raise Impossible(f'headcount cannot be "{text[:60]}"; it is left out.', "Write a whole number.")
        return count

    return Cells(read)


def tag_lists() -> Cells[str]:
    """Tags, set apart by semicolons, as a JSON list."""

    def read(text: str) -> str:
        names = {name for part in text.split(";") if (name := tag(part))}
        return f"[{','.join(encode_basestring(name) for name in sorted(names))}]"

    return Cells(read)


def own_values(name: str) -> Cells[tuple[str, str]]:
    """A value of the team's own column `name`, as a member of a JSON object: as it is, and as conditions compare it.

    As SQLite writes JSON, so that what is the same compares as the same.
    """

    def read(text: str) -> tuple[str, str]:
        compared = text if NUMBER.fullmatch(text) else fold(text)
        return f'"{name}":{encode_basestring(text)}', f'"{name}":{encode_basestring(compared)}'

    return Cells(read)


def _line(column: str, text: str) -> str:
    if "\n" in text or "\r" in text:
        text = " ".join(text.split())
    if len(text) > LONGEST[column]:
        raise Impossible(f"{column} has more than {LONGEST[column]} characters and is left out.", "Shorten it.")
    return text


def _zone(text: str) -> str | None:
    return text if is_zone(text) else None


def _domain(text: str) -> str | None:
    try:
        return normalise_domain(text.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/"))
    except BadAddress:
        return None


def _kind(text: str) -> str | None:
    folded = fold(text)
    named = folded.replace(" ", "_")
    return _KINDS.get(folded) or (named if named in list(OrganisationKind) else None)


CODES: dict[str, tuple[Callable[[str], str | None], str]] = {
    "country": (country_code, "Write two letters, like FR."),
    "language": (language_code, "Write a language's code, like fr."),
    "zone": (_zone, "Write one like Europe/Paris."),
    "organisation_domain": (_domain, "Write one like example.com."),
    "organisation_kind": (_kind, f"Write one of: {', '.join(OrganisationKind)}."),
}

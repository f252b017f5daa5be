"""One record into one prospect's values, or into the reason why not."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from json.encoder import encode_basestring
from typing import NamedTuple

from prospecting.prospects.addresses import BadAddress, is_free_mail, normalise, normalise_domain
from prospecting.prospects.cells import without_guard
from prospecting.prospects.folding import fold
from prospecting.prospects.importing.columns import Columns
from prospecting.prospects.importing.records import LONGEST_CELL, Record
from prospecting.prospects.models import OrganisationKind, folded_fields
from prospecting.prospects.places import country_code, is_zone, language_code
from prospecting.prospects.segments.catalogue import tag

LONGEST = {"first_name": 100, "last_name": 100, "role": 200, "organisation": 200, "industry": 100, "subdivision": 8}
KEPT_WORKPLACES = 10_000
_OF_WORKPLACE = ("organisation", "organisation_domain", "organisation_kind", "headcount", "industry")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_THOUSANDS = re.compile(r"\d{1,3}(?:[ .,'\u00a0\u202f]\d{3})+|\d+")
_KINDS = {
    "entreprise": "company", "societe": "company", "company": "company", "business": "company", "corporation": "company",
    "association": "association", "ong": "association", "ngo": "association", "charity": "association", "non profit": "association",
    "collectivite": "local_authority", "collectivite territoriale": "local_authority", "mairie": "local_authority",
    "local authority": "local_authority", "council": "local_authority", "municipality": "local_authority",
    "ecole": "school", "school": "school", "universite": "school", "university": "school", "lycee": "school",
    "autre": "other", "other": "other",
}  # fmt: skip


class Row(NamedTuple):
    """A prospect as the staging table holds one; None is "not said", and changes nothing."""

    address: str
    address_hash: bytes
    domain: str
    first_name: str | None
    last_name: str | None
    role: str | None
    folded_role: str | None
    language: str | None
    country: str | None
    subdivision: str | None
    zone: str | None
    fields: str
    folded_fields: str
    tags: str


class Workplace(NamedTuple):
    """An organisation as the staging table holds one: by domain, or else by folded name and country ("" if unknown)."""

    domain: str | None
    folded_name: str
    country: str
    name: str | None
    kind: str | None
    headcount: int | None
    industry: str | None
    folded_industry: str | None


@dataclass
class Read:
    """What one record came to: a row with its workplace, or a refusal; `left_out` are values nobody can store."""

    row: Row | None = None
    workplace: Workplace | None = None
    refused: tuple[str, str, str] | None = None
    """Code, message, mend."""
    left_out: list[tuple[str, str]] = field(default_factory=list)
    """Message, mend."""


class RowReader:
    """Reads records of a file with these columns; `hash_address` is the installation's."""

    def __init__(self, columns: Columns, hash_address: Callable[[str], bytes]) -> None:
        self._at = columns.known
        self._own = list(columns.own.items())
        self._width = columns.width
        self._hash = hash_address
        self._of_workplace = [self._at[name] for name in _OF_WORKPLACE if name in self._at]
        self._workplaces: dict[tuple[str | None, ...], Workplace | None] = {}

    def read(self, record: Record) -> Read:
        """The row in `record`."""
        cells = record.cells
        if refused := self._form(record):
            return Read(refused=refused)
        try:
            address = normalise(cells[self._at["address"]])
        except BadAddress as bad:
            shown = cells[self._at["address"]].strip()[:80]
            return Read(refused=("IM006", f'"{shown}" is no mail address: {bad}.', "Correct it."))
        read = Read()
        country = self._coded(read, cells, "country", country_code, "Write two letters, like FR.")
        role = self._text(read, cells, "role")
        domain = address.rpartition("@")[2]
        read.workplace = self._workplace(read, cells, domain, country)
        own = {name: value for name, index in self._own if (value := without_guard(cells[index]))}
        read.row = Row(
            address,
            self._hash(address),
            domain,
            self._text(read, cells, "first_name"),
            self._text(read, cells, "last_name"),
            role,
            None if role is None else fold(role),
            self._coded(read, cells, "language", language_code, "Write a language's code, like fr."),
            country,
            self._text(read, cells, "subdivision"),
            self._coded(read, cells, "zone", _zone, "Write one like Europe/Paris."),
            _object(own) if own else "{}",
            _object(folded_fields(own)) if own else "{}",
            self._tags(cells),
        )
        return read

    def _form(self, record: Record) -> tuple[str, str, str] | None:
        cells = record.cells
        if len(cells) != self._width:
            if len(cells) < self._width or any(cell.strip() for cell in cells[self._width :]):
                said = f"This row has {len(cells)} cells, and the header {self._width}."
                return "IM007", said, "Give each cell its column; put a cell that holds the delimiter in quotes."
            del cells[self._width :]  # delimiters at the end of a row, as spreadsheets leave them
        if found := _CONTROL.search(record.raw):
            what = "a NUL" if found[0] == "\0" else "a control character"
            return "IM008", f"This row holds {what} (U+{ord(found[0]):04X}).", "Take it out."
        if len(record.raw) > LONGEST_CELL and any(len(cell) > LONGEST_CELL for cell in cells):
            return "IM010", f"A cell of this row has more than {LONGEST_CELL:,} characters.", "Shorten it."
        return None

    def _text(self, read: Read, cells: list[str], column: str) -> str | None:
        """One line of text; longer than can be kept is left out."""
        index = self._at.get(column)
        if index is None or not (text := without_guard(cells[index])):
            return None
        if "\n" in text or "\r" in text:
            text = " ".join(text.split())
        if len(text) > LONGEST[column]:
            read.left_out.append(
                (f"{column} has more than {LONGEST[column]} characters and is left out.", "Shorten it.")
            )
            return None
        return text

    def _coded(
        self, read: Read, cells: list[str], column: str, code: Callable[[str], str | None], mend: str
    ) -> str | None:
        index = self._at.get(column)
        if index is None or not (text := without_guard(cells[index])):
            return None
        found = _known(code, text)
        if found is None:
            read.left_out.append((f'There is no {column} "{text[:60]}"; it is left out.', mend))
        return found

    def _workplace(self, read: Read, cells: list[str], mail_domain: str, country: str | None) -> Workplace | None:
        """Colleagues repeat their workplace word for word, so the last ones read are kept."""
        key = (mail_domain, country, *[cells[index] for index in self._of_workplace])
        if key in self._workplaces:
            return self._workplaces[key]
        before = len(read.left_out)
        place = self._read_workplace(read, cells, mail_domain, country)
        if len(read.left_out) == before:
            if len(self._workplaces) >= KEPT_WORKPLACES:
                self._workplaces.clear()
            self._workplaces[key] = place
        return place

    def _read_workplace(self, read: Read, cells: list[str], mail_domain: str, country: str | None) -> Workplace | None:
        name = self._text(read, cells, "organisation")
        domain = self._coded(read, cells, "organisation_domain", _domain, "Write one like example.com.") or mail_domain
        own_domain = None if is_free_mail(domain) else domain
        folded = fold(name) if name else ""
        if own_domain is None and not folded:
            return None
        industry = self._text(read, cells, "industry")
        return Workplace(
            own_domain,
            folded,
            country or "",
            name,
            self._coded(read, cells, "organisation_kind", _kind, f"Write one of: {', '.join(OrganisationKind)}."),
            self._headcount(read, cells),
            industry,
            fold(industry) if industry else None,
        )

    def _headcount(self, read: Read, cells: list[str]) -> int | None:
        index = self._at.get("headcount")
        if index is None or not (text := without_guard(cells[index])):
            return None
        if _THOUSANDS.fullmatch(text) and (count := int(re.sub(r"\D", "", text))) < 100_000_000:
            return count
        read.left_out.append((f'headcount cannot be "{text[:60]}"; it is left out.', "Write a whole number."))
        return None

    def _tags(self, cells: list[str]) -> str:
        index = self._at.get("tags")
        return _tag_list(cells[index]) if index is not None and cells[index] else "[]"


@lru_cache(maxsize=5_000)
def _tag_list(cell: str) -> str:
    names = {name for part in without_guard(cell).split(";") if (name := tag(part))}
    return f"[{','.join(encode_basestring(name) for name in sorted(names))}]"


def _object(fields: dict[str, str]) -> str:
    """JSON as SQLite writes it, so that what is the same compares as the same; names are plain letters, digits and _."""
    return "{" + ",".join([f'"{name}":{encode_basestring(text)}' for name, text in fields.items()]) + "}"


@lru_cache(maxsize=5_000)
def _known(code: Callable[[str], str | None], text: str) -> str | None:
    return code(text)


def _zone(text: str) -> str | None:
    return text if is_zone(text) else None


def _domain(text: str) -> str | None:
    try:
        return normalise_domain(text.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/"))
    except BadAddress:
        return None


def _kind(text: str) -> str | None:
    folded = fold(text)
    return _KINDS.get(folded) or (
        folded.replace(" ", "_") if folded.replace(" ", "_") in list(OrganisationKind) else None
    )

"""One record into one prospect's values, or into the reason why not."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from prospecting.prospects.addresses import BadAddress, is_free_mail, normalise
from prospecting.prospects.folding import fold
from prospecting.prospects.importing import cells
from prospecting.prospects.importing.cells import Cells, Impossible
from prospecting.prospects.importing.columns import NAMES, Columns
from prospecting.prospects.importing.records import LONGEST_CELL, Record

V = TypeVar("V")
ABSENT = -1
KEPT_WORKPLACES = 10_000
_OF_WORKPLACE = ("organisation", "organisation_domain", "organisation_kind", "headcount", "industry")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


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
        self._width = columns.width
        self._hash = hash_address
        self._at = {name: columns.known.get(name, ABSENT) for name in NAMES}
        self._lines = {name: cells.line_of(name) for name in ("first_name", "last_name", "subdivision", "organisation")}
        self._folded = {name: cells.line_and_folded(name) for name in ("role", "industry")}
        self._codes = {name: cells.code_of(name) for name in cells.CODES}
        self._headcounts, self._tags = cells.headcounts(), cells.tag_lists()
        self._own = [(index, cells.own_values(name)) for name, index in columns.own.items()]
        self._workplaces: dict[tuple[str | None, ...], Workplace | None] = {}

    def read(self, record: Record) -> Read:
        """The row in `record`."""
        row = record.cells
        if refused := self._form(record):
            return Read(refused=refused)
        row.append("")  # what an absent column holds
        try:
            address = normalise(row[self._at["address"]])
        except BadAddress as bad:
            shown = row[self._at["address"]].strip()[:80]
            return Read(refused=("IM006", f'"{shown}" is no mail address: {bad}.', "Correct it."))
        read = Read()
        domain = address.rpartition("@")[2]
        country = self._value(read, row, "country", self._codes)
        role, folded_role = self._value(read, row, "role", self._folded) or (None, None)
        own = [value for index, known in self._own if (value := known[row[index]])]
        read.workplace = self._workplace(read, row, domain, country)
        read.row = Row(
            address,
            self._hash(address),
            domain,
            self._value(read, row, "first_name", self._lines),
            self._value(read, row, "last_name", self._lines),
            role,
            folded_role,
            self._value(read, row, "language", self._codes),
            country,
            self._value(read, row, "subdivision", self._lines),
            self._value(read, row, "zone", self._codes),
            f"{{{','.join([value for value, _ in own])}}}",
            f"{{{','.join([value for _, value in own])}}}",
            self._tags[row[self._at["tags"]]] or "[]",
        )
        return read

    def _value(self, read: Read, row: list[str], column: str, known: Mapping[str, Cells[V]]) -> V | None:
        try:
            return known[column][row[self._at[column]]]
        except Impossible as value:
            read.left_out.append((value.message, value.mend))
            return None

    def _form(self, record: Record) -> tuple[str, str, str] | None:
        """What is wrong with the record as a whole."""
        row = record.cells
        if len(row) != self._width:
            if len(row) < self._width or any(cell.strip() for cell in row[self._width :]):
                said = f"This row has {len(row)} cells, and the header {self._width}."
                return "IM007", said, "Give each cell its column; put a cell that holds the delimiter in quotes."
            del row[self._width :]  # delimiters at the end of a row, as spreadsheets leave them
        if found := _CONTROL.search(record.raw):
            what = "a NUL" if found[0] == "\0" else "a control character"
            return "IM008", f"This row holds {what} (U+{ord(found[0]):04X}).", "Take it out."
        if len(record.raw) > LONGEST_CELL and any(len(cell) > LONGEST_CELL for cell in row):
            return "IM010", f"A cell of this row has more than {LONGEST_CELL:,} characters.", "Shorten it."
        return None

    def _workplace(self, read: Read, row: list[str], mail_domain: str, country: str | None) -> Workplace | None:
        """Colleagues repeat their workplace word for word, so the last ones read are kept."""
        key = (mail_domain, country, *[row[self._at[name]] for name in _OF_WORKPLACE])
        if key in self._workplaces:
            return self._workplaces[key]
        before = len(read.left_out)
        place = self._read_workplace(read, row, mail_domain, country)
        if len(read.left_out) == before:
            if len(self._workplaces) >= KEPT_WORKPLACES:
                self._workplaces.clear()
            self._workplaces[key] = place
        return place

    def _read_workplace(self, read: Read, row: list[str], mail_domain: str, country: str | None) -> Workplace | None:
        name = self._value(read, row, "organisation", self._lines)
        domain = self._value(read, row, "organisation_domain", self._codes) or mail_domain
        own_domain = None if is_free_mail(domain) else domain
        folded = fold(name) if name else ""
        if own_domain is None and not folded:
            return None
        industry, folded_industry = self._value(read, row, "industry", self._folded) or (None, None)
        return Workplace(
            own_domain,
            folded,
            country or "",
            name,
            self._value(read, row, "organisation_kind", self._codes),
            self._value(read, row, "headcount", {"headcount": self._headcounts}),
            industry,
            folded_industry,
        )

"""People out as a table that importing restores exactly, and that no spreadsheet runs."""

import csv
from collections.abc import Iterator
from typing import TextIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.prospects.cells import guarded
from prospecting.prospects.models import CustomField, Organisation, Prospect

_PERSON = ("address", "first_name", "last_name", "role", "language", "country", "subdivision", "zone")
_PLACE = {
    "organisation": "name",
    "organisation_domain": "domain",
    "organisation_kind": "kind",
    "headcount": "headcount",
    "industry": "industry",
}
AT_A_TIME = 1_000


def export_csv(session: Session, out: TextIO) -> int:
    """Write every prospect to `out` (opened with newline=""), by address; how many. Streams in constant memory."""
    own = list(session.scalars(select(CustomField.name).order_by(CustomField.name)))
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_PERSON, *_PLACE, "tags", *own])
    count = 0
    for person, place in _people(session):
        cells = [getattr(person, name) for name in _PERSON]
        cells += [getattr(place, name) if place else None for name in _PLACE.values()]
        cells += [";".join(person.tags), *(person.fields.get(name) for name in own)]
        writer.writerow(["" if cell is None else guarded(str(cell)) for cell in cells])
        count += 1
    return count


def _people(session: Session) -> Iterator[tuple[Prospect, Organisation | None]]:
    last = ""
    while True:
        rows = session.execute(
            select(Prospect, Organisation)
            .outerjoin(Organisation, Organisation.id == Prospect.organisation_id)
            .where(Prospect.address > last)
            .order_by(Prospect.address)
            .limit(AT_A_TIME)
        ).all()
        for person, place in rows:
            last = person.address
            yield person, place
        session.expunge_all()
        if len(rows) < AT_A_TIME:
            return

"""The people a campaign is for, as far as the linter judges them: how many, where, and what is known of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prospecting.campaigns.audience import condition
from prospecting.campaigns.form import CampaignDefinition
from prospecting.campaigns.people import Home, Person, home_of
from prospecting.campaigns.people import people as read_people
from prospecting.documents import Document
from prospecting.engagement.kinds import Mode
from prospecting.findings import Finding, Refused
from prospecting.prospects import segments
from prospecting.prospects.models import Organisation, Prospect

BATCH = 500
READABLE = 50_000
"""People looked at one by one; of a larger audience the linter judges the first ones, which is enough for a rule."""


@dataclass(frozen=True)
class Audience:
    """Those whom the condition means and who may be written to at all."""

    size: int
    everybody: int
    """People in the database."""
    languages: Mapping[str, int]
    modes: Mapping[Mode, int]
    homes: Mapping[Home, int]
    missing: Mapping[str, int]
    """How many lack each of the values that a template may print; a path that is not here is always there."""


def audience(
    session: Session, definition: CampaignDefinition, document: Document, *, now: datetime, default_zone: str
) -> tuple[Audience | None, list[Finding]]:
    """The audience, or the findings that keep it from being read. Who is in the campaign already counts as well."""
    try:
        meant, fields = condition(session, definition, now=now, document=document)
    except Refused as refused:
        return None, refused.findings
    chosen = segments.people().where(segments.compile(meant, fields)).order_by(Prospect.id).limit(READABLE)
    ids = list(session.scalars(chosen))
    people = _read(session, ids)
    alive = [person for person in people.values() if person.gone is None]
    zone = definition.calendar.timezone if definition.calendar.timezone != "prospect" else default_zone
    everybody = session.scalar(select(func.count()).select_from(Prospect)) or 0
    return (
        Audience(
            size=len(alive),
            everybody=everybody,
            languages=Counter(person.speaks(definition).split("-")[0] for person in alive),
            modes=Counter(person.mode(definition) for person in alive),
            homes=Counter(home_of(person, zone) for person in alive),
            missing=_missing(session, [person.id for person in alive]),
        ),
        [],
    )


def _read(session: Session, ids: list[int]) -> dict[int, Person]:
    found: dict[int, Person] = {}
    for start in range(0, len(ids), BATCH):
        found |= read_people(session, ids[start : start + BATCH])
    return found


def _missing(session: Session, ids: list[int]) -> Mapping[str, int]:
    """Counts of people without a value, by the template's name for it."""
    lacking: Counter[str] = Counter()
    columns: dict[str, Any] = {
        "prospect.first_name": Prospect.first_name,
        "prospect.last_name": Prospect.last_name,
        "prospect.role": Prospect.role,
        "prospect.language": Prospect.language,
        "prospect.country": Prospect.country,
        "organisation.name": Organisation.name,
    }
    own: Counter[str] = Counter()
    rows = 0
    for start in range(0, len(ids), BATCH):
        statement = (
            select(Prospect.fields, *columns.values())
            .outerjoin(Organisation, Organisation.id == Prospect.organisation_id)
            .where(Prospect.id.in_(ids[start : start + BATCH]))
        )
        for row in session.execute(statement):
            rows += 1
            own.update(f"prospect.fields.{name}" for name, value in (row[0] or {}).items() if value not in (None, ""))
            lacking.update(name for name, value in zip(columns, row[1:], strict=True) if value in (None, ""))
    return lacking | {name: rows - count for name, count in own.items()}

"""A batch of rows into the tables, by sets: staged, left out where suppressed, given their organisations, upserted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from prospecting.db import Instant, Json, is_sqlite
from prospecting.db.bulk import Cell, drop_temporary, fill_temporary
from prospecting.db.functions import hold_still, json_adds, json_merge, json_union, take_turn
from prospecting.prospects.importing.rows import Row, Workplace
from prospecting.prospects.models import Organisation, OrganisationKind, Prospect, Suppression

IMPORTS_TAKE_TURNS = 7_102_027
_TEMPORARY = MetaData()
_LISTS = ("tags",)
_OBJECTS = ("fields", "folded_fields")
_TEXTS = tuple(name for name in Row._fields if name not in ("address", "address_hash", "domain", *_LISTS, *_OBJECTS))

staged = Table(
    "import_row",
    _TEMPORARY,
    Column("number", Integer),
    Column("workplace", Integer),
    Column("address", Text),
    Column("address_hash", LargeBinary),
    Column("domain", Text),
    *(Column(name, Text) for name in _TEXTS),
    *(Column(name, Json) for name in (*_OBJECTS, *_LISTS)),
    prefixes=["TEMPORARY"],
)
workplaces = Table(
    "import_workplace",
    _TEMPORARY,
    Column("number", Integer),
    Column("organisation_id", Integer),
    *(Column(name, Integer if name == "headcount" else Text) for name in Workplace._fields),
    prefixes=["TEMPORARY"],
)


@dataclass
class Batch:
    """Rows on their way; one address once, one workplace once, what stands later in the file wins where it says
    something."""

    rows: dict[str, tuple[Row, int | None]] = field(default_factory=dict)
    places: dict[tuple[str, str], tuple[int, Workplace]] = field(default_factory=dict)
    repeated: int = 0
    ends: int = 0
    """The last line that is in it, or refused before it."""

    def add(self, row: Row, place: Workplace | None) -> None:
        number = self._place(place) if place else None
        if row.address in self.rows:
            before, at = self.rows[row.address]
            row, number = _over(before, row), at if number is None else number
            self.repeated += 1
        self.rows[row.address] = (row, number)

    def _place(self, place: Workplace) -> int:
        key = (place.domain, "") if place.domain else (place.folded_name, f"/{place.country}")
        known = self.places.get(key)
        if known is None:
            self.places[key] = (len(self.places), place)
            return len(self.places) - 1
        number, before = known
        if before != place:
            merged = Workplace._make(
                new if new not in (None, "") else old for new, old in zip(place, before, strict=True)
            )
            # A company in several countries keeps the first one it was seen in.
            self.places[key] = (number, merged._replace(country=before.country or place.country))
        return number


@dataclass(frozen=True)
class Stored:
    """What became of a batch's people, and how many organisations are new."""

    added: int
    updated: int
    unchanged: int
    suppressed: int
    organisations: int


def store(session: Session, batch: Batch, *, source: str, import_id: int, now: datetime) -> Stored:
    """Put `batch` in. Suppressed addresses are left out, whatever the file says."""
    take_turn(session, IMPORTS_TAKE_TURNS)
    # An objection waits for this batch, or the batch sees it: no address slips in between.
    hold_still(session, Suppression)
    _stage(session, batch)
    suppressed = _leave_out_suppressed(session)
    organisations = _organisations(session, now)
    known = session.scalar(
        select(func.count()).select_from(staged).where(exists().where(Prospect.address == staged.c.address))
    )
    touched = _rows(session, _upsert(session, source, import_id, now))
    drop_temporary(session, (staged, workplaces))
    added = len(batch.rows) - suppressed - (known or 0)
    updated = touched - added
    return Stored(added, updated, (known or 0) - updated, suppressed, organisations)


def _stage(session: Session, batch: Batch) -> None:
    order = [staged.c[2 + n].name for n in range(len(Row._fields))]
    pick = [Row._fields.index(name) for name in order]
    rows: list[Sequence[Cell]] = [
        (number, place, *[row[index] for index in pick]) for number, (row, place) in enumerate(batch.rows.values())
    ]
    fill_temporary(session, staged, rows)
    fill_temporary(session, workplaces, [(number, None, *place) for number, place in batch.places.values()])


def _leave_out_suppressed(session: Session) -> int:
    suppressed = select(Suppression.address_hash)
    left_out = _rows(session, delete(staged).where(staged.c.address_hash.in_(suppressed)))
    if left_out:
        # Nor is their workplace brought back: a domain may be a person's name.
        used = exists().where(staged.c.workplace == workplaces.c.number)
        session.execute(delete(workplaces).where(~used))
    return left_out


def _organisations(session: Session, now: datetime) -> int:
    """Find or make the organisation of each workplace, bring its facts up to date; how many are new."""
    _adopt_domains(session)
    place = workplaces.c
    by_domain = select(Organisation.id).where(Organisation.domain == place.domain)
    by_name = select(func.min(Organisation.id)).where(
        Organisation.folded_name == place.folded_name, func.coalesce(Organisation.country, "") == place.country
    )
    missing = select(
        func.coalesce(place.name, place.domain),
        func.coalesce(func.nullif(place.folded_name, ""), place.domain),
        func.coalesce(place.kind, OrganisationKind.COMPANY.value),
        place.domain,
        func.nullif(place.country, ""),
        place.headcount,
        place.industry,
        place.folded_industry,
        literal({}, Json),
        literal(now, Instant),
    ).order_by(place.number)
    columns = ["name", "folded_name", "kind", "domain", "country", "headcount", "industry", "folded_industry", "fields"]
    columns.append("created_at")
    new = 0
    for found, without in ((by_domain, place.domain.is_not(None)), (by_name, place.domain.is_(None))):
        lacking = missing.where(without, func.coalesce(found.scalar_subquery(), 0) == 0)
        new += _rows(session, _insert(session, Organisation).from_select(columns, lacking))
        session.execute(update(workplaces).where(without).values(organisation_id=found.scalar_subquery()))
    _bring_up_to_date(session)
    return new


def _adopt_domains(session: Session) -> None:
    """An organisation known by its name alone gets the domain under which the file knows it."""
    place, other = workplaces.c, Organisation.__table__.alias("other")
    same = (
        Organisation.folded_name == place.folded_name,
        func.coalesce(Organisation.country, "") == place.country,
        Organisation.domain.is_(None),
        place.domain.is_not(None),
        place.folded_name != "",
        ~exists().where(other.c.domain == place.domain),
    )
    first = select(func.min(Organisation.id)).where(*same).group_by(place.folded_name, place.country)
    ids = list(session.scalars(first))
    if not ids:
        return
    domain = select(func.min(place.domain)).where(*same[:2], *same[3:]).correlate(Organisation)
    session.execute(
        update(Organisation)
        .where(Organisation.id.in_(ids))
        .values(domain=domain.scalar_subquery())
        .execution_options(synchronize_session=False)
    )


def _bring_up_to_date(session: Session) -> None:
    place = workplaces.c
    values: dict[str, ColumnElement[Any]] = {
        name: func.coalesce(place[name], getattr(Organisation, name))
        for name in ("name", "kind", "headcount", "industry", "folded_industry")
    }
    values["folded_name"] = func.coalesce(func.nullif(place.folded_name, ""), Organisation.folded_name)
    values["country"] = func.coalesce(Organisation.country, func.nullif(place.country, ""))
    differs = [getattr(Organisation, name).is_distinct_from(value) for name, value in values.items()]
    session.execute(
        update(Organisation)
        .where(Organisation.id == place.organisation_id, or_(*differs))
        .values(values)
        .execution_options(synchronize_session=False)
    )


def _upsert(session: Session, source: str, import_id: int, now: datetime) -> Any:
    """New people in, known ones changed where the file says something else. A person keeps their first source."""
    names = [column.name for column in staged.columns][2:]
    facts = {
        "source": literal(source), "source_at": literal(now, Instant), "import_id": literal(import_id),
        "created_at": literal(now, Instant), "cooled_topics": literal([], Json), "organisation_id": workplaces.c.organisation_id,
    }  # fmt: skip
    there = Prospect.__table__.alias("there")
    rows = (
        select(*(staged.c[name] for name in names), *facts.values())
        .select_from(staged)
        .outerjoin(workplaces, workplaces.c.number == staged.c.workplace)
        .outerjoin(there, there.c.address == staged.c.address)
        # Who is known and unchanged is not even locked.
        .where(or_(there.c.id.is_(None), *_news(there.c)))
        # Known people in the order of their ids, as the gate locks them; new ones as the file has them.
        .order_by(there.c.id.is_(None), there.c.id, staged.c.number)
    )
    statement = _insert(session, Prospect).from_select([*names, *facts], rows)
    new = statement.excluded
    values: dict[str, Any] = {
        name: func.coalesce(new[name], getattr(Prospect, name)) for name in (*_TEXTS, "organisation_id")
    }
    values |= {name: json_merge(getattr(Prospect, name), new[name]) for name in _OBJECTS}
    values |= {name: json_union(getattr(Prospect, name), new[name]) for name in _LISTS}
    return statement.on_conflict_do_update(index_elements=["address"], set_=values)


def _news(known: Any) -> list[ColumnElement[bool]]:
    """What of a staged row is not known yet; folded columns follow those they are made of."""
    said = {name: staged.c[name] for name in _TEXTS if name != "folded_role"}
    said["organisation_id"] = workplaces.c.organisation_id
    different = [new.is_not(None) & new.is_distinct_from(known[name]) for name, new in said.items()]
    return [*different, *(json_adds(known[name], staged.c[name]) for name in ("fields", *_LISTS))]


def _rows(session: Session, statement: Any) -> int:
    """Run it; how many rows it changed."""
    done = session.execute(statement.execution_options(preserve_rowcount=True, synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _insert(session: Session, table: Any) -> Any:
    return (sqlite.insert if is_sqlite(session) else postgresql.insert)(table)


def _over(before: Row, after: Row) -> Row:
    """The later row over the earlier one of the same address; own fields and tags of the later one, if it has any."""
    return Row._make(new if new not in (None, "{}", "[]") else old for new, old in zip(after, before, strict=True))

"""The stored number of each enrolment: its own acts times its fit, and a fifth of each colleague's."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from math import log2
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from prospecting.campaigns.models import Enrolment
from prospecting.prospects.models import Organisation, Prospect
from prospecting.warmth.contributions import Counted, counted_of
from prospecting.warmth.decay import Term, add_levels, level_of, reached
from prospecting.warmth.fit import fit_of_prospect
from prospecting.warmth.log import chunks
from prospecting.warmth.model import Model, models_of
from prospecting.warmth.models import Warmth

COLLEAGUE = 0.2
"""The part of each colleague's warmth that an organisation adds."""

Circle = tuple[int, int]
"""Campaign and organisation: the people who warm each other."""


@dataclass(frozen=True)
class _Member:
    """One enrolment with what its number is made of."""

    enrolment_id: int
    campaign_id: int
    prospect_id: int
    circle: Circle | None
    model: Model
    fit: float
    counted: Sequence[Counted]

    @property
    def own_level(self) -> float | None:
        return level_of(own_terms(self.counted, self.fit), self.model.half_life)


@dataclass(frozen=True)
class _Number:
    """One row of Warmth, `updated_at` left out."""

    enrolment_id: int
    campaign_id: int
    prospect_id: int
    level: float | None
    own_level: float | None
    fit: float
    deliberate: int
    hands: int
    first_hand_at: datetime | None
    reached_at: datetime | None


def rebuild(session: Session, counted: Mapping[int, Sequence[Counted]], *, now: datetime) -> None:
    """The numbers of these enrolments from their contributions, and those of their colleagues."""
    known = _stored(session, list(counted))
    concerned = {enrolment: acts for enrolment, acts in counted.items() if acts or enrolment in known}
    members = _members(session, concerned)
    circles = {member.circle for member in members if member.circle}
    beside = set(_in_circles(session, circles)) - concerned.keys()
    members += _members(session, counted_of(session, beside))
    together: dict[Circle | None, list[_Member]] = {}
    for member in members:
        together.setdefault(member.circle, []).append(member)
    numbers = [
        _number(mine, [each for each in circle if key and each.prospect_id != mine.prospect_id])
        for key, circle in together.items()
        for mine in circle
        if mine.counted
    ]
    _write(session, numbers, now=now)
    # Nothing contributes any more (a machine after all): no row, as if there had never been one.
    gone = [member.enrolment_id for member in members if not member.counted]
    for part in chunks(gone):
        session.execute(delete(Warmth).where(Warmth.enrolment_id.in_(part)))


def own_terms(counted: Sequence[Counted], fit: float) -> list[Term]:
    """What a person's own acts are worth, fit included."""
    return [Term(each.at, each.points * fit) for each in counted]


def _number(mine: _Member, colleagues: Sequence[_Member]) -> _Number:
    own = mine.own_level
    theirs = (each.own_level for each in colleagues)
    levels = [own, *(level + log2(COLLEAGUE) for level in theirs if level is not None)]
    hands = [each.at for each in mine.counted if each.hand]
    deliberate = [each.at for each in mine.counted if each.deliberate]
    return _Number(
        enrolment_id=mine.enrolment_id,
        campaign_id=mine.campaign_id,
        prospect_id=mine.prospect_id,
        level=add_levels(sorted(level for level in levels if level is not None)),
        own_level=own,
        fit=mine.fit,
        deliberate=len(deliberate),
        hands=len(hands),
        first_hand_at=min(hands, default=None),
        reached_at=_reached(mine, colleagues, sorted(deliberate)),
    )


def _reached(mine: _Member, colleagues: Sequence[_Member], deliberate: Sequence[datetime]) -> datetime | None:
    """When the bar was first reached, with the deliberate acts that the campaign demands: never without one."""
    demanded = max(1, mine.model.deliberate)
    if len(deliberate) < demanded:
        return None
    terms = own_terms(mine.counted, mine.fit)
    for each in colleagues:
        terms += own_terms(each.counted, each.fit * COLLEAGUE)
    return reached(terms, mine.model.bar, mine.model.half_life, after=deliberate[demanded - 1])


def _members(session: Session, counted: Mapping[int, Sequence[Counted]]) -> list[_Member]:
    rows: list[Any] = []
    statement = (
        select(Enrolment.id, Enrolment.campaign_id, Enrolment.prospect_id, Prospect, Organisation)
        .join(Prospect, Prospect.id == Enrolment.prospect_id)
        .outerjoin(Organisation, Organisation.id == Prospect.organisation_id)
    )
    for part in chunks(counted):
        rows += session.execute(statement.where(Enrolment.id.in_(part)))
    models = models_of(session, {row.campaign_id for row in rows})
    members = []
    for row in rows:
        organisation = row.Prospect.organisation_id
        circle = (row.campaign_id, organisation) if organisation is not None else None
        if model := models.get(row.campaign_id):
            fit = fit_of_prospect(row.Prospect, row.Organisation, model.where).factor
            members.append(_Member(row.id, row.campaign_id, row.prospect_id, circle, model, fit, counted[row.id]))
    return members


def _in_circles(session: Session, circles: Collection[Circle]) -> Iterable[int]:
    """Enrolments with a number in these campaigns and organisations."""
    for part in chunks({organisation for _, organisation in circles}):
        rows = session.execute(
            select(Warmth.enrolment_id, Warmth.campaign_id, Prospect.organisation_id)
            .join(Prospect, Prospect.id == Warmth.prospect_id)
            .where(Prospect.organisation_id.in_(part))
        )
        yield from (enrolment for enrolment, campaign, organisation in rows if (campaign, organisation) in circles)


def _stored(session: Session, enrolment_ids: Collection[int]) -> dict[int, _Number]:
    names = list(_Number.__dataclass_fields__)
    found: dict[int, _Number] = {}
    for part in chunks(enrolment_ids):
        for row in session.execute(
            select(*(getattr(Warmth, name) for name in names)).where(Warmth.enrolment_id.in_(part))
        ):
            found[row.enrolment_id] = _Number(*row)
    return found


def _write(session: Session, wanted: Sequence[_Number], *, now: datetime) -> None:
    """Insert or update the numbers that differ from the stored ones."""
    stored = _stored(session, [number.enrolment_id for number in wanted])
    new = [asdict(number) | {"updated_at": now} for number in wanted if number.enrolment_id not in stored]
    if new:
        session.execute(insert(Warmth), new)
    changed = [number for number in wanted if number.enrolment_id in stored and stored[number.enrolment_id] != number]
    if changed:
        names = [*_Number.__dataclass_fields__, "updated_at"]
        rows = [
            {f"to_{name}": value for name, value in (asdict(number) | {"updated_at": now}).items()}
            for number in changed
        ]
        statement = update(Warmth).where(Warmth.enrolment_id == bindparam("to_enrolment_id"))
        session.connection().execute(
            statement.values({name: bindparam(f"to_{name}") for name in names if name != "enrolment_id"}), rows
        )

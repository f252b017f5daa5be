"""Who is warm now: an index range over the stored levels, because their order never changes with time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from prospecting.engagement.kinds import WEIGHTS, EventKind
from prospecting.warmth.decay import ROUNDING, level_for, warmth_at
from prospecting.warmth.model import models_of
from prospecting.warmth.models import Warmth


@dataclass(frozen=True)
class WarmRow:
    """One enrolment over a bar, warmest first."""

    enrolment_id: int
    prospect_id: int
    warmth: float
    deliberate: int
    hands: int


def warm_now(
    session: Session,
    campaign_id: int,
    *,
    now: datetime,
    bar: float | None = None,
    deliberate: int | None = None,
    limit: int = 50,
) -> list[WarmRow]:
    """The warmest enrolments of a campaign whose warmth at `now` reaches `bar` (the campaign's unless given) with at
    least `deliberate` deliberate acts (the campaign's unless given, one at least)."""
    model = models_of(session, [campaign_id]).get(campaign_id)
    if model is None:
        return []
    floor = level_for(model.bar if bar is None else bar, model.half_life, now)
    wanted = max(1, model.deliberate if deliberate is None else deliberate)
    return [
        WarmRow(
            row.enrolment_id, row.prospect_id, warmth_at(row.level, model.half_life, now), row.deliberate, row.hands
        )
        for row in session.execute(over(campaign_id, floor, wanted).limit(limit))
    ]


def over(campaign_id: int, floor: float, deliberate: int) -> Select[int, int, float | None, int, int]:
    """Enrolments at or over the level `floor`, warmest first; a hair below it counts, so that rounding decides nothing."""
    return (
        select(Warmth.enrolment_id, Warmth.prospect_id, Warmth.level, Warmth.deliberate, Warmth.hands)
        .where(Warmth.campaign_id == campaign_id, Warmth.level >= floor - ROUNDING, Warmth.deliberate >= deliberate)
        .order_by(Warmth.level.desc())
    )


def short_of(session: Session, enrolment_id: int, *, now: datetime) -> float | None:
    """How many points somebody is short of the bar at `now`, if one press (*useful*, say) would reach it; else None."""
    row = session.get(Warmth, enrolment_id)
    model = models_of(session, [row.campaign_id]).get(row.campaign_id) if row else None
    if row is None or model is None or row.reached_at is not None or row.deliberate + 1 < model.deliberate:
        return None
    missing = model.bar - warmth_at(row.level, model.half_life, now)
    return missing if 0 < missing <= WEIGHTS[EventKind.USEFUL].points * row.fit else None

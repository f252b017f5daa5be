"""By which bar and half-life a campaign's numbers are kept; where a launch changed them, they are rebuilt."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.warmth import numbers
from prospecting.warmth.contributions import counted_of
from prospecting.warmth.model import Model, models_of
from prospecting.warmth.models import Basis, Warmth

REBUILT_AT_ONCE = 2000


def begin(session: Session, campaign_ids: Collection[int]) -> None:
    """Note the basis of campaigns whose first numbers are written."""
    known = set(session.scalars(select(Basis.campaign_id).where(Basis.campaign_id.in_(campaign_ids))))
    for campaign_id, model in models_of(session, set(campaign_ids) - known).items():
        session.add(Basis(campaign_id=campaign_id, **_values(model)))
    session.flush()


def follow(session: Session, *, now: datetime) -> None:
    """Rebuild the numbers of campaigns whose bar, half-life or demanded acts a launch changed, a part at each call."""
    bases = list(session.scalars(select(Basis).order_by(Basis.campaign_id)))
    models = models_of(session, [basis.campaign_id for basis in bases])
    for basis in bases:
        values = _values(models[basis.campaign_id])
        if any(getattr(basis, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(basis, name, value)
            basis.rebuilt_to = 0
        if basis.rebuilt_to is not None:
            basis.rebuilt_to = _rebuild_some(session, basis.campaign_id, basis.rebuilt_to, now=now)


def _values(model: Model) -> dict[str, float | int]:
    return {"half_life_s": model.half_life.total_seconds(), "bar": float(model.bar), "deliberate": model.deliberate}


def _rebuild_some(session: Session, campaign_id: int, after: int, *, now: datetime) -> int | None:
    ids = session.scalars(
        select(Warmth.enrolment_id)
        .where(Warmth.campaign_id == campaign_id, Warmth.enrolment_id > after)
        .order_by(Warmth.enrolment_id)
        .limit(REBUILT_AT_ONCE)
    ).all()
    numbers.rebuild(session, counted_of(session, ids), now=now)
    return ids[-1] if len(ids) == REBUILT_AT_ONCE else None

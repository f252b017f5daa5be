"""What people asked of us: whether they may be observed, how often we may write, which topics to leave out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from prospecting.db import insert_or_ignore
from prospecting.prospects.audit import audit
from prospecting.prospects.models import Consent, Prospect

SLOWEST_DAYS = 366


@dataclass(frozen=True)
class Answer:
    """One yes or no to being observed, with what was asked word for word."""

    given: bool
    wording: str
    through: str
    at: datetime


def record_consent(
    session: Session, prospect_id: int, *, given: bool, wording: str, through: str, now: datetime
) -> bool:
    """Keep this answer, given at `now`; the latest one counts, whatever order they arrive in, and of two at one instant
    the no. False if it was kept already."""
    row = {"prospect_id": prospect_id, "given": given, "wording": wording[:1000], "through": through[:100], "at": now}
    added = insert_or_ignore(session, Consent, [row], conflict=["prospect_id", "at", "given"])
    latest = (
        select(Consent.given)
        .where(Consent.prospect_id == prospect_id)
        .order_by(Consent.at.desc(), Consent.given)
        .limit(1)
    )
    session.execute(
        update(Prospect)
        .where(Prospect.id == prospect_id)
        .values(tracking_wish=latest.scalar_subquery())
        .execution_options(synchronize_session="fetch")
    )
    return bool(added)


def consents(session: Session, prospect_id: int) -> Sequence[Answer]:
    """Every answer of this person, the latest first."""
    rows = session.execute(
        select(Consent.given, Consent.wording, Consent.through, Consent.at)
        .where(Consent.prospect_id == prospect_id)
        .order_by(Consent.at.desc(), Consent.given)
    )
    return [Answer(*row) for row in rows]


def set_pace_wish(session: Session, prospect_id: int, days: int | None, *, now: datetime) -> None:
    """At most one message every `days` days for this person (None: as the campaigns say). Raises ValueError."""
    if days is not None and not 1 <= days <= SLOWEST_DAYS:
        raise ValueError(f"a pace is from 1 to {SLOWEST_DAYS} days, not {days}")
    session.execute(
        update(Prospect)
        .where(Prospect.id == prospect_id)
        .values(wish_days_between=days)
        .execution_options(synchronize_session="fetch")
    )
    audit(session, at=now, actor="prospect", action="pace", subject=f"prospect:{prospect_id}", detail={"days": days})


def cool_topics(session: Session, prospect_id: int, topics: Iterable[str]) -> None:
    """Don't offer these topics to this person any more."""
    person = session.scalar(select(Prospect).where(Prospect.id == prospect_id).with_for_update())
    if person is not None:
        person.cooled_topics = sorted({*person.cooled_topics, *topics})
        session.flush()

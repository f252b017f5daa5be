"""What this room knows of one person: to take away, and to erase."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from prospecting.engagement.models import Event
from prospecting.warmth.models import Contribution, Judgement, Warmth


def export_person(session: Session, prospect_id: int) -> dict[str, Any]:
    """Judgements of a person's acts, and the numbers made of them, in plain values."""
    theirs = select(Judgement).join(Event, Event.id == Judgement.event_id).where(Event.prospect_id == prospect_id)
    numbers = select(Warmth).where(Warmth.prospect_id == prospect_id).order_by(Warmth.enrolment_id)
    return {
        "judgements": [
            {"event": str(each.event_id), "likelihood": each.likelihood, "signs": each.signs, "rules": each.rules}
            for each in session.scalars(theirs.order_by(Event.at, Event.id))
        ],
        "warmth": [
            {"campaign": each.campaign_id, "level": each.own_level, "fit": each.fit, "deliberate": each.deliberate}
            for each in session.scalars(numbers)
        ],
    }


def erase_person(session: Session, prospect_id: int, *, now: datetime) -> None:  # noqa: ARG001  every room's has `now`
    """Remove everything this room knows of a person; call it before the log forgets their events."""
    events = select(Event.id).where(Event.prospect_id == prospect_id)
    numbers = select(Warmth.enrolment_id).where(Warmth.prospect_id == prospect_id)
    session.execute(delete(Contribution).where(Contribution.enrolment_id.in_(numbers)))
    session.execute(delete(Contribution).where(Contribution.event_id.in_(events)))
    session.execute(delete(Judgement).where(Judgement.event_id.in_(events)))
    session.execute(delete(Warmth).where(Warmth.prospect_id == prospect_id))

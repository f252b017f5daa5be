"""What this room knows of one person: handed out, or forgotten."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from prospecting.campaigns.holding import stop_prospect
from prospecting.campaigns.models import Campaign, Enrolment, Touch
from prospecting.content.models import Gift


def export_person(session: Session, prospect_id: int) -> dict[str, Any]:
    """The campaigns a person was in and everything that was planned for them or sent."""
    passages = session.execute(
        select(Campaign.name, Enrolment.state, Enrolment.received, Enrolment.enrolled_at, Enrolment.ended_at)
        .join(Campaign, Campaign.id == Enrolment.campaign_id)
        .where(Enrolment.prospect_id == prospect_id)
        .order_by(Enrolment.id)
    )
    touches = session.execute(
        select(Touch.kind, Touch.state, Gift.slug, Touch.mode, Touch.due_at, Touch.ended_at, Touch.content)
        .outerjoin(Gift, Gift.id == Touch.gift_id)
        .where(Touch.prospect_id == prospect_id)
        .order_by(Touch.due_at, Touch.id)
    )
    return {
        "campaigns": [
            {"campaign": name, "state": state, "gifts_received": received, "since": since, "until": until}
            for name, state, received, since, until in passages
        ],
        "touches": [
            {
                "kind": kind,
                "state": state,
                "gift": gift,
                "mode": mode,
                "due_at": due,
                "ended_at": ended,
                "written": content,
            }
            for kind, state, gift, mode, due, ended, content in touches
        ],
    }


def erase_person(session: Session, prospect_id: int, *, now: datetime) -> None:
    """Stop everything, and forget what was written for this person and why it ended.

    Touches stay as counts of what was sent; they hold no word about anybody once the person's own row is erased.
    """
    stop_prospect(session, prospect_id, why="erased", now=now)
    quiet = {"synchronize_session": False}
    session.execute(update(Touch).where(Touch.prospect_id == prospect_id).values(content=None), execution_options=quiet)
    session.execute(
        update(Enrolment).where(Enrolment.prospect_id == prospect_id).values(held=None, why="erased"),
        execution_options=quiet,
    )

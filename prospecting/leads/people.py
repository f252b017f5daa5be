"""What this room knows of one person: to take away, and to erase."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from prospecting.leads.models import Invitation, Lead, LeadPerson, LeadState, Meeting, RaisedHand


def export_person(session: Session, prospect_id: int) -> dict[str, Any]:
    """The leads a person stands in, what they asked, how they were invited, what they chose; in plain values."""
    people = session.scalars(
        select(LeadPerson).where(LeadPerson.prospect_id == prospect_id).order_by(LeadPerson.lead_id)
    )
    hands = session.scalars(
        select(RaisedHand).where(RaisedHand.prospect_id == prospect_id).order_by(RaisedHand.raised_at)
    )
    invitations = session.scalars(
        select(Invitation).where(Invitation.prospect_id == prospect_id).order_by(Invitation.id)
    )
    meetings = session.scalars(select(Meeting).where(Meeting.prospect_id == prospect_id).order_by(Meeting.starts_at))
    return {
        "leads": [
            {
                "lead": each.lead_id,
                "warm": each.warm,
                "warmth": each.warmth,
                "reasons": each.reasons,
                "at": each.surfaced_at.isoformat(),
            }
            for each in people
        ],
        "asked": [{"kind": each.kind, "words": each.words, "at": each.raised_at.isoformat()} for each in hands],
        "invitations": [{"at": each.created_at.isoformat(), "chosen": each.chosen} for each in invitations],
        "meetings": [{"at": each.starts_at.isoformat(), "minutes": each.minutes} for each in meetings],
    }


def erase_person(session: Session, prospect_id: int, *, now: datetime) -> None:
    """Remove everything this room knows of a person; a lead without people left is closed."""
    for table in (RaisedHand, Invitation, Meeting, LeadPerson):
        session.execute(delete(table).where(table.prospect_id == prospect_id))
    empty = ~exists().where(LeadPerson.lead_id == Lead.id)
    session.execute(
        update(Lead).where(empty, Lead.state != LeadState.CLOSED).values(state=LeadState.CLOSED, closed_at=now),
        execution_options={"synchronize_session": False},
    )

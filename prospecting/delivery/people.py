"""What this room knows of one person: what was sent to them, and what their server said."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from prospecting.campaigns.models import Touch
from prospecting.delivery.models import Message


def export_person(session: Session, prospect_id: int) -> dict[str, Any]:
    """Every message that was sent to a person, oldest first."""
    sent = (
        select(Message)
        .join(Touch, Touch.id == Message.touch_id)
        .where(Touch.prospect_id == prospect_id)
        .order_by(Message.gated_at, Message.id)
    )
    return {
        "messages": [
            {
                "message_id": message.message_id,
                "language": message.language,
                "subject": message.subject,
                "accepted_at": message.accepted_at.isoformat() if message.accepted_at else None,
                "reply": message.reply,
            }
            for message in session.scalars(sent)
        ]
    }


def erase_person(session: Session, prospect_id: int, *, now: datetime) -> None:  # noqa: ARG001  every room's has `now`
    """Forget subjects and servers' replies (both may name the person); that a message was sent stays, as a count."""
    theirs = select(Touch.id).where(Touch.prospect_id == prospect_id)
    session.execute(
        update(Message).where(Message.touch_id.in_(theirs)).values(subject="", reply=None, provider_id=None),
        execution_options={"synchronize_session": False},
    )

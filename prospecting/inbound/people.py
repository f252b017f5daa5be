"""What this room knows of one person: what they wrote back."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from prospecting.inbound.models import InboundMessage


def export_person(session: Session, prospect_id: int) -> dict[str, Any]:
    """Every message that came back from a person, oldest first."""
    came = (
        select(InboundMessage)
        .where(InboundMessage.prospect_id == prospect_id)
        .order_by(InboundMessage.received_at, InboundMessage.id)
    )
    return {
        "messages": [
            {
                "received_at": message.received_at.isoformat(),
                "kind": message.kind,
                "reply": message.reply,
                "subject": message.subject,
                "words": message.words,
                "reason": message.reason,
            }
            for message in session.scalars(came)
        ]
    }


def erase_person(session: Session, prospect_id: int, *, now: datetime) -> None:  # noqa: ARG001  every room's has `now`
    """Forget what they wrote; that something came, and of what kind, stays as a count."""
    session.execute(
        update(InboundMessage)
        .where(InboundMessage.prospect_id == prospect_id)
        .values(subject="", words="", reason=None),
        execution_options={"synchronize_session": False},
    )

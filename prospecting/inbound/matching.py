"""To whom and to what a message belongs: by our own Message-IDs first, by the sender's address else."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from prospecting.campaigns.models import Touch
from prospecting.delivery.models import Message
from prospecting.inbound.understood import Understood
from prospecting.prospects import BadAddress, normalise
from prospecting.prospects.models import Prospect


@dataclass(frozen=True)
class Matched:
    """The touch and the person a message is about, as far as we can tell."""

    prospect_id: int | None = None
    touch_id: int | None = None
    ours: bool = False
    """It names a message of ours: the only proof that a bounce or a complaint is about us."""


def match(session: Session, understood: Understood) -> Matched:
    """Whose message this is. A stranger's claim about somebody's address alone proves nothing."""
    if understood.message_ids:
        ids = list(understood.message_ids)
        found = (
            select(Touch.id, Touch.prospect_id)
            .join(Message, Message.touch_id == Touch.id)
            .where(or_(Message.message_id.in_(ids), Message.provider_id.in_(ids)))
            .order_by(Touch.id.desc())
        )
        if row := session.execute(found).first():
            return Matched(row.prospect_id, row.id, ours=True)
    prospect_id = _by_sender(session, understood.sender)
    if prospect_id is None:
        return Matched()
    last = select(Touch.id).join(Message, Message.touch_id == Touch.id).where(Touch.prospect_id == prospect_id)
    return Matched(prospect_id, session.scalar(last.order_by(Message.gated_at.desc(), Touch.id.desc()).limit(1)))


def _by_sender(session: Session, sender: str | None) -> int | None:
    if not sender:
        return None
    try:
        address = normalise(sender)
    except BadAddress:
        return None
    return session.scalar(select(Prospect.id).where(Prospect.address == address))

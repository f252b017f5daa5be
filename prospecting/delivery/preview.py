"""A planned letter as its reader would get it now, for whoever presses send to read over; nothing leaves."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from prospecting.campaigns.models import Touch, TouchKind
from prospecting.campaigns.touch import Claimed
from prospecting.delivery.compose import Unfit, prepare
from prospecting.findings import Refused
from prospecting.installation import Installation
from prospecting.senders.models import Mailbox


@dataclass(frozen=True)
class Written:
    """One letter, whole. `html` is empty where the letter is plain text alone; lines end in LF."""

    sender: str
    recipient: str
    language: str
    subject: str
    html: str
    text: str
    due_at: datetime


def written(session: Session, touch_id: int, *, installation: Installation, now: datetime) -> Written:
    """The letter of a planned touch, by the code that will write it. Raises Refused where it cannot be written."""
    touch = session.get_one(Touch, touch_id)
    mailbox = session.get_one(Mailbox, touch.mailbox_id)
    held = Claimed(touch.id, "", touch.prospect_id, TouchKind(touch.kind), touch.attempts, now)
    (letter,) = prepare(session, [held], mailbox=mailbox, installation=installation, now=now)
    if isinstance(letter, Unfit):
        raise Refused.of("MS002", f"This letter cannot be written: {letter.reason}.", "Mend the campaign's message.")
    return Written(
        sender=mailbox.address,
        recipient=letter.recipient,
        language=letter.language,
        subject=letter.subject,
        html=_unix(letter.html),
        text=_unix(letter.plain),
        due_at=touch.due_at,
    )


def _unix(part: bytes | None) -> str:
    return (part or b"").decode().replace("\r\n", "\n")

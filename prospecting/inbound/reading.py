"""Reading a mailbox: each message once, understood, matched to what we sent, and acted upon in one commit."""

from collections.abc import Iterable
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.db import insert_or_ignore, upsert
from prospecting.delivery.transports import Cursor, Received, open_inbox
from prospecting.inbound.consequences import act_upon
from prospecting.inbound.matching import match
from prospecting.inbound.models import InboundKind, InboundMessage, InboxCursor
from prospecting.inbound.understanding import understand
from prospecting.inbound.understood import Understood
from prospecting.installation import Installation
from prospecting.prospects import record_exchange
from prospecting.senders.models import Mailbox, User

WORDS = 20_000


def read_mailbox(installation: Installation, mailbox_id: int) -> int:
    """Read what came to a mailbox since the last time; how many messages were new.

    Each message and the cursor after it are one commit, so a kill between two messages repeats none and loses none.
    Raises what the inbox raises when it cannot be read (OSError, imap_tools' errors, Refused).
    """
    with installation.database.reading() as session:
        mailbox = session.get(Mailbox, mailbox_id)
        if mailbox is None:
            return 0
        inbox = open_inbox(mailbox, workspace=installation.settings.workspace)
        if inbox is None:
            return 0
        known = session.get(InboxCursor, (mailbox_id, inbox.folder))
        cursor = Cursor(known.validity, known.uid) if known else Cursor()
    return sum(_take(installation, mailbox_id, inbox.folder, received) for received in inbox.after(cursor))


def _take(installation: Installation, mailbox_id: int, folder: str, received: Received) -> bool:
    """One message, in one commit; whether it was new."""
    understood = understand(received.raw)
    with installation.database.writing() as session:
        new = file_message(session, installation, mailbox_id, received.raw, understood)
        cursor = {
            "mailbox_id": mailbox_id,
            "folder": folder,
            "validity": received.cursor.validity,
            "uid": received.cursor.uid,
        }
        session.execute(upsert(session, InboxCursor, key=["mailbox_id", "folder"], update=["validity", "uid"]), cursor)
    return new


def file_message(
    session: Session, installation: Installation, mailbox_id: int, raw: bytes, understood: Understood
) -> bool:
    """Keep what was understood, and act upon it; False if this very message was filed before."""
    digest = sha256(raw).hexdigest()
    now = installation.clock.now()
    matched = match(session, understood, installation.signer)
    # Words are kept in our own threads only; a colleague's other mail is nobody's business (invariant 12).
    keeps = matched.in_thread or matched.ours
    row = {
        "mailbox_id": mailbox_id,
        "digest": digest,
        "kind": understood.kind,
        "reply": understood.reply,
        "prospect_id": matched.prospect_id,
        "touch_id": matched.touch_id,
        "received_at": now,
        "subject": understood.subject[:400] if keeps else "",
        "words": understood.words[:WORDS] if keeps else "",
        "status": understood.status,
        "permanent": understood.permanent,
        "reason": (understood.reason or "")[:300] or None if keeps else None,
        "until": understood.until,
    }
    if not insert_or_ignore(session, InboundMessage, [row], conflict=["mailbox_id", "digest"]):
        return False
    act_upon(session, understood, matched, digest=digest, now=now)
    if understood.kind is InboundKind.REPLY and matched.prospect_id and not keeps and understood.sender:
        owner = session.scalar(
            select(User.handle).join(Mailbox, Mailbox.user_id == User.id).where(Mailbox.id == mailbox_id)
        )
        record_exchange(session, understood.sender, user=owner or "", at=now)
    return True


def waiting_for_a_person(session: Session) -> Iterable[InboundMessage]:
    """Replies that nobody understood: a person reads them."""
    wanted = select(InboundMessage).where(InboundMessage.reply == "unclear", InboundMessage.handled_at.is_(None))
    return session.scalars(wanted.order_by(InboundMessage.received_at, InboundMessage.id))

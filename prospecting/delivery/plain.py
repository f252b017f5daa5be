"""Digests, one-time links' mails to the team and test messages: sent at once, and no touches."""

import os
from datetime import datetime
from email.utils import format_datetime

from prospecting.delivery import headers, mime
from prospecting.delivery.transports import NoConnection, Outgoing, Reply, open_transport
from prospecting.ids import uuid7
from prospecting.installation import Installation
from prospecting.senders.models import Mailbox


class NotSent(Exception):  # noqa: N818
    """The server did not take it; `reply` says why, and a reply without a code that it may have."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(f"{reply.stage}: {reply.code or 'no reply'} {reply.text}".strip())


def send_plain(
    installation: Installation,
    *,
    mailbox_id: int,
    to: str,
    subject: str,
    text: str,
    html: str | None = None,
    purpose: str = "digest",
) -> str:
    """Send one message from the mailbox, outside of every limit; its Message-ID. Raises NotSent, BadHeader, LookupError.

    For the team's own addresses and for what a person asked for on a page; a prospect is written to by touches alone.
    """
    with installation.database.reading() as session:
        mailbox = session.get(Mailbox, mailbox_id)
    if mailbox is None:
        raise LookupError(f"no mailbox {mailbox_id}")
    identifier = f"<{uuid7(installation.clock.now(), os.urandom(10))}@{mailbox.address.rpartition('@')[2]}>"
    head = _head(mailbox, to, subject, identifier, purpose=purpose, now=installation.clock.now())
    plain, page = mime.body(text), mime.body(html) if html else None
    outgoing = Outgoing(mailbox.address, to, lambda eight_bit: mime.multipart(head, plain, page, eight_bit=eight_bit))
    try:
        line = open_transport(mailbox, installation.settings).connect()
    except NoConnection as error:
        raise NotSent(error.reply) from error
    try:
        offered = line.offer(outgoing)
        reply = line.send() if offered.accepted else offered
    finally:
        line.close()
    if not reply.accepted:
        raise NotSent(reply)
    return identifier


def _head(mailbox: Mailbox, to: str, subject: str, identifier: str, *, purpose: str, now: datetime) -> list[str]:
    return [
        headers.mailbox("From", mailbox.address, mailbox.name),
        headers.mailbox("To", to),
        headers.unstructured("Subject", subject),
        headers.plain("Date", format_datetime(now)),
        headers.identifiers("Message-ID", [identifier]),
        # RFC 3834 §5: so that nobody's absence notice answers it.
        "Auto-Submitted: auto-generated",
        headers.plain("X-Prospecting", purpose),
    ]

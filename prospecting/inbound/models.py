"""What came back by mail."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy import Text as LongText
from sqlalchemy.orm import Mapped, mapped_column

from prospecting.db import Base, BigKey, Instant, one_of, text


class InboundKind(StrEnum):
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto_reply"
    ABSENCE = "absence"
    REPLY = "reply"
    OTHER = "other"


class InboundMessage(Base):
    """One message that came back, and what it was understood to be."""

    __tablename__ = "inbound_message"
    __table_args__ = (one_of("kind", InboundKind), UniqueConstraint("mailbox_id", "digest"))

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"))
    digest: Mapped[str] = mapped_column(text(64))
    kind: Mapped[str] = mapped_column(text(12))
    reply: Mapped[str | None] = mapped_column(text(20))
    """Of a reply: objection, rights, not_now, referral, left_company, question, interested, unclear."""
    prospect_id: Mapped[int | None] = mapped_column(ForeignKey("prospect.id"), index=True)
    touch_id: Mapped[int | None] = mapped_column(ForeignKey("touch.id"), index=True)
    received_at: Mapped[datetime] = mapped_column(Instant)
    subject: Mapped[str] = mapped_column(text(400), default="")
    words: Mapped[str] = mapped_column(LongText, default="")
    """What the person wrote, without what they quoted; cut at 20,000 characters."""
    status: Mapped[str | None] = mapped_column(text(12))
    permanent: Mapped[bool | None]
    reason: Mapped[str | None] = mapped_column(text(300))
    until: Mapped[date | None]
    handled_at: Mapped[datetime | None] = mapped_column(Instant)
    handled_by: Mapped[str | None] = mapped_column(text(40))


class InboxCursor(Base):
    """How far a mailbox's folder was read (IMAP: UIDVALIDITY and UID, RFC 3501 §2.3.1.1)."""

    __tablename__ = "inbox_cursor"

    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"), primary_key=True)
    folder: Mapped[str] = mapped_column(text(200), primary_key=True)
    validity: Mapped[int] = mapped_column(BigInteger, default=0)
    uid: Mapped[int] = mapped_column(BigInteger, default=0)

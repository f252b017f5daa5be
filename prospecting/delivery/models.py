"""How it left: one message a touch, with what the receiving server said."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from prospecting.db import Base, BigKey, Instant, text


class Message(Base):
    """What was sent for a touch. Its Message-ID is fixed before DATA and never changes."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    touch_id: Mapped[int] = mapped_column(ForeignKey("touch.id"), unique=True)
    message_id: Mapped[str] = mapped_column(text(255), unique=True)
    provider_id: Mapped[str | None] = mapped_column(text(255), index=True)
    """The transport's own name of it (Graph's immutable id)."""
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"))
    language: Mapped[str] = mapped_column(text(8))
    subject: Mapped[str] = mapped_column(text(400))
    gated_at: Mapped[datetime] = mapped_column(Instant)
    next_allowed_at: Mapped[datetime | None] = mapped_column(Instant)
    """To when the gate moved the person's next instant; what is given back if no server takes the message."""
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    reply: Mapped[str | None] = mapped_column(text(500))
    """The receiving server's last words, cut."""

"""The team, and the mailboxes it writes from, with their limits."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from prospecting.db import Base, BigKey, Instant, Json, one_of, text


class Role(StrEnum):
    SALES = "sales"
    MARKETING = "marketing"
    MANAGER = "manager"


class TransportKind(StrEnum):
    SMTP = "smtp"
    GRAPH = "graph"


class Security(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class User(Base):
    """Somebody of the team; told things at `digest_at`, in their zone, and at no other hour."""

    __tablename__ = "team_user"
    __table_args__ = (one_of("role", Role),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    handle: Mapped[str] = mapped_column(text(40), unique=True)
    name: Mapped[str] = mapped_column(text(120))
    address: Mapped[str] = mapped_column(text(254), unique=True)
    language: Mapped[str] = mapped_column(text(8), default="en")
    zone: Mapped[str] = mapped_column(text(64), default="UTC")
    role: Mapped[str] = mapped_column(text(20), default=Role.SALES)
    hours: Mapped[list[str]] = mapped_column(Json, default=lambda: ["09:00-17:00"])
    """Local spans "HH:MM-HH:MM" in which they work."""
    digest_at: Mapped[str] = mapped_column(text(5), default="08:30")
    """Local "HH:MM"."""
    second_digest_at: Mapped[str] = mapped_column(text(5), default="14:00")
    """Used only on a day on which a hand was raised since the first."""
    active: Mapped[bool] = mapped_column(default=True)


class Mailbox(Base):
    """A sender's address with its transport, its limits and its ramp."""

    __tablename__ = "mailbox"
    __table_args__ = (one_of("transport", TransportKind), one_of("security", Security))

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    slug: Mapped[str] = mapped_column(text(40), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("team_user.id"))
    address: Mapped[str] = mapped_column(text(254), unique=True)
    name: Mapped[str] = mapped_column(text(120))
    """As shown in From."""
    organisation: Mapped[str] = mapped_column(text(200))
    """For whom the sender writes."""
    sells: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    """What they sell, one plain sentence, by language."""
    postal_address: Mapped[str] = mapped_column(text(300))
    transport: Mapped[str] = mapped_column(text(10), default=TransportKind.SMTP)
    host: Mapped[str | None] = mapped_column(text(253))
    port: Mapped[int | None]
    security: Mapped[str] = mapped_column(text(10), default=Security.STARTTLS)
    username: Mapped[str | None] = mapped_column(text(254))
    password_env: Mapped[str | None] = mapped_column(text(80))
    inbox: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """Where its mail is read: {"imap": host, "port":, "folder":} or {"maildir": path}; empty: not read."""
    options: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """What only one transport needs, and measured capabilities under "capabilities"."""

    per_day: Mapped[int] = mapped_column(default=40)
    """The most in any sliding 24 hours, once the ramp is over."""
    ramp_from: Mapped[int] = mapped_column(default=10)
    ramp_step: Mapped[int] = mapped_column(default=5)
    """So many more each working day since `started_at`."""
    gap_s: Mapped[int] = mapped_column(default=60)
    """At least so many seconds between two messages, with jitter; 0 for own relays."""
    per_domain_per_day: Mapped[int] = mapped_column(default=20)
    started_at: Mapped[datetime] = mapped_column(Instant)
    paused: Mapped[bool] = mapped_column(default=False)
    paused_why: Mapped[str | None] = mapped_column(text(300))
    resting_until: Mapped[datetime | None] = mapped_column(Instant)
    resting_why: Mapped[str | None] = mapped_column(text(300))
    refused_logins: Mapped[int] = mapped_column(default=0)


class Slot(Base):
    """One use of a mailbox's limits by one touch; a touch that became uncertain keeps it."""

    __tablename__ = "mailbox_slot"
    __table_args__ = (
        Index("ix_mailbox_slot_at", "mailbox_id", "at"),
        Index("ix_mailbox_slot_domain", "mailbox_id", "domain", "at"),
        Index("ix_mailbox_slot_all", "at"),
    )

    touch_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"))
    domain: Mapped[str] = mapped_column(text(253))
    at: Mapped[datetime] = mapped_column(Instant)


class Sending(Base):
    """The installation's one switch and its day's count; a single row with id 1."""

    __tablename__ = "sending"

    id: Mapped[int] = mapped_column(primary_key=True)
    enabled: Mapped[bool] = mapped_column(default=True)
    why: Mapped[str | None] = mapped_column(text(300))
    changed_at: Mapped[datetime | None] = mapped_column(Instant)

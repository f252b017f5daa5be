"""What happened: the append-only log, and counts that know nobody."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from prospecting.db import Base, EventId, Instant, Json, one_of, text
from prospecting.engagement.kinds import EventKind, Mode


class Event(Base):
    """One fact about a prospect; it never changes. What we think of it is kept in `warmth`.

    `touch_id`, `gift` and `campaign_id` point upstairs, to rooms above, and are therefore plain values.
    """

    __tablename__ = "event"
    __table_args__ = (
        one_of("kind", EventKind),
        one_of("mode", Mode),
        Index("ix_event_prospect", "prospect_id", "at"),
        Index("ix_event_touch", "touch_id"),
        Index("ix_event_id", "id"),
    )

    at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(EventId, primary_key=True)
    kind: Mapped[str] = mapped_column(text(30))
    prospect_id: Mapped[int] = mapped_column(ForeignKey("prospect.id"))
    touch_id: Mapped[int | None] = mapped_column(BigInteger)
    campaign_id: Mapped[int | None] = mapped_column(BigInteger)
    version_id: Mapped[int | None] = mapped_column(BigInteger)
    gift: Mapped[str | None] = mapped_column(text(80))
    mode: Mapped[str] = mapped_column(text(10))
    """The tracking mode in which it was recorded."""
    words: Mapped[str | None] = mapped_column(text(4000))
    """What the person wrote, cut at 4,000 characters."""
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    """What a judgement needs, as the mode allows: share read, agent, network (keyed hash), method, trap, link."""
    recorded_at: Mapped[datetime] = mapped_column(Instant)


class EventNews(Base):
    """Events that warmth has not taken yet; written with the event, removed when taken."""

    __tablename__ = "event_news"

    event_id: Mapped[uuid.UUID] = mapped_column(EventId, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)


class VisitCount(Base):
    """Visits of a gift in a week, of everybody together; all that `declared` and `none` keep of a GET."""

    __tablename__ = "visit_count"

    gift: Mapped[str] = mapped_column(text(80), primary_key=True)
    week: Mapped[date] = mapped_column(primary_key=True)
    """Its Monday."""
    visits: Mapped[int] = mapped_column(default=0)


class JournalMark(Base):
    """Journal records already drained whose effect is not an insert with its own key (counts, states)."""

    __tablename__ = "journal_mark"

    record_id: Mapped[uuid.UUID] = mapped_column(EventId, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


class OneTimeLink(Base):
    """A link mailed or printed once: the private part of the space, the team's sign-in; used at most once."""

    __tablename__ = "one_time_link"

    digest: Mapped[str] = mapped_column(text(64), primary_key=True)
    subject: Mapped[str] = mapped_column(text(100))
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)

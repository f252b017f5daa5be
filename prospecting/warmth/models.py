"""How warm: what we think of each event, what it contributes, and one stored number an enrolment."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from prospecting.db import Base, EventId, Instant, Json, partial_index, text


class Judgement(Base):
    """How likely a person did it, from 0 to 1, and by which signs; may be made anew, the event never changes."""

    __tablename__ = "judgement"

    event_id: Mapped[uuid.UUID] = mapped_column(EventId, primary_key=True)
    likelihood: Mapped[float]
    signs: Mapped[list[Any]] = mapped_column(Json, default=list)
    """Names of the signs that spoke, with their words for the page made from them."""
    rules: Mapped[str] = mapped_column(text(20))
    """Version of the rules that judged."""


class Contribution(Base):
    """What one event adds to one enrolment's warmth at its own instant; decay comes with reading."""

    __tablename__ = "contribution"
    __table_args__ = (
        Index("ix_contribution_enrolment", "enrolment_id", "at"),
        # Who raised a hand: few rows among many, looked at by every tick.
        partial_index("ix_contribution_hand", "event_id", where="hand"),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(EventId, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(text(30))
    gift: Mapped[str | None] = mapped_column(text(80))
    points: Mapped[float]
    """After repeats and judgement; fit and colleagues multiply and add at the enrolment."""
    deliberate: Mapped[bool]
    """A deliberate act judged 0.8 or more."""
    hand: Mapped[bool] = mapped_column(default=False)


class Warmth(Base):
    """The one number: log2 of Σ points·2^((at − landmark)/half-life) · fit, so its order never changes with time."""

    __tablename__ = "warmth"
    __table_args__ = (
        Index("ix_warmth_level", "campaign_id", "level"),
        partial_index("ix_warmth_reached", "campaign_id", "enrolment_id", where="reached_at IS NOT NULL"),
    )

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    prospect_id: Mapped[int] = mapped_column(ForeignKey("prospect.id"), index=True)
    level: Mapped[float | None]
    """None: nothing contributes."""
    own_level: Mapped[float | None]
    """The same without the colleagues' part."""
    fit: Mapped[float] = mapped_column(default=1.0)
    deliberate: Mapped[int] = mapped_column(default=0)
    hands: Mapped[int] = mapped_column(default=0)
    first_hand_at: Mapped[datetime | None] = mapped_column(Instant)
    reached_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the bar was first reached with the acts demanded; an instant later it may be a hair below, and was reached."""
    updated_at: Mapped[datetime] = mapped_column(Instant)


class Basis(Base):
    """By what a campaign's numbers are kept: levels compare only if all of them share one half-life."""

    __tablename__ = "warmth_basis"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    half_life_s: Mapped[float]
    bar: Mapped[float]
    deliberate: Mapped[int]
    rebuilt_to: Mapped[int | None] = mapped_column(BigInteger)
    """The last enrolment rebuilt since it changed; None: all are."""

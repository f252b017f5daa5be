"""What surfaces: leads with their people and reasons, invitations, meetings, outcomes; and who was told when."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from prospecting.db import Base, BigKey, EventId, Instant, Json, one_of, partial_index, text

HELD_FOR = "hand raised"
"""How the reason begins for which a raised hand holds an enrolment until it is answered."""


class LeadState(StrEnum):
    OPEN = "open"
    """Surfaced; somebody has to read it."""
    INVITED = "invited"
    ANSWERED = "answered"
    """A hand raised was answered, or an invitation was."""
    CLOSED = "closed"


class OutcomeKind(StrEnum):
    MEETING = "meeting"
    PROPOSAL = "proposal"
    WON = "won"
    LOST = "lost"
    NOT_NOW = "not_now"
    NOT_A_LEAD = "not_a_lead"


class Choice(StrEnum):
    """The ways an invitation offers."""

    QUESTION = "question"
    PROPOSAL = "proposal"
    REPLAY = "replay"
    MEETING = "meeting"


class Lead(Base):
    """People of one organisation (or one person without any) who warmed up for one campaign."""

    __tablename__ = "lead"
    __table_args__ = (one_of("state", LeadState), Index("ix_lead_open", "owner", "state", "surfaced_at"))

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    owner: Mapped[str] = mapped_column(text(40))
    """A user's handle, chosen by the campaign's route."""
    state: Mapped[str] = mapped_column(text(10), default=LeadState.OPEN)
    surfaced_at: Mapped[datetime] = mapped_column(Instant)
    answer_by: Mapped[datetime | None] = mapped_column(Instant)
    """The answering time promised to whoever raised a hand."""
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    passed_until: Mapped[datetime | None] = mapped_column(Instant)
    """*Not now*, said by the owner; can be undone."""
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class LeadPerson(Base):
    """One person of a lead, with the reasons as they stood when they surfaced."""

    __tablename__ = "lead_person"

    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"), primary_key=True)
    prospect_id: Mapped[int] = mapped_column(ForeignKey("prospect.id"), primary_key=True, index=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    warm: Mapped[bool]
    """Reached the bar with the acts demanded; only such a person can be invited."""
    hand: Mapped[bool] = mapped_column(default=False)
    warmth: Mapped[float]
    bar: Mapped[float]
    reasons: Mapped[list[Any]] = mapped_column(Json, default=list)
    surfaced_at: Mapped[datetime] = mapped_column(Instant)


class RaisedHand(Base):
    """Somebody asked us something, in whatever way; with the time of the answer that they were promised."""

    __tablename__ = "raised_hand"
    __table_args__ = (
        Index("ix_raised_hand_lead", "lead_id", "raised_at"),
        partial_index("ix_raised_hand_unanswered", "answer_by", where="answered_at IS NULL AND answer_by IS NOT NULL"),
    )

    event_id: Mapped[uuid.UUID] = mapped_column(EventId, primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    prospect_id: Mapped[int] = mapped_column(ForeignKey("prospect.id"), index=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    kind: Mapped[str] = mapped_column(text(30))
    """The event's kind: question, reply, booked, proposal_asked, replay_asked."""
    words: Mapped[str | None] = mapped_column(text(4000))
    raised_at: Mapped[datetime] = mapped_column(Instant)
    answer_by: Mapped[datetime | None] = mapped_column(Instant)
    """None where nothing is left to answer: a meeting was chosen."""
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[str | None] = mapped_column(text(40))


class Invitation(Base):
    """The one ask; it exists for warm people only, and always offers a way without a meeting."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("lead_id", "prospect_id", "round"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    prospect_id: Mapped[int] = mapped_column(ForeignKey("prospect.id"))
    round: Mapped[int] = mapped_column(default=1)
    touch_id: Mapped[int] = mapped_column(ForeignKey("touch.id"), unique=True)
    choices: Mapped[list[str]] = mapped_column(Json)
    sent_by: Mapped[str] = mapped_column(text(40))
    """A user's handle, or "campaign" where `send: automatic`."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    chosen: Mapped[str | None] = mapped_column(text(20))
    chosen_at: Mapped[datetime | None] = mapped_column(Instant)


class Meeting(Base):
    """A slot the person chose."""

    __tablename__ = "meeting"
    __table_args__ = (UniqueConstraint("owner", "starts_at"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    prospect_id: Mapped[int] = mapped_column(ForeignKey("prospect.id"))
    owner: Mapped[str] = mapped_column(text(40))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    minutes: Mapped[int] = mapped_column(default=30)
    created_at: Mapped[datetime] = mapped_column(Instant)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)


class Outcome(Base):
    """What a person says became of a lead; it teaches the warmth model."""

    __tablename__ = "outcome"
    __table_args__ = (one_of("kind", OutcomeKind),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"), index=True)
    kind: Mapped[str] = mapped_column(text(20))
    note: Mapped[str] = mapped_column(text(2000), default="")
    by: Mapped[str] = mapped_column(text(40))
    at: Mapped[datetime] = mapped_column(Instant)


class DigestSent(Base):
    """One digest to one person at one of their hours; the key makes a second tick send nothing."""

    __tablename__ = "digest_sent"

    user: Mapped[str] = mapped_column(text(40), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    claimed_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(text(10), default="claimed")

"""What is planned: campaigns, their versions, who is in them, and every touch."""

from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from prospecting.campaigns import edges
from prospecting.campaigns.edges import TouchState as TouchState
from prospecting.db import Base, BigKey, Instant, Json, one_of, partial_index, text
from prospecting.engagement.kinds import Mode


class CampaignState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"


class EnrolmentState(StrEnum):
    ACTIVE = "active"
    WARM = "warm"
    FINISHED = "finished"
    STOPPED = "stopped"


class TouchKind(StrEnum):
    GIFT = "gift"
    INVITATION = "invitation"
    SERVICE = "service"


class Campaign(Base):
    __tablename__ = "campaign"
    __table_args__ = (one_of("state", CampaignState),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    slug: Mapped[str] = mapped_column(text(80), unique=True)
    name: Mapped[str] = mapped_column(text(200))
    purpose: Mapped[str] = mapped_column(text(20), default="prospecting")
    owner: Mapped[str] = mapped_column(text(40))
    state: Mapped[str] = mapped_column(text(20), default=CampaignState.RUNNING)
    paused_why: Mapped[str | None] = mapped_column(text(300))
    version_id: Mapped[int | None] = mapped_column(BigKey)
    """The version that new people are enrolled in."""
    created_at: Mapped[datetime] = mapped_column(Instant)


class CampaignVersion(Base):
    """A bundle frozen at launch, named by its hash; it never changes."""

    __tablename__ = "campaign_version"
    __table_args__ = (UniqueConstraint("campaign_id", "number"), UniqueConstraint("campaign_id", "digest"))

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(text(64))
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    """The campaign file, as CampaignDefinition.model_dump(mode="json", by_alias=True)."""
    bundle: Mapped[dict[str, Any]] = mapped_column(Json)
    """{"file": text, "name": path, "messages": {path: text}, "gifts": {slug: {language: gift_version_id}}}."""
    launched_by: Mapped[str] = mapped_column(text(40))
    launched_at: Mapped[datetime] = mapped_column(Instant)


class Enrolment(Base):
    """One prospect's passage through one campaign version."""

    __tablename__ = "enrolment"
    __table_args__ = (
        one_of("state", EnrolmentState),
        UniqueConstraint("campaign_id", "prospect_id", "round"),
        Index("ix_enrolment_prospect", "prospect_id"),
        # The planner's whole cost when nothing is due: a look at the front of this index.
        partial_index("ix_enrolment_due", "plan_at", "id", where="state = 'active' AND plan_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("campaign_version.id"))
    prospect_id: Mapped[int] = mapped_column(ForeignKey("prospect.id"))
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"))
    """The same sender for as long as it lasts."""
    round: Mapped[int] = mapped_column(default=1)
    """Above 1 only where re-entry is declared."""
    state: Mapped[str] = mapped_column(text(10), default=EnrolmentState.ACTIVE)
    step: Mapped[int] = mapped_column(default=0)
    """Index of the next step in the version's gifts."""
    plan_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the planner looks next; None while a touch is on its way, held, or ended."""
    step_opened_at: Mapped[datetime | None] = mapped_column(Instant)
    """Since when a step's condition is waited for."""
    held: Mapped[str | None] = mapped_column(text(300))
    """Why nothing is planned or passes the gate: a reply, a hand raised, a failed touch, the first ten."""
    received: Mapped[int] = mapped_column(default=0)
    """Gifts sent (only *sent* counts)."""
    unused: Mapped[int] = mapped_column(default=0)
    """Gifts in a row nobody used."""
    why: Mapped[str | None] = mapped_column(text(200))
    """Why it finished or stopped."""
    enrolled_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Touch(Base):
    """One planned contact: at most one message, once. Edges: see `touch.py`; a trigger holds them too."""

    __tablename__ = "touch"
    __table_args__ = (
        one_of("kind", TouchKind),
        one_of("state", TouchState),
        one_of("mode", Mode),
        CheckConstraint("kind <> 'gift' OR (enrolment_id IS NOT NULL AND step IS NOT NULL)", name="gift_has_step"),
        CheckConstraint(
            "kind <> 'invitation' OR (lead_id IS NOT NULL AND round IS NOT NULL)", name="invitation_has_lead"
        ),
        UniqueConstraint("enrolment_id", "step"),
        UniqueConstraint("lead_id", "prospect_id", "round"),
        partial_index("ix_touch_due", "mailbox_id", "due_at", "id", where="state = 'planned'"),
        partial_index("ix_touch_missed", "window_ends_at", "id", where="state = 'planned'"),
        partial_index("ix_touch_leased", "lease_until", where="state IN ('claimed', 'sending')"),
        Index("ix_touch_prospect", "prospect_id", "due_at"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    kind: Mapped[str] = mapped_column(text(10))
    state: Mapped[str] = mapped_column(text(10), default=TouchState.PLANNED)
    prospect_id: Mapped[int] = mapped_column(ForeignKey("prospect.id"))
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("campaign_version.id"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolment.id"))
    step: Mapped[str | None] = mapped_column(text(80))
    """The step's id."""
    lead_id: Mapped[int | None] = mapped_column(BigKey)
    round: Mapped[int | None]
    gift_id: Mapped[int | None] = mapped_column(ForeignKey("gift.id"))
    gift_version_id: Mapped[int | None] = mapped_column(ForeignKey("gift_version.id"))
    variant: Mapped[str | None] = mapped_column(text(40))
    message: Mapped[str | None] = mapped_column(text(200))
    """Path of the template in the version's bundle; service touches carry theirs in `content`."""
    content: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """What a person wrote for this touch alone: {"subject", "text", "personal_line", ...}."""
    mode: Mapped[str] = mapped_column(text(10))
    """The tracking mode of its links."""
    due_at: Mapped[datetime] = mapped_column(Instant)
    window_ends_at: Mapped[datetime] = mapped_column(Instant)
    claim: Mapped[str | None] = mapped_column(text(32))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    """By the database's clock."""
    attempts: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    """Engine time at which it reached sent, failed, skipped, cancelled or uncertain."""
    reason: Mapped[str | None] = mapped_column(text(300))


edges.hold(cast(Table, Touch.__table__))

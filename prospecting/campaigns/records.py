"""What is on record of the people of a batch: touches, what they did with them, pace, gifts; one query each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.campaigns.edges import TouchState
from prospecting.campaigns.form import CampaignDefinition
from prospecting.campaigns.models import Campaign, CampaignState, Enrolment, EnrolmentState, Touch, TouchKind
from prospecting.campaigns.pace import Spacing, strictest
from prospecting.campaigns.versions import version
from prospecting.content.models import Gift
from prospecting.db.functions import among
from prospecting.engagement.models import Event
from prospecting.settings import Settings

WAITING = (TouchState.PLANNED, TouchState.CLAIMED, TouchState.SENDING)
LEFT = (TouchState.SENT, TouchState.UNCERTAIN)


@dataclass(frozen=True)
class Past:
    """One touch of a person, whatever it belongs to."""

    touch_id: int
    prospect_id: int
    enrolment_id: int | None
    kind: str
    step: str | None
    gift_id: int | None
    state: str
    due_at: datetime
    ended_at: datetime | None

    @property
    def at(self) -> datetime:
        return self.due_at if self.state in WAITING else self.ended_at or self.due_at

    @property
    def paced(self) -> bool:
        """Whether the pace counts it: an answer that the person asked for does not, what is uncertain does."""
        return self.kind != TouchKind.SERVICE and self.state in (*WAITING, *LEFT)


@dataclass(frozen=True)
class Offered:
    """A gift as far as planning goes."""

    id: int
    slug: str
    topics: frozenset[str]


def offered(session: Session, definitions: Sequence[CampaignDefinition]) -> dict[str, Offered]:
    """The gifts of these definitions that the library has, by slug."""
    slugs = {slug for definition in definitions for step in definition.gifts for slug in step.gifts}
    rows = session.execute(select(Gift.id, Gift.slug, Gift.topics).where(Gift.slug.in_(slugs)))
    return {row.slug: Offered(row.id, row.slug, frozenset(row.topics or ())) for row in rows}


def running(session: Session, campaign_ids: Collection[int]) -> frozenset[int]:
    return frozenset(
        session.scalars(
            select(Campaign.id).where(Campaign.id.in_(campaign_ids), Campaign.state == CampaignState.RUNNING)
        )
    )


def pasts(session: Session, prospect_ids: Collection[int]) -> dict[int, list[Past]]:
    columns = (
        Touch.id,
        Touch.prospect_id,
        Touch.enrolment_id,
        Touch.kind,
        Touch.step,
        Touch.gift_id,
        Touch.state,
        Touch.due_at,
        Touch.ended_at,
    )
    found: dict[int, list[Past]] = {}
    for row in session.execute(select(*columns).where(among(Touch.prospect_id, prospect_ids))):
        found.setdefault(row.prospect_id, []).append(Past(*row))
    return found


def acts(session: Session, touch_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """What was done with each gift."""
    if not touch_ids:
        return {}
    found: dict[int, set[str]] = {}
    for touch_id, kind in session.execute(
        select(Event.touch_id, Event.kind).where(among(Event.touch_id, touch_ids)).distinct()
    ):
        found.setdefault(touch_id or 0, set()).add(kind)
    return {touch_id: frozenset(kinds) for touch_id, kinds in found.items()}


def spacings(session: Session, prospect_ids: Collection[int], settings: Settings) -> dict[int, Spacing]:
    """For each person the strictest pace of the installation and of the running campaigns they are in."""
    house = Spacing(settings.min_days_between, settings.max_per_30_days)
    found = {prospect_id: [house] for prospect_id in prospect_ids}
    active = (
        select(Enrolment.prospect_id, Enrolment.version_id)
        .join(Campaign, Campaign.id == Enrolment.campaign_id)
        .where(
            among(Enrolment.prospect_id, prospect_ids),
            Enrolment.state.in_((EnrolmentState.ACTIVE, EnrolmentState.WARM)),
        )
        .where(Campaign.state == CampaignState.RUNNING)
    )
    for prospect_id, version_id in session.execute(active):
        pace = version(session, version_id).definition.pace
        found[prospect_id].append(Spacing(pace.min_days_between, pace.max_per_30_days))
    return {prospect_id: strictest(listed) for prospect_id, listed in found.items()}

"""Which of several gifts a person gets: taking turns until something can be learned, then Thompson sampling.

What counts as success is a gesture that says the gift was of use (observed visits never do). Each choice depends on
the person and on what was known when it was made, never on chance that cannot be repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prospecting.campaigns.calendar import seed_of
from prospecting.campaigns.edges import TouchState
from prospecting.campaigns.models import Touch
from prospecting.content.models import Gift
from prospecting.engagement.kinds import EventKind
from prospecting.engagement.models import Event

LEARN_FROM = 400
"""People who were given one of the gifts and had time to answer; with fewer, the better one is found by luck."""

EXPLORE = 0.1
"""So many people still get any of the gifts in turn, so that a late favourite can show itself."""

TIME_TO_ANSWER = timedelta(days=3)

OF_USE = (
    EventKind.USEFUL,
    EventKind.SEND_NEXT,
    EventKind.DIAGNOSTIC_COMPLETED,
    EventKind.REGISTERED,
    EventKind.FORWARDED,
    EventKind.QUESTION,
)


class How(StrEnum):
    """Why a person got this gift and no other."""

    TURNS = "turns"
    EXPLORED = "explored"
    LEARNED = "learned"


@dataclass(frozen=True)
class Arm:
    """One gift of several: to how many it was given who had time to answer, and how many said it was of use."""

    gift: str
    given: int = 0
    of_use: int = 0


def choose(arms: Sequence[Arm], seed: int, *, learn_from: int = LEARN_FROM) -> tuple[str, How]:
    """The gift for one person and why. Raises ValueError without arms.

    Thompson sampling (Thompson, 1933) with a uniform prior: the gift whose drawn rate is highest.
    """
    if not arms:
        raise ValueError("no gift to choose from")
    in_turn = arms[seed % len(arms)].gift
    if len(arms) == 1 or sum(arm.given for arm in arms) < learn_from:
        return in_turn, How.TURNS
    draw = Random(seed)
    if draw.random() < EXPLORE:
        return in_turn, How.EXPLORED
    return max(arms, key=lambda arm: draw.betavariate(1 + arm.of_use, 1 + arm.given - arm.of_use)).gift, How.LEARNED


def variant_of(variants: Sequence[str], *, campaign: str, step: str, prospect_id: int) -> str | None:
    """The arm of an A/B test that a person is in, for ever; None where nothing is tested."""
    return variants[seed_of(campaign, step, prospect_id) % len(variants)] if variants else None


def arms_of(session: Session, *, campaign_id: int, step: str, gifts: Sequence[str], now: datetime) -> list[Arm]:
    """What is known of each of `gifts` at one step, over all versions of the campaign."""
    pressed = select(Event.touch_id).where(Event.touch_id == Touch.id, Event.kind.in_(OF_USE)).exists()
    rows = session.execute(
        select(Gift.slug, func.count(), func.count().filter(pressed))
        .join(Touch, Touch.gift_id == Gift.id)
        .where(Touch.campaign_id == campaign_id, Touch.step == step, Touch.state == TouchState.SENT)
        .where(Touch.ended_at <= now - TIME_TO_ANSWER, Gift.slug.in_(gifts))
        .group_by(Gift.slug)
    )
    known = {slug: Arm(slug, given, of_use) for slug, given, of_use in rows}
    return [known.get(gift, Arm(gift)) for gift in gifts]

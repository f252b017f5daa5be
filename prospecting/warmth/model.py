"""What a campaign calls warm: bar, half-life, acts demanded; one for all its enrolments, from its current version."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.campaigns import versions
from prospecting.campaigns.models import Campaign


@dataclass(frozen=True)
class Model:
    """`bar` in points; `where` is the audience's condition, for the fit."""

    bar: float
    half_life: timedelta
    deliberate: int
    where: dict[str, Any]


def models_of(session: Session, campaign_ids: Iterable[int]) -> dict[int, Model]:
    """The model of each campaign that has a version."""
    pairs = session.execute(
        select(Campaign.id, Campaign.version_id).where(
            Campaign.id.in_(sorted(set(campaign_ids))), Campaign.version_id.is_not(None)
        )
    )
    return {
        campaign_id: model_of_version(session, version_id)
        for campaign_id, version_id in pairs
        if version_id is not None
    }


def model_of_version(session: Session, version_id: int) -> Model:
    """The model a version defines."""
    definition = versions.definition_of(session, version_id)
    warm = definition.warm
    return Model(warm.points, warm.half_life.delta, warm.at_least.deliberate, definition.audience.where)

"""How a person's pace and the team's own exchanges bear on a message, as the campaigns they are in say."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.campaigns import versions
from prospecting.campaigns.models import Enrolment, EnrolmentState, Touch, TouchKind
from prospecting.campaigns.pace import MONTH, Pace, Spacing, strictest
from prospecting.campaigns.touch import TouchState
from prospecting.delivery.models import Message
from prospecting.prospects.models import Prospect
from prospecting.settings import Settings

COUNTED = (TouchState.SENDING, TouchState.SENT, TouchState.UNCERTAIN)
"""An uncertain touch counts as sent."""


def left_out(session: Session, version_id: int | None, settings: Settings) -> tuple[int, bool]:
    """Days since a colleague's last exchange, and whether customers are written to, for touches of this version."""
    if version_id is None:
        return settings.in_touch_days, False
    audience = versions.version(session, version_id).definition.audience
    return audience.not_in_touch_for.count, audience.customers == "include"


def next_allowed(
    session: Session, going: Mapping[int, int], *, now: datetime, settings: Settings
) -> dict[int, datetime]:
    """From when people may be written to again after these touches (id to person) at `now`: by the strictest of every
    campaign they are in, of their own wish, and of the installation."""
    if not going:
        return {}
    prospect_ids = sorted(set(going.values()))
    spacings = _spacings(session, prospect_ids)
    wishes = dict(
        session.execute(select(Prospect.id, Prospect.wish_days_between).where(Prospect.id.in_(prospect_ids))).all()
    )
    taken = _taken(session, prospect_ids, since=now - MONTH, but=going)
    floor = Spacing(settings.min_days_between, settings.max_per_30_days)
    return {
        person: Pace.of(
            strictest([floor, *spacings[person]], wish_days=wishes.get(person)), [*taken[person], now]
        ).first(now)
        for person in prospect_ids
    }


def _spacings(session: Session, prospect_ids: Iterable[int]) -> defaultdict[int, list[Spacing]]:
    inside = (EnrolmentState.ACTIVE, EnrolmentState.WARM)
    rows = select(Enrolment.prospect_id, Enrolment.version_id).where(
        Enrolment.prospect_id.in_(prospect_ids), Enrolment.state.in_(inside)
    )
    found: defaultdict[int, list[Spacing]] = defaultdict(list)
    for person, version_id in session.execute(rows).all():
        pace = versions.version(session, version_id).definition.pace
        found[person].append(Spacing(pace.min_days_between, pace.max_per_30_days))
    return found


def _taken(
    session: Session, prospect_ids: Iterable[int], *, since: datetime, but: Iterable[int]
) -> defaultdict[int, list[datetime]]:
    rows = (
        select(Touch.prospect_id, Message.gated_at)
        .join(Message, Message.touch_id == Touch.id)
        .where(
            Touch.prospect_id.in_(prospect_ids),
            Touch.kind != TouchKind.SERVICE,
            Touch.state.in_(COUNTED),
            Message.gated_at > since,
        )
        .where(Touch.id.not_in(list(but)))
    )
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for person, at in session.execute(rows):
        found[person].append(at)
    return found

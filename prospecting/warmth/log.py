"""The stored log as warmth reads it: each person's acts, their coincidences with colleagues, whom they warm."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from prospecting.campaigns.models import Enrolment, Touch
from prospecting.db import plus
from prospecting.engagement.kinds import EventKind
from prospecting.engagement.models import Event
from prospecting.prospects.models import Prospect
from prospecting.warmth.judge import AT_A_PAGE, JUDGED, Act

CHUNK = 500
T = TypeVar("T")


@dataclass
class Person:
    """What is known of one person's acts."""

    acts: list[Act] = field(default_factory=list)
    campaigns: dict[uuid.UUID, int] = field(default_factory=dict)
    """Event → the campaign it names."""
    accepted: dict[int, datetime] = field(default_factory=dict)
    """Touch → when the receiving server took its message."""

    @property
    def judged(self) -> bool:
        """Whether there is anything to judge at all."""
        return any(act.kind in JUDGED for act in self.acts)


def people(session: Session, prospect_ids: Collection[int]) -> dict[int, Person]:
    """The acts of each of `prospect_ids` that has any."""
    found: dict[int, Person] = {}
    columns = (
        Event.id,
        Event.at,
        Event.kind,
        Event.touch_id,
        Event.campaign_id,
        Event.gift,
        Event.facts,
        Event.prospect_id,
    )
    for part in chunks(prospect_ids):
        for row in session.execute(select(*columns).where(Event.prospect_id.in_(part))):
            person = found.setdefault(row.prospect_id, Person())
            kind = EventKind(row.kind)
            if kind == EventKind.SENT and row.touch_id is not None:
                person.accepted[row.touch_id] = row.at
            if kind in JUDGED or kind == EventKind.OBJECTED:
                person.acts.append(Act(row.id, row.at, kind, row.touch_id, row.gift, row.facts or {}))
                if row.campaign_id is not None:
                    person.campaigns[row.id] = row.campaign_id
    return found


def coincidences(
    session: Session, within: timedelta, *, prospect_ids: Collection[int] = (), event_ids: Collection[uuid.UUID] = ()
) -> Iterable[tuple[uuid.UUID, int]]:
    """Acts of the people (or events) given that a colleague's act fell beside: (event, the colleague's prospect id)."""
    mine, me, colleague, theirs = aliased(Event), aliased(Prospect), aliased(Prospect), aliased(Event)
    kinds = [str(kind) for kind in AT_A_PAGE]
    statement = (
        select(mine.id, colleague.id)
        .join(me, me.id == mine.prospect_id)
        .join(colleague, (colleague.organisation_id == me.organisation_id) & (colleague.id != me.id))
        .join(
            theirs,
            (theirs.prospect_id == colleague.id)
            & (theirs.at >= plus(session, mine.at, -within))
            & (theirs.at <= plus(session, mine.at, within)),
        )
        .where(mine.kind.in_(kinds), theirs.kind.in_(kinds))
    )
    for part in chunks(prospect_ids):
        yield from ((event, other) for event, other in session.execute(statement.where(mine.prospect_id.in_(part))))
    for ids in chunks(event_ids):
        yield from ((event, other) for event, other in session.execute(statement.where(mine.id.in_(ids))))


@dataclass(frozen=True)
class Passage:
    """One enrolment, as far as it matters whom an event warms."""

    id: int
    campaign_id: int
    prospect_id: int
    enrolled_at: datetime
    ended_at: datetime | None


def passages(session: Session, prospect_ids: Collection[int]) -> dict[int, list[Passage]]:
    """The enrolments of each person, in order of their beginning."""
    found: dict[int, list[Passage]] = {}
    columns = (Enrolment.id, Enrolment.campaign_id, Enrolment.prospect_id, Enrolment.enrolled_at, Enrolment.ended_at)
    for part in chunks(prospect_ids):
        statement = (
            select(*columns).where(Enrolment.prospect_id.in_(part)).order_by(Enrolment.enrolled_at, Enrolment.id)
        )
        for row in session.execute(statement):
            found.setdefault(row.prospect_id, []).append(Passage(*row))
    return found


def enrolments_of_touches(session: Session, touch_ids: Collection[int]) -> dict[int, int]:
    """Touch → its enrolment, for touches that have one."""
    found: dict[int, int] = {}
    for part in chunks(touch_ids):
        rows = session.execute(
            select(Touch.id, Touch.enrolment_id).where(Touch.id.in_(part), Touch.enrolment_id.is_not(None))
        )
        found |= {touch: enrolment for touch, enrolment in rows if enrolment is not None}
    return found


def warms(act: Act, campaign_id: int | None, mine: list[Passage], by_touch: Mapping[int, int]) -> list[int]:
    """The enrolments that `act` warms: that of its touch, else of its campaign, else every one that ran at the time.

    Somebody whose every passage has ended warms the latest one: a hand raised late must not be lost.
    """
    if act.touch_id is not None and act.touch_id in by_touch:
        return [by_touch[act.touch_id]]
    if campaign_id is not None:
        of_campaign = [passage for passage in mine if passage.campaign_id == campaign_id]
        begun = [passage for passage in of_campaign if passage.enrolled_at <= act.at]
        return [(begun or of_campaign)[-1].id] if of_campaign else []
    running = [
        passage.id
        for passage in mine
        if passage.enrolled_at <= act.at and (passage.ended_at is None or passage.ended_at > act.at)
    ]
    return running or [passage.id for passage in mine[-1:]]


def chunks(values: Iterable[T]) -> Iterable[list[T]]:
    """`values` in lists short enough for one IN."""
    ordered = list(values)
    for first in range(0, len(ordered), CHUNK):
        yield ordered[first : first + CHUNK]

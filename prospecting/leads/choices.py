"""What an invitation offers, and what happens when a person chooses: everything is a hand raised, a meeting a slot too."""

import os
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting import engagement, senders
from prospecting.campaigns.models import Touch
from prospecting.db import insert_or_ignore
from prospecting.engagement import NewEvent
from prospecting.engagement.kinds import EventKind, Mode
from prospecting.findings import Refused
from prospecting.ids import uuid7
from prospecting.leads.models import Choice, Invitation, Lead, Meeting
from prospecting.senders.models import User

MEETING_MINUTES = 30
SOONEST = timedelta(hours=20)
"""A meeting leaves both sides a night to prepare."""
AHEAD_DAYS = 21
SHOWN = 40
EVENTS = {
    Choice.QUESTION: EventKind.QUESTION,
    Choice.PROPOSAL: EventKind.PROPOSAL_ASKED,
    Choice.REPLAY: EventKind.REPLAY_ASKED,
    Choice.MEETING: EventKind.BOOKED,
}


def choose(
    session: Session,
    touch_id: int,
    choice: str,
    *,
    words: str | None = None,
    slot: str | datetime | None = None,
    now: datetime,
    event_id: uuid.UUID | None = None,
) -> EventKind:
    """Record what a person chose on the invitation of `touch_id`; the kind of event it became.

    A meeting whose `slot` was taken meanwhile, or is none of the owner's, becomes a question that says so: the person
    asked for us, and that must not be lost. Raises Refused for an invitation that is not there or does not offer this.
    """
    invitation = session.scalars(select(Invitation).where(Invitation.touch_id == touch_id).with_for_update()).first()
    if invitation is None or choice not in invitation.choices:
        raise Refused.of("LD007", "This invitation does not offer that.", "Choose one of the ways it names.")
    kind = EVENTS[Choice(choice)]
    if kind is EventKind.BOOKED:
        wanted = _instant(slot)
        if wanted is None or not _book(session, invitation, wanted, now=now):
            kind, words = EventKind.QUESTION, _wished(wanted, words)
    _record(session, invitation, kind, choice=choice, words=words, now=now, event_id=event_id)
    invitation.chosen, invitation.chosen_at = choice, now
    session.flush()
    return kind


def slots(session: Session, owner: str, now: datetime, *, limit: int = SHOWN) -> list[datetime]:
    """The next free half hours of `owner`, within their hours, Monday to Friday, in UTC."""
    user = senders.user(session, owner)
    if user is None:
        return []
    taken = set(
        session.scalars(
            select(Meeting.starts_at).where(
                Meeting.owner == owner, Meeting.starts_at >= now, Meeting.cancelled_at.is_(None)
            )
        )
    )
    free = []
    for starts_at in _half_hours(user, now):
        if starts_at not in taken:
            free.append(starts_at)
        if len(free) == limit:
            break
    return free


def _half_hours(user: User, now: datetime) -> Iterator[datetime]:
    """Every half hour of the user's working days, in order, soonest first."""
    zone = ZoneInfo(user.zone)
    today = now.astimezone(zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(AHEAD_DAYS + 1)):
        if day.weekday() < 5:
            yield from (at for at in _of_day(day, user.hours, zone) if at >= now + SOONEST)


def _of_day(day: date, hours: Iterable[str], zone: ZoneInfo) -> list[datetime]:
    starts: set[datetime] = set()
    for span in hours:
        first, last = (_minutes(clock) for clock in span.split("-"))
        for minute in range(first, last - MEETING_MINUTES + 1, MEETING_MINUTES):
            starts.add(datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC))
    return sorted(starts)


def _book(session: Session, invitation: Invitation, starts_at: datetime, *, now: datetime) -> bool:
    """Whether the slot is the person's now; the unique key decides between two who want the same."""
    owner = session.scalars(select(Lead.owner).where(Lead.id == invitation.lead_id)).one()
    if starts_at not in slots(session, owner, now, limit=10_000):
        return False
    row = {
        "lead_id": invitation.lead_id,
        "prospect_id": invitation.prospect_id,
        "owner": owner,
        "starts_at": starts_at,
        "minutes": MEETING_MINUTES,
        "created_at": now,
    }
    return insert_or_ignore(session, Meeting, [row], conflict=["owner", "starts_at"]) == 1


def _record(
    session: Session,
    invitation: Invitation,
    kind: EventKind,
    *,
    choice: str,
    words: str | None,
    now: datetime,
    event_id: uuid.UUID | None,
) -> None:
    touch = session.get_one(Touch, invitation.touch_id)
    event = NewEvent(
        id=event_id or uuid7(now, os.urandom(10)),
        at=now,
        kind=kind,
        prospect_id=invitation.prospect_id,
        mode=Mode(touch.mode),
        touch_id=touch.id,
        campaign_id=touch.campaign_id,
        version_id=touch.version_id,
        words=words,
        facts={"choice": choice},
    )
    engagement.record(session, [event], now=now)


def _instant(slot: str | datetime | None) -> datetime | None:
    try:
        said = datetime.fromisoformat(slot) if isinstance(slot, str) else slot
    except ValueError:
        return None
    return said.astimezone(UTC) if said and said.tzinfo else None


def _wished(wanted: datetime | None, words: str | None) -> str:
    """What a person wished who could not have it; read by the owner, who answers in writing."""
    wish = f"[{wanted:%Y-%m-%d %H:%M} UTC]" if wanted else "[?]"
    return f"{wish} {words or ''}".strip()


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)

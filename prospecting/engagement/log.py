"""The append-only log: what goes in, what warmth has not read yet, and what one person can take away or erase."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from prospecting.db import exclusively, insert_or_ignore
from prospecting.engagement.kinds import GESTURES, WEIGHTS, EventKind, Mode, Nature
from prospecting.engagement.models import Event, EventNews, JournalMark
from prospecting.engagement.modes import lower, mode_of
from prospecting.engagement.once import forget_one_time_links
from prospecting.prospects.models import Consent, Prospect, Suppressed

WORDS = 4000
"""Characters of a person's words that are kept."""
FACT = 500
"""Characters kept of one fact: agents of 64 kB exist."""
OBSERVED_FACTS = frozenset({"agent", "network", "datacentre", "method", "referrer", "javascript", "language"})
"""Facts that a person did not tell us on purpose; kept in `consented` and `full` only."""
RECORDING = 7_102_027
CHUNK = 400

T = TypeVar("T")


@dataclass(frozen=True)
class NewEvent:
    """One fact about a prospect, not yet in the log. `mode` is that of the link it came by."""

    id: uuid.UUID
    at: datetime
    kind: EventKind
    prospect_id: int
    mode: Mode
    touch_id: int | None = None
    campaign_id: int | None = None
    version_id: int | None = None
    gift: str | None = None
    words: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def record(session: Session, events: Sequence[NewEvent], *, now: datetime) -> int:
    """Append those of `events` that may be known and are not there yet; how many went in.

    Left out: an id that is there already; people who are gone; observed kinds where the person's mode at that instant,
    or the link's, does not observe; a gesture of the same kind on the same touch again, unless with other words.
    """
    with_words = [replace(event, words=clean(event.words, WORDS) or None) for event in events]
    if any(event.kind in GESTURES for event in with_words):
        # Two drains at once must not both find that this gesture is the first.
        exclusively(session, RECORDING)
    allowed = _first_of_their_kind(session, _allowed(session, _unknown(session, with_words)))
    rows = [_row(event, now) for event in allowed]
    recorded = insert_or_ignore(session, Event, rows, conflict=["at", "id"])
    news = [{"event_id": event.id, "at": event.at} for event in allowed]
    insert_or_ignore(session, EventNews, news, conflict=["event_id"])
    return recorded


def take_news(session: Session, limit: int) -> list[Event]:
    """Up to `limit` events that nobody has taken yet, oldest first; they are taken by this transaction."""
    news = (
        select(EventNews.at, EventNews.event_id)
        .order_by(EventNews.at, EventNews.event_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = [(at, event_id) for at, event_id in session.execute(news)]
    events: list[Event] = []
    for part in _parts(taken):
        session.execute(delete(EventNews).where(EventNews.event_id.in_([event_id for _, event_id in part])))
        events += session.scalars(select(Event).where(tuple_(Event.at, Event.id).in_(part)))
    return sorted(events, key=lambda event: (event.at, event.id))


def events_of(session: Session, prospect_id: int) -> list[Event]:
    """Everything in the log about one person, oldest first."""
    return list(session.scalars(select(Event).where(Event.prospect_id == prospect_id).order_by(Event.at, Event.id)))


def first_time(session: Session, records: Iterable[tuple[uuid.UUID, datetime]]) -> set[uuid.UUID]:
    """Which of these journal records (id, at) were never drained before; from now on they were.

    For effects without a key of their own, such as counts: do them for these only, in the same transaction.
    """
    given = dict(records)
    seen: set[uuid.UUID] = set()
    for part in _parts(list(given)):
        seen |= set(session.scalars(select(JournalMark.record_id).where(JournalMark.record_id.in_(part))))
    fresh = [{"record_id": record_id, "at": at} for record_id, at in given.items() if record_id not in seen]
    insert_or_ignore(session, JournalMark, fresh, conflict=["record_id"])
    return set(given) - seen


def export_person(session: Session, prospect_id: int) -> dict[str, Any]:
    """What this room knows of a person, in plain values."""
    return {
        "events": [
            {
                "id": str(event.id),
                "at": event.at.isoformat(),
                "kind": event.kind,
                "mode": event.mode,
                "gift": event.gift,
                "words": event.words,
                "facts": event.facts,
            }
            for event in events_of(session, prospect_id)
        ]
    }


def erase_person(session: Session, prospect_id: int, *, now: datetime) -> None:  # noqa: ARG001  every room's has `now`
    """Remove everything this room knows of a person."""
    theirs = select(Event.id).where(Event.prospect_id == prospect_id)
    session.execute(delete(EventNews).where(EventNews.event_id.in_(theirs)))
    session.execute(delete(Event).where(Event.prospect_id == prospect_id))
    forget_one_time_links(session, f"prospect:{prospect_id}")


def clean(said: str | None, length: int) -> str:
    """A stranger's text as the database takes it: no NUL, no lone surrogate, at most `length` characters."""
    return (said or "").replace("\x00", "").encode("utf-8", "replace").decode().strip()[:length]


def _unknown(session: Session, events: Sequence[NewEvent]) -> list[NewEvent]:
    known: set[uuid.UUID] = set()
    for part in _parts([event.id for event in events]):
        known |= set(session.scalars(select(Event.id).where(Event.id.in_(part))))
    return [event for event in {event.id: event for event in events}.values() if event.id not in known]


def _allowed(session: Session, events: Sequence[NewEvent]) -> list[NewEvent]:
    """Those about people who are there, in the mode that held at their instant, without what that mode forbids."""
    people: dict[int, tuple[str | None, bool | None]] = {}
    said: dict[int, list[tuple[datetime, bool]]] = {}
    for part in _parts(list({event.prospect_id for event in events})):
        rows = select(Prospect.id, Prospect.country, Prospect.tracking_wish).where(
            Prospect.id.in_(part), Prospect.stopped_why.is_distinct_from(Suppressed.ERASED.value)
        )
        people |= {person: (country, wish) for person, country, wish in session.execute(rows)}
        consents = select(Consent.prospect_id, Consent.at, Consent.given).where(Consent.prospect_id.in_(part))
        for person, at, given in session.execute(consents.order_by(Consent.at, Consent.id)):
            said.setdefault(person, []).append((at, given))
    allowed = []
    for event in events:
        if event.prospect_id not in people:
            continue
        country, wish = people[event.prospect_id]
        if event.prospect_id in said:
            wish = _wish_at(said[event.prospect_id], event.at)
        mode = lower(event.mode, mode_of(country=country, wish=wish))
        if WEIGHTS[event.kind].nature is not Nature.OBSERVED or mode.observes:
            allowed.append(replace(event, mode=mode))
    return allowed


def _wish_at(said: Sequence[tuple[datetime, bool]], at: datetime) -> bool | None:
    """What the person had last said by `at`; at the very instant of two, the later one."""
    before = [given for when, given in said if when <= at]
    return before[-1] if before else None


def _first_of_their_kind(session: Session, events: Sequence[NewEvent]) -> list[NewEvent]:
    touches = list({event.touch_id for event in events if event.kind in GESTURES and event.touch_id is not None})
    done: set[tuple[int | None, str, str | None]] = set()
    for part in _parts(touches):
        rows = select(Event.touch_id, Event.kind, Event.words).where(Event.touch_id.in_(part), Event.kind.in_(GESTURES))
        for touch, kind, words in session.execute(rows):
            done |= {(touch, kind, words), (touch, kind, None)}
    first = []
    for event in sorted(events, key=lambda event: (event.at, event.id)):
        if event.kind in GESTURES and event.touch_id is not None:
            if (event.touch_id, event.kind, event.words) in done:
                continue
            done |= {(event.touch_id, event.kind, event.words), (event.touch_id, event.kind, None)}
        first.append(event)
    return first


def _row(event: NewEvent, now: datetime) -> dict[str, Any]:
    facts = {key: clean(value, FACT) if isinstance(value, str) else value for key, value in event.facts.items()}
    # Observed facts (agent, network) about a person who is not observed are no facts of ours.
    kept = facts if event.mode.observes else {key: value for key, value in facts.items() if key not in OBSERVED_FACTS}
    values = {key: value for key, value in asdict(event).items() if key != "facts"}
    return values | {"kind": str(event.kind), "mode": str(event.mode), "facts": kept, "recorded_at": now}


def _parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(values), CHUNK):
        yield values[first : first + CHUNK]

"""What each record of the journal does once it reaches the database: handlers for `journal.drain`.

A record may be seen twice (the drain's mark moves after its commit). Events carry the record's id and are inserted or
ignored; whatever has no key of its own is done once by a `JournalMark` in the same transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting import campaigns, delivery, diagnostics, engagement, prospects
from prospecting.campaigns.touch import TouchFacts
from prospecting.campaigns.touch import facts as facts_of_touches
from prospecting.engagement import NewEvent
from prospecting.engagement.kinds import GESTURES, EventKind, Mode
from prospecting.installation import Installation
from prospecting.journal import Handler, Record
from prospecting.leads.choices import choose
from prospecting.prospects.models import Prospect

VISITS = (EventKind.VISITED, EventKind.READ, EventKind.DOWNLOADED, EventKind.WATCHED)


def handlers(installation: Installation) -> Mapping[str, Handler]:
    """What every kind of record does, for this installation."""
    return {
        "gesture": gestures,
        "visit": visits,
        "objection": objections,
        "consent": _once(consent),
        "pace": _once(pace),
        "choice": _once(choice),
        "smtp_result": partial(smtp_results, installation=installation),
        "diagnostic": diagnostics_completed,
        "diagnostic_result": diagnostic_results,
        "registration": registrations,
        "count": counts,
    }


def gestures(session: Session, records: Sequence[Record]) -> None:
    """What people pressed or wrote. Raises ValueError for a kind that is no gesture."""
    unknown = {record.data["kind"] for record in records} - set(GESTURES)
    if unknown:
        raise ValueError(f"no gesture: {sorted(unknown)}")
    _record(session, records, lambda record: EventKind(record.data["kind"]))


def visits(session: Session, records: Sequence[Record]) -> None:
    """Visits, reading and downloads, where the person's mode still allows them (engagement drops the others)."""
    unknown = {record.data["kind"] for record in records} - set(VISITS)
    if unknown:
        raise ValueError(f"no visit: {sorted(unknown)}")
    observed = [record for record in records if Mode(record.data["mode"]).observes]
    _record(session, observed, lambda record: EventKind(record.data["kind"]))


def diagnostics_completed(session: Session, records: Sequence[Record]) -> None:
    """A person who asked for their report; without a token it is nobody's."""
    personal = [record for record in records if record.data.get("touch") is not None]
    _record(session, personal, lambda _: EventKind.DIAGNOSTIC_COMPLETED)


def diagnostic_results(session: Session, records: Sequence[Record]) -> None:
    """Results to compare with, which are nobody's; each is kept once, by a key that no event knows."""
    for record in records:
        data = record.data
        diagnostics.keep(
            session,
            data["scores"],
            slug=data["slug"],
            language=data["language"],
            key=bytes.fromhex(data["key"]),
            now=record.at,
        )


def registrations(session: Session, records: Sequence[Record]) -> None:
    """Who registered: through their own link, or by writing an address that we know; a stranger's is no event."""
    personal = [record for record in records if record.data.get("touch") is not None]
    _record(session, personal, lambda _: EventKind.REGISTERED)
    written = [record for record in records if record.data.get("touch") is None and record.data.get("address")]
    addresses = {record.data["address"] for record in written}
    rows = session.execute(select(Prospect.address, Prospect.id).where(Prospect.address.in_(addresses)))
    known = dict(rows.all())
    events = [
        NewEvent(
            id=record.id,
            at=record.at,
            kind=EventKind.REGISTERED,
            prospect_id=known[record.data["address"]],
            mode=Mode.DECLARED,
            gift=record.data["gift"],
            facts=record.data.get("facts") or {},
        )
        for record in written
        if record.data["address"] in known
    ]
    engagement.record(session, events, now=records[-1].at)


def objections(session: Session, records: Sequence[Record]) -> None:
    """Nobody writes to this address again; every step of it may be done twice."""
    for record in records:
        prospect_id = prospects.object_to_contact(
            session, bytes.fromhex(record.data["hash"]), now=record.at, through=record.data["through"]
        )
        if prospect_id is None:
            continue
        campaigns.stop_prospect(session, prospect_id, why="objected", now=record.at)
        event = NewEvent(id=record.id, at=record.at, kind=EventKind.OBJECTED, prospect_id=prospect_id, mode=Mode.NONE)
        engagement.record(session, [event], now=record.at)


def consent(session: Session, record: Record) -> None:
    """A yes or no to being observed, with its wording, and the event that says so."""
    known = facts_of_touches(session, [record.data["touch"]]).get(record.data["touch"])
    if known is None:
        return
    given = bool(record.data["given"])
    prospects.record_consent(
        session, known.prospect_id, given=given, wording=record.data["wording"], through="space", now=record.at
    )
    kind = EventKind.CONSENTED if given else EventKind.WITHDREW
    event = NewEvent(
        id=record.id,
        at=record.at,
        kind=kind,
        prospect_id=known.prospect_id,
        mode=Mode(known.mode),
        touch_id=record.data["touch"],
    )
    engagement.record(session, [event], now=record.at)


def pace(session: Session, record: Record) -> None:
    """The days between two messages that the person asked for."""
    known = facts_of_touches(session, [record.data["touch"]]).get(record.data["touch"])
    if known is not None:
        prospects.set_pace_wish(session, known.prospect_id, record.data["days"], now=record.at)


def choice(session: Session, record: Record) -> None:
    """What a person chose on their invitation."""
    choose(
        session,
        record.data["touch"],
        record.data["choice"],
        words=record.data.get("words"),
        slot=record.data.get("slot"),
        now=record.at,
        event_id=record.id,
    )


def counts(session: Session, records: Sequence[Record]) -> None:
    """Visits of gifts by nobody in particular, in their weeks."""
    new = engagement.first_time(session, [(record.id, record.at) for record in records])
    visited = [(record.data["gift"], date.fromisoformat(record.data["week"])) for record in records if record.id in new]
    engagement.count_visits(session, visited)


def smtp_results(session: Session, records: Sequence[Record], *, installation: Installation) -> None:
    """Replies of receiving servers that could not be written when they came."""
    delivery.replay(session, records, settings=installation.settings)


def _record(session: Session, records: Sequence[Record], kind: Callable[[Record], EventKind]) -> None:
    """Bring `records` about touches into the log; those of a touch that is gone (erased) are nobody's."""
    known = facts_of_touches(session, [record.data["touch"] for record in records])
    events = [
        _event(record, kind(record), known[record.data["touch"]]) for record in records if record.data["touch"] in known
    ]
    if events:
        engagement.record(session, events, now=max(event.at for event in events))


def _event(record: Record, kind: EventKind, touch: TouchFacts) -> NewEvent:
    """The event of a record, never in a mode above that of the touch's links."""
    data = record.data
    facts: dict[str, Any] = dict(data.get("facts") or {})
    if data.get("share") is not None:
        facts["share"] = min(1.0, max(0.0, float(data["share"])))
    return NewEvent(
        id=record.id,
        at=record.at,
        kind=kind,
        prospect_id=touch.prospect_id,
        mode=engagement.lower(Mode(data.get("mode") or touch.mode), Mode(touch.mode)),
        touch_id=data["touch"],
        campaign_id=touch.campaign_id,
        version_id=touch.version_id,
        gift=data.get("gift") or data.get("slug") or touch.gift_slug,
        words=data.get("words"),
        facts=facts,
    )


def _once(handle: Callable[[Session, Record], None]) -> Handler:
    """`handle` for records that are not marked yet, one by one."""

    def handler(session: Session, records: Sequence[Record]) -> None:
        new = engagement.first_time(session, [(record.id, record.at) for record in records])
        for record in records:
            if record.id in new:
                handle(session, record)

    return handler

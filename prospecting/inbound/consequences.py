"""What each kind of message does. Any person's reply holds the next touch; an objection suppresses before anybody reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting import campaigns, engagement, prospects
from prospecting.campaigns.touch import facts as facts_of_touches
from prospecting.engagement import NewEvent
from prospecting.engagement.kinds import EventKind, Mode
from prospecting.ids import uuid7
from prospecting.inbound.matching import Matched
from prospecting.inbound.models import InboundKind
from prospecting.inbound.understood import ReplyKind, Understood
from prospecting.prospects.models import Prospect, Suppressed

LATER = timedelta(days=90)
"""How long a *not now* without a date is respected."""
REST = timedelta(days=14)
"""How long somebody is left alone whose mailbox was full, or whose server refused us."""


@dataclass(frozen=True)
class Case:
    """One message that concerns one person of ours."""

    understood: Understood
    prospect_id: int
    touch_id: int | None
    address_hash: bytes
    event_id: UUID
    in_thread: bool
    now: datetime


def act_upon(session: Session, understood: Understood, matched: Matched, *, digest: str, now: datetime) -> None:
    """Do what the message asks for, in this transaction; nothing where it concerns nobody of ours."""
    if matched.colleague:
        return
    if matched.address_hash is not None and understood.reply is ReplyKind.OBJECTION:
        # The token says who objects, whatever address it was written from, and whether we still know them.
        prospects.object_to_contact(session, matched.address_hash, now=now, through="reply")
    case = _case(session, understood, matched, digest=digest, now=now)
    if case is None:
        return
    if understood.kind is InboundKind.REPLY:
        _REPLIES[understood.reply or ReplyKind.UNCLEAR](session, case)
    elif understood.kind is InboundKind.ABSENCE:
        _absent(session, case)
    elif matched.ours and understood.kind is InboundKind.BOUNCE:
        _bounced(session, case)
    elif matched.ours and understood.kind is InboundKind.COMPLAINT:
        _suppress(session, case, Suppressed.COMPLAINED, EventKind.COMPLAINED)


def _case(session: Session, understood: Understood, matched: Matched, *, digest: str, now: datetime) -> Case | None:
    if matched.prospect_id is None:
        return None
    address_hash = session.scalar(select(Prospect.address_hash).where(Prospect.id == matched.prospect_id))
    if address_hash is None:
        return None
    # The id depends on the message alone: read twice, it is one event.
    event_id = uuid7(now, bytes.fromhex(digest[:20]))
    return Case(understood, matched.prospect_id, matched.touch_id, address_hash, event_id, matched.in_thread, now)


def _bounced(session: Session, case: Case) -> None:
    """An address that is gone is never written to again; one that was only refused or full gets a rest."""
    if case.understood.gone:
        _suppress(session, case, Suppressed.BOUNCED, EventKind.BOUNCED)
    elif not _on_its_way(case.understood):
        prospects.move_next_allowed(session, {case.prospect_id: case.now + REST})


def _on_its_way(understood: Understood) -> bool:
    """A warning that the server still tries."""
    return understood.permanent is False and (understood.status or "").startswith("4.4")


def _suppress(session: Session, case: Case, reason: Suppressed, kind: EventKind) -> None:
    prospects.suppress(session, case.address_hash, reason=reason, now=case.now, through="mail")
    prospects.stop(session, case.prospect_id, why=reason, now=case.now)
    campaigns.stop_prospect(session, case.prospect_id, why=reason, now=case.now)
    _record(session, case, kind)


def _object(session: Session, case: Case) -> None:
    prospects.object_to_contact(session, case.address_hash, now=case.now, through="reply")
    campaigns.stop_prospect(session, case.prospect_id, why="objected", now=case.now)
    _record(session, case, EventKind.OBJECTED)


def _hold(session: Session, case: Case) -> None:
    """Nothing more until somebody has read it; warmth decides whether it raises a hand."""
    campaigns.hold(session, prospect_id=case.prospect_id, why=f"reply: {case.understood.reply}")
    _record(session, case, EventKind.REPLY)


def _rights(session: Session, case: Case) -> None:
    """Held until somebody has answered; who wants their data erased is not written to meanwhile, nor after."""
    if case.understood.erase:
        prospects.object_to_contact(session, case.address_hash, now=case.now, through="reply")
        campaigns.stop_prospect(session, case.prospect_id, why="asked for erasure", now=case.now)
    _hold(session, case)


def _not_now(session: Session, case: Case) -> None:
    """Nothing until the day they named, or for a season; then it goes on by itself."""
    until = datetime.combine(case.understood.until, time(), UTC) if case.understood.until else case.now + LATER
    prospects.move_next_allowed(session, {case.prospect_id: until})
    _record(session, case, EventKind.REPLY)


def _left(session: Session, case: Case) -> None:
    campaigns.stop_prospect(session, case.prospect_id, why="left the company", now=case.now)
    prospects.stop(session, case.prospect_id, why="left the company", now=case.now)
    _record(session, case, EventKind.REPLY)


def _absent(session: Session, case: Case) -> None:
    """The next touch waits until the day after the absence."""
    if case.understood.until:
        back = datetime.combine(case.understood.until + timedelta(days=1), time(), UTC)
        prospects.move_next_allowed(session, {case.prospect_id: back})


def _record(session: Session, case: Case, kind: EventKind) -> None:
    touch = facts_of_touches(session, [case.touch_id]).get(case.touch_id) if case.touch_id else None
    event = NewEvent(
        id=case.event_id,
        at=case.now,
        kind=kind,
        prospect_id=case.prospect_id,
        mode=Mode(touch.mode) if touch else Mode.NONE,
        touch_id=case.touch_id,
        campaign_id=touch.campaign_id if touch else None,
        version_id=touch.version_id if touch else None,
        gift=touch.gift_slug if touch else None,
        words=(case.understood.words or None) if kind is EventKind.REPLY and case.in_thread else None,
        facts={"reply": str(case.understood.reply)} if kind is EventKind.REPLY else {},
    )
    engagement.record(session, [event], now=case.now)


_REPLIES: dict[ReplyKind, Callable[[Session, Case], None]] = {
    ReplyKind.OBJECTION: _object,
    ReplyKind.RIGHTS: _rights,
    ReplyKind.LEFT_COMPANY: _left,
    ReplyKind.NOT_NOW: _not_now,
    ReplyKind.UNCLEAR: _hold,
    ReplyKind.QUESTION: _hold,
    ReplyKind.INTERESTED: _hold,
    ReplyKind.REFERRAL: _hold,
}

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


@dataclass(frozen=True)
class Case:
    """One message that concerns one person of ours."""

    understood: Understood
    prospect_id: int
    touch_id: int | None
    address_hash: bytes
    event_id: UUID
    now: datetime


def act_upon(session: Session, understood: Understood, matched: Matched, *, digest: str, now: datetime) -> None:
    """Do what the message asks for, in this transaction; nothing where it concerns nobody of ours."""
    if matched.prospect_id is None:
        return
    address_hash = session.scalar(select(Prospect.address_hash).where(Prospect.id == matched.prospect_id))
    if address_hash is None:
        return
    # The id depends on the message alone: read twice, it is one event.
    event_id = uuid7(now, bytes.fromhex(digest[:20]))
    case = Case(understood, matched.prospect_id, matched.touch_id, address_hash, event_id, now)
    if understood.kind is InboundKind.REPLY:
        _REPLIES[understood.reply or ReplyKind.UNCLEAR](session, case)
    elif understood.kind is InboundKind.ABSENCE:
        _absent(session, case)
    elif matched.ours and understood.kind is InboundKind.BOUNCE and understood.permanent:
        _suppress(session, case, Suppressed.BOUNCED, EventKind.BOUNCED)
    elif matched.ours and understood.kind is InboundKind.COMPLAINT:
        _suppress(session, case, Suppressed.COMPLAINED, EventKind.COMPLAINED)


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
        words=case.understood.words or None if kind is EventKind.REPLY else None,
        facts={"reply": str(case.understood.reply)} if kind is EventKind.REPLY else {},
    )
    engagement.record(session, [event], now=case.now)


_REPLIES: dict[ReplyKind, Callable[[Session, Case], None]] = {
    ReplyKind.OBJECTION: _object,
    ReplyKind.RIGHTS: _hold,
    ReplyKind.LEFT_COMPANY: _left,
    ReplyKind.NOT_NOW: _not_now,
    ReplyKind.UNCLEAR: _hold,
    ReplyKind.QUESTION: _hold,
    ReplyKind.INTERESTED: _hold,
    ReplyKind.REFERRAL: _hold,
}

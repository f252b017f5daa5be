"""When the gate lets a touch not pass: why, and what becomes of it.

Nothing is forgotten: what may leave later goes back to planned (and does not count as an attempt), what may leave never
again is cancelled, what this person should not get but the next step may reach is skipped.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, literal, select
from sqlalchemy.orm import Session

from prospecting.campaigns.models import Enrolment, EnrolmentState, Touch, TouchKind
from prospecting.campaigns.touch import TouchState, advance, transition
from prospecting.db import Instant
from prospecting.delivery import gate, pacing
from prospecting.delivery.compose import Prepared
from prospecting.prospects.models import Organisation, Prospect, Standing
from prospecting.senders import limits
from prospecting.settings import Settings

SOON = timedelta(days=2)
LOOK_AGAIN = timedelta(hours=1)
OPEN = {TouchKind.GIFT: EnrolmentState.ACTIVE, TouchKind.INVITATION: EnrolmentState.WARM}


def act(
    session: Session, refused: Sequence[Prepared], *, mailbox_id: int, now: datetime, settings: Settings
) -> dict[int, str]:
    """Read why each of `refused` did not pass and do what follows, in the gate's own transaction: touch to reason."""
    if not refused:
        return {}
    ids = [one.touch_id for one in refused]
    why = _why(session, refused, now=now, settings=settings)
    rows = {row.id: row for row in session.execute(_facts().where(Touch.id.in_(ids)))}
    reasons: dict[int, str] = {}
    for one in refused:
        row = rows[one.touch_id]
        if row.state != TouchState.CLAIMED or row.claim != one.claim:
            reasons[one.touch_id] = "claim"  # somebody else has it, or it was stopped: theirs to end
            continue
        reason = why[one.touch_id]
        reasons[one.touch_id] = reason
        _follow(session, one, row, reason, mailbox_id=mailbox_id, now=now, settings=settings)
    return reasons


def release(session: Session, touch_ids: Sequence[int], claim: str, *, until: datetime | None = None) -> None:
    """Give claimed touches back as they were, or not before `until`. No attempt was made, so none is counted."""
    later = {"due_at": case((Touch.due_at < until, literal(until, Instant)), else_=Touch.due_at)} if until else {}
    session.execute(
        transition(
            [Touch.id.in_(touch_ids), Touch.claim == claim],
            TouchState.CLAIMED,
            TouchState.PLANNED,
            attempts=Touch.attempts - 1,
            **later,
        ),
        execution_options=gate.UNSYNCHRONISED,
    )


def _why(session: Session, refused: Sequence[Prepared], *, now: datetime, settings: Settings) -> dict[int, str]:
    """The first of the gate's conditions that does not hold for each; where all of them do, there was no room."""
    holds = gate.conditions(session, refused, now=now, settings=settings)
    columns = [case((condition, True), else_=False).label(name) for name, condition in holds.items()]
    rows = session.execute(select(Touch.id, *columns).where(Touch.id.in_([one.touch_id for one in refused])))
    return {row.id: next((name for name in holds if not getattr(row, name)), "room") for row in rows}


def _facts() -> Any:
    """What decides what follows."""
    return (
        select(
            Touch.id,
            Touch.state,
            Touch.claim,
            Touch.kind,
            Touch.withdrawn,
            Enrolment.state.label("enrolment"),
            Prospect.next_allowed_at,
            Prospect.in_touch_at,
            Prospect.stopped_why,
            Organisation.standing,
        )
        .join(Prospect, Prospect.id == Touch.prospect_id)
        .outerjoin(Enrolment, Enrolment.id == Touch.enrolment_id)
        .outerjoin(Organisation, Organisation.id == Prospect.organisation_id)
    )


def _follow(
    session: Session, one: Prepared, row: Row[Any], reason: str, *, mailbox_id: int, now: datetime, settings: Settings
) -> None:
    match reason:
        case "reachable":
            _end(session, one, TouchState.CANCELLED, row.stopped_why or "suppressed", now=now)
        case "lawful":
            _end(session, one, TouchState.CANCELLED, "nobody knows where the address comes from", now=now)
        case "campaign" if row.withdrawn:
            _end(session, one, TouchState.CANCELLED, "withdrawn", now=now)
        case "campaign" if row.enrolment not in (None, OPEN.get(TouchKind(row.kind))):
            _end(session, one, TouchState.CANCELLED, f"the enrolment is {row.enrolment}", now=now)
        case "gift":
            _end(session, one, TouchState.SKIPPED, "the gift is no longer sendable", now=now)
        case "writable":
            _not_now(session, one, row, now=now, settings=settings)
        case "room":
            release(session, [one.touch_id], one.claim, until=_free(session, one, mailbox_id, now))
        case _:  # a pause, a rest, a hold, a window that is over, a lease too short: later, when that has changed
            release(session, [one.touch_id], one.claim)


def _free(session: Session, one: Prepared, mailbox_id: int, now: datetime) -> datetime:
    """When the mailbox has room for it; where it is the installation that has none, in an hour."""
    allocation = limits.allocation(session, mailbox_id, [], now=now)
    free = allocation.next_free(now, now + SOON, domain=one.domain, key=str(one.touch_id))
    return free if free and free > now else now + LOOK_AGAIN


def _not_now(session: Session, one: Prepared, row: Row[Any], *, now: datetime, settings: Settings) -> None:
    days, customers = pacing.left_out(session, one.version_id, settings)
    if row.standing not in (None, Standing.NONE) and not customers:
        _end(session, one, TouchState.SKIPPED, f"their organisation: {row.standing}", now=now)
        return
    allowed = [row.next_allowed_at or now, row.in_touch_at + timedelta(days=days) if row.in_touch_at else now]
    release(session, [one.touch_id], one.claim, until=max(allowed))


def _end(session: Session, one: Prepared, state: TouchState, reason: str, *, now: datetime) -> None:
    mine = [Touch.id == one.touch_id, Touch.claim == one.claim]
    session.execute(
        transition(mine, TouchState.CLAIMED, state, ended_at=now, reason=reason[:300]),
        execution_options=gate.UNSYNCHRONISED,
    )
    advance(session, [one.touch_id], now=now)

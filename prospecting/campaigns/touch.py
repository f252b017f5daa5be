"""One touch: its states, who may change them, and what an end means for the enrolment it belongs to."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, bindparam, case, func, literal, or_, select, update
from sqlalchemy.orm import Session

from prospecting.campaigns.edges import EDGES, ENDED, RESTORE_EDGES, RESTORED, TouchState, allowed
from prospecting.campaigns.models import Campaign, CampaignState, Enrolment, EnrolmentState, Touch, TouchKind
from prospecting.campaigns.versions import step_numbers
from prospecting.content.models import Gift
from prospecting.db import Instant, liveness_now
from prospecting.db.functions import among

__all__ = [
    "EDGES",
    "ENDED",
    "Claimed",
    "TouchFacts",
    "TouchState",
    "advance",
    "claim",
    "facts",
    "may_leave",
    "transition",
]


def transition(
    where: ColumnElement[bool] | Sequence[ColumnElement[bool]],
    from_: TouchState | Iterable[TouchState],
    to: TouchState,
    **values: Any,
) -> Update:
    """The conditional UPDATE that moves the touches of `where` from `from_` to `to`; its row count is the answer.

    `values` are more columns to set. Raises ValueError for an edge that does not exist.
    """
    states = [from_] if isinstance(from_, TouchState) else list(from_)
    for state in states:
        known = values.get("reason") if isinstance(values.get("reason"), str) else None
        if not allowed(state, to, reason=known):
            raise ValueError(f"a touch does not go from {state} to {to} (reason: {known})")
    if to is TouchState.PLANNED or to in ENDED:
        values = {"claim": None, "lease_until": None} | values
    conditions = [where] if isinstance(where, ColumnElement) else list(where)
    return update(Touch).where(*conditions, Touch.state.in_(states)).values(state=to, **values)


def may_leave() -> ColumnElement[bool]:
    """Whether nothing in this room keeps a touch back: campaign running, enrolment active (or warm) and not held.

    For an invitation the enrolment is warm and the touch not withdrawn; a service asks for none of this.
    """
    running = (
        select(Campaign.id).where(Campaign.id == Touch.campaign_id, Campaign.state == CampaignState.RUNNING).exists()
    )
    mine = select(Enrolment.id).where(Enrolment.id == Touch.enrolment_id)
    active = mine.where(Enrolment.state == EnrolmentState.ACTIVE, Enrolment.held.is_(None)).exists()
    warm = mine.where(Enrolment.state == EnrolmentState.WARM).exists()
    return or_(
        Touch.kind == TouchKind.SERVICE,
        and_(Touch.kind == TouchKind.GIFT, running, active),
        and_(Touch.kind == TouchKind.INVITATION, warm, Touch.withdrawn.is_(False)),
    )


@dataclass(frozen=True)
class Claimed:
    """One touch in the hands of one sender, until its lease runs out."""

    touch_id: int
    claim: str
    prospect_id: int
    kind: TouchKind
    attempts: int
    lease_until: datetime


def claim(session: Session, *, mailbox_id: int, now: datetime, lease: timedelta, limit: int) -> list[Claimed]:
    """Claim at most `limit` due touches of a mailbox, earliest first; the lease is by the database's clock."""
    token = secrets.token_hex(16)
    until = liveness_now(session) + lease
    due = (
        select(Touch.id)
        .where(
            Touch.state == TouchState.PLANNED,
            Touch.mailbox_id == mailbox_id,
            Touch.due_at <= now,
            or_(Touch.kind == TouchKind.SERVICE, Touch.window_ends_at > now),  # an answer knows no window
        )
        .where(may_leave())
        .order_by(Touch.due_at, Touch.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Touch)  # ignored by SQLite, where BEGIN IMMEDIATE serialises
    )
    ids = list(session.scalars(due))
    if not ids:
        return []
    session.execute(
        transition(
            among(Touch.id, ids),
            TouchState.PLANNED,
            TouchState.CLAIMED,
            claim=token,
            lease_until=until,
            attempts=Touch.attempts + 1,
        ),
        execution_options={"synchronize_session": False},
    )
    mine = select(Touch.id, Touch.prospect_id, Touch.kind, Touch.attempts).where(
        among(Touch.id, ids), Touch.claim == token
    )
    rows = session.execute(mine.order_by(Touch.due_at, Touch.id))
    return [Claimed(row.id, token, row.prospect_id, TouchKind(row.kind), row.attempts, until) for row in rows]


@dataclass(frozen=True)
class TouchFacts:
    """What other rooms need to know of a touch; plain values."""

    touch_id: int
    kind: TouchKind
    state: TouchState
    prospect_id: int
    mailbox_id: int
    campaign_id: int | None
    version_id: int | None
    enrolment_id: int | None
    lead_id: int | None
    round: int | None
    step: str | None
    gift_slug: str | None
    gift_id: int | None
    gift_version_id: int | None
    variant: str | None
    message: str | None
    content: dict[str, Any] | None
    mode: str
    due_at: datetime
    window_ends_at: datetime
    attempts: int
    withdrawn: bool


def facts(session: Session, touch_ids: Iterable[int]) -> dict[int, TouchFacts]:
    """The facts of those of `touch_ids` that exist."""
    columns = select(Touch, Gift.slug).outerjoin(Gift, Gift.id == Touch.gift_id).where(among(Touch.id, touch_ids))
    return {touch.id: _facts(touch, slug) for touch, slug in session.execute(columns)}


def _facts(touch: Touch, slug: str | None) -> TouchFacts:
    return TouchFacts(
        touch_id=touch.id,
        kind=TouchKind(touch.kind),
        state=TouchState(touch.state),
        prospect_id=touch.prospect_id,
        mailbox_id=touch.mailbox_id,
        campaign_id=touch.campaign_id,
        version_id=touch.version_id,
        enrolment_id=touch.enrolment_id,
        lead_id=touch.lead_id,
        round=touch.round,
        step=touch.step,
        gift_slug=slug,
        gift_id=touch.gift_id,
        gift_version_id=touch.gift_version_id,
        variant=touch.variant,
        message=touch.message,
        content=touch.content,
        mode=touch.mode,
        due_at=touch.due_at,
        window_ends_at=touch.window_ends_at,
        attempts=touch.attempts,
        withdrawn=touch.withdrawn,
    )


FAILED_PREFIX = "failed"
"""How the reason begins for which a failed touch holds its enrolment."""


def advance(session: Session, touch_ids: Iterable[int], *, now: datetime) -> None:
    """Move on the enrolments of gift touches that ended; calling it again changes nothing.

    *Sent* and *uncertain* open the next step (only *sent* counts as received), *skipped* does at once, *failed* holds the
    enrolment with its reason. A hard bounce stops it, by `stop_prospect`.
    """
    ended = select(Touch.enrolment_id, Touch.version_id, Touch.step, Touch.state, Touch.reason).where(
        among(Touch.id, touch_ids), Touch.kind == TouchKind.GIFT, Touch.state.in_(ENDED - {TouchState.CANCELLED})
    )
    numbers: dict[int, Mapping[str, int]] = {}
    moved: list[dict[str, Any]] = []
    for row in session.execute(ended).all():
        known = numbers.setdefault(row.version_id, step_numbers(session, row.version_id))
        if row.state == TouchState.FAILED:
            _hold_failed(session, row.enrolment_id, row.reason)
        else:
            moved.append({"of": row.enrolment_id, "next": known[row.step] + 1})
    if moved:
        session.connection().execute(_advance(now), moved)


def _advance(now: datetime) -> Update:
    """For each `of`: the step after, planned anew unless it was there already; what was received is counted, never added."""
    touch = Touch.__table__.alias()
    received = (
        select(func.count())
        .select_from(touch)
        .where(touch.c.enrolment_id == Enrolment.id, touch.c.kind == TouchKind.GIFT, touch.c.state == TouchState.SENT)
        .scalar_subquery()
    )
    further = and_(
        Enrolment.step < bindparam("next"), Enrolment.state == EnrolmentState.ACTIVE, Enrolment.held.is_(None)
    )
    return (
        update(Enrolment)
        .where(Enrolment.id == bindparam("of"))
        .values(
            step=case((Enrolment.step < bindparam("next"), bindparam("next")), else_=Enrolment.step),
            plan_at=case((further, literal(now, Instant)), else_=Enrolment.plan_at),
            step_opened_at=case((Enrolment.step < bindparam("next"), None), else_=Enrolment.step_opened_at),
            received=received,
        )
    )


def _hold_failed(session: Session, enrolment_id: int, reason: str | None) -> None:
    why = f"{FAILED_PREFIX}: {reason or 'no reason given'}"[:300]
    session.execute(
        update(Enrolment)
        .where(Enrolment.id == enrolment_id, Enrolment.state == EnrolmentState.ACTIVE, Enrolment.held.is_(None))
        .values(held=why, plan_at=None)
    )


def restore(session: Session, *, now: datetime) -> int:
    """After a restore: every touch that may have left since becomes uncertain; how many."""
    before = {edge[0] for edge in RESTORE_EDGES} | {TouchState.SENDING}
    done = session.execute(
        transition(Touch.due_at <= now, before, TouchState.UNCERTAIN, reason=RESTORED, ended_at=now),
        execution_options={"synchronize_session": False},
    )
    return int(done.rowcount)  # type: ignore[attr-defined]

"""What is due becomes touches: a batch at a time, each step once, however many planners run.

A tick with nothing due is one look at the front of `ix_enrolment_due` and one at `ix_touch_missed`. What is due is
locked and passed over where somebody else holds it; unique keys make planning twice change nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from prospecting.campaigns.batch import Batch, Due
from prospecting.campaigns.calendar import Slot
from prospecting.campaigns.edges import TouchState
from prospecting.campaigns.models import Enrolment, EnrolmentState, Touch, TouchKind
from prospecting.campaigns.steps import Decision, End, Look, Plan
from prospecting.campaigns.touch import advance, transition
from prospecting.db import Instant, insert_or_ignore
from prospecting.db.functions import among
from prospecting.settings import Settings

QUIET = {"synchronize_session": False}


def plan(session: Session, *, now: datetime, settings: Settings, limit: int = 1000) -> int:
    """Look at what is due, at most `limit` enrolments and as many missed touches; how many touches were planned."""
    moved = _plan_missed(session, now=now, settings=settings, limit=limit)
    due = _due(session, now=now, limit=limit)
    if not due:
        return moved
    batch = Batch.load(session, due, now=now, settings=settings)
    decided = [(one, batch.decide(one)) for one in batch.due]
    rows = [row for one, decision in decided if (row := batch.row(one, decision)) is not None]
    _write(session, decided, now=now)
    return moved + insert_or_ignore(session, Touch, rows, conflict=["enrolment_id", "step"])


def wake(session: Session, prospect_ids: Collection[int], *, now: datetime) -> int:
    """Look again at once at what these people's enrolments wait for: they did something. How many were woken."""
    woken = session.execute(
        update(Enrolment)
        .where(
            among(Enrolment.prospect_id, prospect_ids),
            Enrolment.state == EnrolmentState.ACTIVE,
            Enrolment.held.is_(None),
        )
        .where(Enrolment.step_opened_at <= now, Enrolment.plan_at > now)
        .values(plan_at=now),
        execution_options=QUIET,
    )
    return int(woken.rowcount)  # type: ignore[attr-defined]


def _due(session: Session, *, now: datetime, limit: int) -> list[Due]:
    """Enrolments to look at, locked; those that another planner holds are passed over."""
    statement = (
        select(
            Enrolment.id,
            Enrolment.campaign_id,
            Enrolment.version_id,
            Enrolment.prospect_id,
            Enrolment.mailbox_id,
            Enrolment.step,
            Enrolment.step_opened_at,
        )
        .where(Enrolment.state == EnrolmentState.ACTIVE, Enrolment.plan_at.is_not(None), Enrolment.plan_at <= now)
        .where(Enrolment.held.is_(None))
        .order_by(Enrolment.plan_at, Enrolment.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return [Due(*row) for row in session.execute(statement)]


def _write(session: Session, decided: Sequence[tuple[Due, Decision | None]], *, now: datetime) -> None:
    """What becomes of the enrolments; those for whom the same was decided in one statement."""
    same: dict[tuple[tuple[str, Any], ...], list[int]] = {}
    for one, decision in decided:
        values = _values(decision, now)
        same.setdefault(tuple(values.items()), []).append(one.enrolment_id)
    for items, ids in same.items():
        statement = update(Enrolment).where(among(Enrolment.id, ids), Enrolment.state == EnrolmentState.ACTIVE)
        session.execute(statement.values(**dict(items)), execution_options=QUIET)


def _values(decision: Decision | None, now: datetime) -> dict[str, Any]:
    match decision:
        case None:
            return {"plan_at": None}
        case Plan(number=number):
            return {"step": number, "plan_at": None}
        case Look(at=at, number=number, opened_at=opened_at):
            return {"step": number, "plan_at": at, "step_opened_at": opened_at}
        case End(why=why, number=number, state=state):
            return {"step": number, "plan_at": None, "state": state, "why": why, "ended_at": now}


def _plan_missed(session: Session, *, now: datetime, settings: Settings, limit: int) -> int:
    """A window that was missed, by a pause, a rest or a full mailbox, goes back to planning with a new time."""
    missed = (
        select(Touch.id)
        .where(Touch.state == TouchState.PLANNED, Touch.window_ends_at <= now, Touch.kind != TouchKind.SERVICE)
        .order_by(Touch.window_ends_at, Touch.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return replan(session, list(session.scalars(missed)), now=now, settings=settings)


def replan(session: Session, touch_ids: Iterable[int], *, now: datetime, settings: Settings) -> int:
    """Give planned gifts and invitations a new time, in the order of their old ones; how many got one.

    Who is gone meanwhile has it cancelled; what can never leave any more is skipped.
    """
    ids = list(touch_ids)
    if not ids:
        return 0
    statement = (
        select(Touch)
        .where(among(Touch.id, ids), Touch.state == TouchState.PLANNED, Touch.version_id.is_not(None))
        .order_by(Touch.due_at, Touch.id)
    )
    due = [_as_due(touch) for touch in session.scalars(statement)]
    if not due:
        return 0
    batch = Batch.load(session, due, now=now, settings=settings)
    moved = [
        {"of": one.touch_id, "due": slot.due_at, "ends": slot.window_ends_at}
        for one, slot in _retimed(session, batch, now)
    ]
    if moved:
        new_time = (
            update(Touch)
            .where(Touch.id == bindparam("of"), Touch.state == TouchState.PLANNED)
            .values(due_at=bindparam("due", type_=Instant), window_ends_at=bindparam("ends", type_=Instant))
        )
        session.connection().execute(new_time, moved)
    return len(moved)


def _as_due(touch: Touch) -> Due:
    return Due(
        enrolment_id=touch.enrolment_id or 0,
        campaign_id=touch.campaign_id or 0,
        version_id=touch.version_id or 0,
        prospect_id=touch.prospect_id,
        mailbox_id=touch.mailbox_id,
        touch_id=touch.id,
        step_id=touch.step or f"invitation-{touch.lead_id}-{touch.round}",
    )


def _retimed(session: Session, batch: Batch, now: datetime) -> Iterator[tuple[Due, Slot]]:
    ended: dict[TouchState, list[int]] = {TouchState.CANCELLED: [], TouchState.SKIPPED: []}
    for one in batch.due:
        if batch.persons[one.prospect_id].gone:
            ended[TouchState.CANCELLED].append(one.touch_id or 0)
        elif slot := batch.retime(one):
            yield one, slot
        else:
            ended[TouchState.SKIPPED].append(one.touch_id or 0)
    for state, ids in ended.items():
        if ids:
            end = transition(
                among(Touch.id, ids), TouchState.PLANNED, state, ended_at=now, reason="nothing opens any more"
            )
            session.execute(end, execution_options=QUIET)
            advance(session, ids, now=now)

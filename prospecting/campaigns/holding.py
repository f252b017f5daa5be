"""Holding back and stopping: what a reply, a raised hand, a bounce or a person of the team does to enrolments."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from prospecting.campaigns.edges import TouchState
from prospecting.campaigns.models import Enrolment, EnrolmentState, Touch, TouchKind
from prospecting.campaigns.touch import transition
from prospecting.campaigns.versions import step_numbers

QUIET = {"synchronize_session": False}
UNSENT = (TouchState.PLANNED, TouchState.CLAIMED)
FIRST_ONES = "first_ones"
"""Held at launch, until a person has looked at the answers of the first ones (`start_with`)."""


def hold(session: Session, *, enrolment_id: int | None = None, prospect_id: int | None = None, why: str) -> int:
    """Let nothing more leave for this enrolment, or for all of this person's; how many were not held before.

    What is planned stays planned: the gate lets it pass once it is released.
    """
    return _change(session, _whose(enrolment_id, prospect_id), Enrolment.held.is_(None), held=why[:300], plan_at=None)


def release(session: Session, *, enrolment_id: int | None = None, prospect_id: int | None = None, now: datetime) -> int:
    """Go on with what was held; how many were."""
    return release_where(session, [_whose(enrolment_id, prospect_id)], now=now)


def release_where(session: Session, where: Iterable[ColumnElement[bool]], *, now: datetime) -> int:
    """Go on with what was held; after a failed touch that means: with the step after it.

    An enrolment whose touch is on its way waits for it; the planner looks at all the others at once.
    """
    mine = [*where, Enrolment.held.is_not(None), Enrolment.state == EnrolmentState.ACTIVE]
    _pass_over_failed(session, mine)
    open_touch = (
        select(Touch.id)
        .where(Touch.enrolment_id == Enrolment.id, Touch.state.in_((*UNSENT, TouchState.SENDING)))
        .exists()
    )
    waiting = _change(session, *mine, open_touch, held=None)
    return waiting + _change(session, *mine, held=None, plan_at=now)


def _pass_over_failed(session: Session, mine: list[ColumnElement[bool]]) -> None:
    failed = (
        select(Enrolment.id, Touch.version_id, Touch.step)
        .join(Touch, Touch.enrolment_id == Enrolment.id)
        .where(*mine, Touch.state == TouchState.FAILED)
    )
    for enrolment_id, version_id, step in session.execute(failed).all():
        number = step_numbers(session, version_id or 0)[step or ""]
        _change(session, Enrolment.id == enrolment_id, Enrolment.step == number, step=number + 1, step_opened_at=None)


def stop_prospect(session: Session, prospect_id: int, *, why: str, now: datetime) -> int:
    """End everything for one person: enrolments stopped, what has not left cancelled; how many enrolments.

    A touch that is being sent at this moment is decided by the gate it has passed already.
    """
    stopped = _change(
        session,
        Enrolment.prospect_id == prospect_id,
        Enrolment.state.in_((EnrolmentState.ACTIVE, EnrolmentState.WARM)),
        state=EnrolmentState.STOPPED,
        why=why[:200],
        ended_at=now,
        plan_at=None,
    )
    cancel = transition(Touch.prospect_id == prospect_id, UNSENT, TouchState.CANCELLED, reason=why[:300], ended_at=now)
    session.execute(cancel, execution_options=QUIET)
    return stopped


def mark_warm(session: Session, enrolment_id: int, *, now: datetime) -> bool:
    """The person became warm: no more gifts of this campaign, an invitation may follow. False if they were not active."""
    warmed = _change(
        session,
        Enrolment.id == enrolment_id,
        Enrolment.state.in_((EnrolmentState.ACTIVE, EnrolmentState.FINISHED)),
        state=EnrolmentState.WARM,
        plan_at=None,
        held=None,
    )
    if warmed:
        cancel = transition(
            [Touch.enrolment_id == enrolment_id, Touch.kind == TouchKind.GIFT],
            UNSENT,
            TouchState.CANCELLED,
            reason="warm",
            ended_at=now,
        )
        session.execute(cancel, execution_options=QUIET)
    return bool(warmed)


def _whose(enrolment_id: int | None, prospect_id: int | None) -> ColumnElement[bool]:
    if (enrolment_id is None) == (prospect_id is None):
        raise ValueError("say either an enrolment or a prospect")
    return Enrolment.id == enrolment_id if enrolment_id is not None else Enrolment.prospect_id == prospect_id


def _change(session: Session, *where: ColumnElement[bool], **values: Any) -> int:
    done = session.execute(update(Enrolment).where(*where).values(**values), execution_options=QUIET)
    return int(done.rowcount)  # type: ignore[attr-defined]

"""The way back from warm, for somebody whom a machine's acts alone had warmed: their gifts go on."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from prospecting.campaigns.edges import TouchState
from prospecting.campaigns.models import Enrolment, EnrolmentState, Touch
from prospecting.campaigns.versions import step_numbers


def mark_cold(session: Session, enrolment_id: int, *, now: datetime) -> bool:
    """Active again, planned anew from the step after the one that becoming warm cancelled; False if it was not warm."""
    enrolment = session.get_one(Enrolment, enrolment_id)
    cancelled = select(Touch.step).where(Touch.enrolment_id == enrolment_id, Touch.state == TouchState.CANCELLED)
    numbers = step_numbers(session, enrolment.version_id)
    # A step has one touch ever, so a cancelled one is passed over.
    after = [numbers[step] + 1 for step in session.scalars(cancelled) if step and step in numbers]
    done = session.execute(
        update(Enrolment)
        .where(Enrolment.id == enrolment_id, Enrolment.state == EnrolmentState.WARM)
        .values(state=EnrolmentState.ACTIVE, plan_at=now, step=max([enrolment.step, *after]), step_opened_at=None)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]

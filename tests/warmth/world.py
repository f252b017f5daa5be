"""Letters that left and what people did about them, as rows and as events in the log."""

import random
import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from prospecting import engagement
from prospecting.campaigns.models import Campaign, Enrolment, Touch
from prospecting.content.models import Gift
from prospecting.engagement import EventKind, Mode, NewEvent
from prospecting.ids import uuid7
from tests.campaigns import stories

STEPS = {"guide": "guide-async", "diagnostic": "diagnostic-sync", "next": "study"}
_ids = random.Random(7)


def launched(session: Session, people: int = 1, **changes: Any) -> list[Enrolment]:
    """A running campaign with so many people in it, at its first version."""
    enrolments = stories.launched(session, people, **changes)
    session.get_one(Campaign, enrolments[0].campaign_id).version_id = enrolments[0].version_id
    session.flush()
    return enrolments


def letter(session: Session, enrolment: Enrolment, step: str, at: datetime, *, mode: Mode = Mode.DECLARED) -> Touch:
    """A gift that was sent at `at`, with its event."""
    gift = session.scalars(select(Gift).where(Gift.slug == STEPS[step])).one()
    touch = Touch(
        kind="gift",
        state="sent",
        prospect_id=enrolment.prospect_id,
        mailbox_id=enrolment.mailbox_id,
        campaign_id=enrolment.campaign_id,
        version_id=enrolment.version_id,
        enrolment_id=enrolment.id,
        step=step,
        gift_id=gift.id,
        mode=mode,
        due_at=at,
        window_ends_at=at + timedelta(hours=2),
        created_at=at,
        ended_at=at,
    )
    session.add(touch)
    session.flush()
    session.execute(update(Enrolment).where(Enrolment.id == enrolment.id).values(received=Enrolment.received + 1))
    session.get_one(Enrolment, enrolment.id, populate_existing=True)
    did(session, touch, "sent", at)
    return touch


def event(
    touch: Touch, kind: str, at: datetime, *, words: str | None = None, gift: str | None = None, **facts: Any
) -> NewEvent:
    """What somebody did about `touch`."""
    return NewEvent(
        id=uuid7(at, _ids.randbytes(10)),
        at=at,
        kind=EventKind(kind),
        prospect_id=touch.prospect_id,
        mode=Mode(touch.mode),
        touch_id=touch.id,
        campaign_id=touch.campaign_id,
        version_id=touch.version_id,
        gift=gift or STEPS.get(touch.step or ""),
        words=words,
        facts=facts,
    )


def did(session: Session, touch: Touch, kind: str, at: datetime, **more: Any) -> uuid.UUID:
    """The event in the log; its id."""
    happened = event(touch, kind, at, **more)
    assert engagement.record(session, [happened], now=at) == 1
    return happened.id

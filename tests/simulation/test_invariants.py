"""Each detector of a broken promise is shown to fire: a check that never fired is no evidence."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from prospecting import leads, prospects
from prospecting.campaigns.models import Enrolment, Touch
from prospecting.content.models import Gift
from prospecting.db import Database
from prospecting.delivery.models import Message
from prospecting.engagement.models import Event
from prospecting.leads.models import DigestSent, LeadPerson
from prospecting.prospects.models import Prospect, Suppressed
from prospecting.senders.models import User
from prospecting.settings import Settings
from prospecting.simulation.invariants import CHECKS, Evidence, count_violations
from tests.leads.world import LATER, settle, warmed
from tests.warmth.world import launched

PARIS = ZoneInfo("Europe/Paris")
Spoil = Callable[[Session, Evidence], Evidence | None]


@pytest.fixture
def settled(database: Database, settings: Settings) -> Iterator[tuple[Session, Evidence]]:
    """One person who became warm the right way, and the evidence of a run in which nothing was broken."""
    with database.writing() as session:
        enrolment = launched(session)[0]
        warmed(session, enrolment)
        settle(session, settings)
        session.flush()
        yield session, evidence_of(session, enrolment)


def evidence_of(session: Session, enrolment: Enrolment) -> Evidence:
    person = session.get_one(Prospect, enrolment.prospect_id)
    touches = session.query(Touch).filter(Touch.state == "sent").all()
    pressed = {(person.address, event.kind) for event in session.query(Event).filter(Event.kind != "sent")}
    return Evidence(
        now=LATER,
        accepted=[(touch.id, person.address) for touch in touches],
        deliberate=frozenset({person.address}),
        answered=frozenset(pressed),
        posts=len(pressed),
        traces="",
        min_days=2,
        zones={person.address: PARIS},
    )


def test_a_run_that_broke_nothing_counts_nothing(settled: tuple[Session, Evidence]) -> None:
    assert count_violations(*settled) == dict.fromkeys(CHECKS, 0)


def _first(session: Session) -> Touch:
    return session.query(Touch).order_by(Touch.id).first()  # type: ignore[return-value]


def _accepted_at(session: Session, at: datetime) -> None:
    touch = _first(session)
    message = session.query(Message).filter(Message.touch_id == touch.id).first()
    if message is None:
        message = Message(
            touch_id=touch.id, message_id="<x@y>", mailbox_id=touch.mailbox_id, language="en", subject="s", gated_at=at
        )
        session.add(message)
    message.accepted_at = at


def phone(session: Session, _: Evidence) -> None:
    session.query(Prospect).first().fields = {"mobile": "0612345678"}  # type: ignore[union-attr]


def cold_invitation(session: Session, evidence: Evidence) -> None:
    person = session.query(LeadPerson).one()
    leads.invite(session, person.lead_id, person.prospect_id, by="claire", now=LATER, settings=Settings(workspace="."))
    person.warm = False


def gated(session: Session, _: Evidence) -> None:
    for gift in session.query(Gift):
        gift.gated = True


def twice(_: Session, evidence: Evidence) -> Evidence:
    return replace(evidence, accepted=[*evidence.accepted, evidence.accepted[0]])


def after_objection(session: Session, _: Evidence) -> None:
    person = session.query(Prospect).first()
    assert person is not None
    prospects.suppress(
        session, person.address_hash, reason=Suppressed.OBJECTED, now=LATER - timedelta(days=30), through="test"
    )
    _accepted_at(session, LATER)


def hasty(session: Session, _: Evidence) -> None:
    first, second = session.query(Touch).order_by(Touch.id).limit(2)
    for touch, at in ((first, LATER), (second, LATER + timedelta(hours=3))):
        session.add(
            Message(
                touch_id=touch.id,
                message_id=f"<{touch.id}@y>",
                mailbox_id=touch.mailbox_id,
                language="en",
                subject="s",
                gated_at=at,
                accepted_at=at,
            )
        )


def at_night(session: Session, _: Evidence) -> None:
    _accepted_at(session, datetime(2026, 12, 2, 3, tzinfo=PARIS))


def machines_alone(_: Session, evidence: Evidence) -> Evidence:
    return replace(evidence, deliberate=frozenset())


def pinged(session: Session, _: Evidence) -> None:
    user = session.query(User).first()
    assert user is not None
    session.add(
        DigestSent(user=user.handle, due_at=datetime(2026, 12, 2, 23, 11, tzinfo=ZoneInfo(user.zone)), claimed_at=LATER)
    )


def lost_gesture(_: Session, evidence: Evidence) -> Evidence:
    return replace(evidence, answered=evidence.answered | {("somebody@else.example", "useful")})


def traced(session: Session, evidence: Evidence) -> Evidence:
    session.query(Touch).update({"mode": "declared"})
    return replace(evidence, traces=f"GET /g/guide {evidence.accepted[0][1]}")


def customer(session: Session, _: Evidence) -> None:
    person = session.query(Prospect).first()
    assert person is not None
    person.in_touch_at = LATER - timedelta(days=400)


def sourceless(session: Session, _: Evidence) -> None:
    session.query(Prospect).first().source = ""  # type: ignore[union-attr]


SPOILS: dict[str, Spoil] = dict(
    zip(
        CHECKS,
        [
            phone,
            cold_invitation,
            gated,
            twice,
            after_objection,
            hasty,
            at_night,
            machines_alone,
            pinged,
            lost_gesture,
            traced,
            customer,
            sourceless,
        ],
        strict=True,
    )
)


@pytest.mark.parametrize("name", CHECKS)
def test_each_detector_fires(settled: tuple[Session, Evidence], name: str) -> None:
    session, evidence = settled
    spoiled = SPOILS[name](session, evidence) or evidence
    session.flush()
    assert CHECKS[name](session, spoiled) > 0

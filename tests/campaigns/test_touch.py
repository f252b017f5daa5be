"""The edges of one touch, in code and in both databases; claims; what an end means for the enrolment."""

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from prospecting.campaigns import holding, touch
from prospecting.campaigns.edges import EDGES, NOT_ACCEPTED, RESTORED, TouchState, allowed
from prospecting.campaigns.models import Enrolment, EnrolmentState, Touch
from prospecting.db import Database
from tests.campaigns.stories import NOW, launched

MINUTE = timedelta(minutes=1)


def planned(session: Session, people: int = 1, **values: object) -> list[Touch]:
    """One planned gift for each of `people`, due now."""
    touches = [
        Touch(
            **(
                {
                    "kind": "gift",
                    "prospect_id": one.prospect_id,
                    "mailbox_id": one.mailbox_id,
                    "campaign_id": one.campaign_id,
                    "version_id": one.version_id,
                    "enrolment_id": one.id,
                    "step": "guide",
                    "mode": "declared",
                    "due_at": NOW,
                    "window_ends_at": NOW + 60 * MINUTE,
                    "created_at": NOW,
                }
                | values
            )
        )
        for one in launched(session, people)
    ]
    session.add_all(touches)
    session.flush()
    return touches


class OneTouch(RuleBasedStateMachine):
    """Whatever is tried, code and database agree on what is allowed, and a refused edge changes nothing."""

    database: Database
    touch_id: int

    def __init__(self) -> None:
        super().__init__()
        with self.database.writing() as session:
            session.execute(text("DELETE FROM touch"))
            one = session.scalars(select(Enrolment)).first()
            assert one
            made = Touch(
                kind="gift",
                prospect_id=one.prospect_id,
                mailbox_id=one.mailbox_id,
                enrolment_id=one.id,
                step="guide",
                mode="none",
                due_at=NOW,
                window_ends_at=NOW,
                created_at=NOW,
            )
            session.add(made)
            session.flush()
            self.touch_id = made.id
        self.state = TouchState.PLANNED

    @rule(
        to=st.sampled_from(TouchState),
        reason=st.sampled_from([None, RESTORED, NOT_ACCEPTED, NOT_ACCEPTED + "bounced", "other"]),
    )
    def goes(self, to: TouchState, reason: str | None) -> None:
        good = to == self.state or allowed(self.state, to, reason=reason)
        statement = text("UPDATE touch SET state = :state, reason = :reason WHERE id = :id")
        try:
            with self.database.writing() as session:
                session.execute(statement, {"state": to, "reason": reason, "id": self.touch_id})
        except IntegrityError:
            assert not good, f"{self.state} to {to} ({reason}) was refused"
        else:
            assert good, f"{self.state} to {to} ({reason}) was let through"
            self.state = to
        with self.database.reading() as session:
            assert session.scalar(select(Touch.state).where(Touch.id == self.touch_id)) == self.state


def test_the_database_holds_the_edges_that_the_code_knows(database: Database) -> None:
    with database.writing() as session:
        launched(session)
    machine = type("Here", (OneTouch,), {"database": database})
    run_state_machine_as_test(machine, settings=settings(max_examples=25, stateful_step_count=12, deadline=None))


def test_every_edge_is_tried_in_the_database(database: Database) -> None:
    with database.writing() as session:
        one = planned(session)[0].id
    for before in TouchState:
        for after in TouchState:
            if before == after:
                continue
            outcome = True
            try:
                with database.writing() as session:
                    session.execute(
                        text(f"DROP TRIGGER touch_edges{' ON touch' if database.dialect == 'postgresql' else ''}")
                    )
                    session.execute(text("UPDATE touch SET state = :s, reason = NULL"), {"s": before})
                    for statement in _trigger(database):
                        session.execute(text(statement))
                    session.execute(text("UPDATE touch SET state = :s WHERE id = :id"), {"s": after, "id": one})
            except IntegrityError:
                outcome = False
            assert outcome == allowed(before, after), f"{before} to {after}"


def _trigger(database: Database) -> list[str]:
    from prospecting.campaigns import edges  # noqa: PLC0415

    made = edges._on_sqlite() if database.dialect == "sqlite" else edges._on_postgresql()
    return [made.replace("%%", "%")]


def test_an_edge_that_does_not_exist_is_a_bug() -> None:
    for before in TouchState:
        for after in TouchState:
            if after not in EDGES[before] or (before, after) == (TouchState.UNCERTAIN, TouchState.PLANNED):
                with pytest.raises(ValueError, match="does not go"):
                    touch.transition(Touch.id == 1, before, after)


def test_a_claim_takes_what_is_due_once_and_leases_it_by_the_databases_clock(database: Database) -> None:
    with database.writing() as session:
        touches = planned(session, 3)
        box = touches[0].mailbox_id
        touches[2].due_at = NOW + MINUTE
    with database.writing() as session:
        claimed = touch.claim(session, mailbox_id=box, now=NOW, lease=timedelta(seconds=150), limit=10)
        assert [one.touch_id for one in claimed] == [one.id for one in touches[:2]]
        assert len({one.claim for one in claimed}) == 1
        assert touch.claim(session, mailbox_id=box, now=NOW, lease=timedelta(seconds=150), limit=10) == []
    with database.reading() as session:
        row = session.get_one(Touch, touches[0].id)
        assert (row.state, row.attempts, row.claim) == ("claimed", 1, claimed[0].claim)


@pytest.mark.parametrize("why", ["paused", "held", "missed", "warm"])
def test_a_claim_leaves_what_may_not_leave(database: Database, why: str) -> None:
    with database.writing() as session:
        one = planned(session)[0]
        enrolment = session.get_one(Enrolment, one.enrolment_id)
        if why == "paused":
            session.execute(text("UPDATE campaign SET state = 'paused'"))
        elif why == "held":
            enrolment.held = "reply"
        elif why == "missed":
            one.window_ends_at = NOW
        else:
            enrolment.state = EnrolmentState.WARM
    with database.writing() as session:
        assert touch.claim(session, mailbox_id=one.mailbox_id, now=NOW, lease=MINUTE, limit=10) == []


def ended(database: Database, state: TouchState, reason: str | None = None) -> int:
    """A touch that went all the way to `state`; its id."""
    with database.writing() as session:
        one = planned(session)[0]
        if state is TouchState.SKIPPED:
            session.execute(touch.transition(Touch.id == one.id, TouchState.PLANNED, state))
        else:
            session.execute(touch.transition(Touch.id == one.id, TouchState.PLANNED, TouchState.CLAIMED))
            session.execute(touch.transition(Touch.id == one.id, TouchState.CLAIMED, TouchState.SENDING))
            session.execute(
                touch.transition(Touch.id == one.id, TouchState.SENDING, state, reason=reason, ended_at=NOW)
            )
        touch.advance(session, [one.id], now=NOW)
        touch.advance(session, [one.id], now=NOW)
        return one.id


@pytest.mark.parametrize(
    ("state", "received"), [(TouchState.SENT, 1), (TouchState.UNCERTAIN, 0), (TouchState.SKIPPED, 0)]
)
def test_sent_uncertain_and_skipped_open_the_next_step_once_and_only_sent_counts(
    database: Database, state: TouchState, received: int
) -> None:
    ended(database, state)
    with database.reading() as session:
        one = session.scalars(select(Enrolment)).one()
        assert (one.step, one.received, one.plan_at, one.state) == (1, received, NOW, "active")


def test_an_uncertain_touch_that_proves_to_be_sent_counts_without_a_second_step(database: Database) -> None:
    one = ended(database, TouchState.UNCERTAIN)
    with database.writing() as session:
        session.execute(touch.transition(Touch.id == one, TouchState.UNCERTAIN, TouchState.SENT))
        touch.advance(session, [one], now=NOW)
    with database.reading() as session:
        enrolment = session.scalars(select(Enrolment)).one()
        assert (enrolment.step, enrolment.received) == (1, 1)


def test_a_failed_touch_holds_its_enrolment_and_releasing_it_goes_on_with_the_next_step(database: Database) -> None:
    ended(database, TouchState.FAILED, reason="550 no such mailbox")
    with database.writing() as session:
        one = session.scalars(select(Enrolment)).one()
        assert one.held == "failed: 550 no such mailbox"
        assert holding.release(session, enrolment_id=one.id, now=NOW) == 1
    with database.reading() as session:
        one = session.scalars(select(Enrolment)).one()
        assert (one.held, one.step, one.plan_at) == (None, 1, NOW)


def test_whoever_is_stopped_has_everything_cancelled_that_has_not_left(database: Database) -> None:
    with database.writing() as session:
        one = planned(session)[0]
        touch.claim(session, mailbox_id=one.mailbox_id, now=NOW, lease=MINUTE, limit=1)
        assert holding.stop_prospect(session, one.prospect_id, why="objected", now=NOW) == 1
        assert holding.stop_prospect(session, one.prospect_id, why="objected", now=NOW) == 0
    with database.reading() as session:
        assert session.scalars(select(Touch.state)).one() == "cancelled"
        assert session.scalars(select(Enrolment.state)).one() == "stopped"


def test_who_becomes_warm_gets_no_more_gifts(database: Database) -> None:
    with database.writing() as session:
        one = planned(session)[0]
        assert holding.mark_warm(session, one.enrolment_id or 0, now=NOW)
        assert not holding.mark_warm(session, one.enrolment_id or 0, now=NOW)
    with database.reading() as session:
        assert session.scalars(select(Touch.state)).one() == "cancelled"
        assert session.scalars(select(Enrolment.state)).one() == "warm"


def test_a_hold_is_said_once_and_its_touch_waits(database: Database) -> None:
    with database.writing() as session:
        one = planned(session)[0]
        assert holding.hold(session, prospect_id=one.prospect_id, why="reply: question") == 1
        assert holding.hold(session, prospect_id=one.prospect_id, why="again") == 0
        assert holding.release(session, prospect_id=one.prospect_id, now=NOW) == 1
    with database.reading() as session:
        enrolment = session.scalars(select(Enrolment)).one()
        assert enrolment.held is None
        assert enrolment.plan_at is None, "its touch is on its way"


def test_the_facts_of_a_touch_are_plain_values(database: Database) -> None:
    with database.writing() as session:
        one = planned(session)[0]
    with database.reading() as session:
        known = touch.facts(session, [one.id, 999])
        assert list(known) == [one.id]
        assert known[one.id].step == "guide"
        assert known[one.id].gift_slug is None

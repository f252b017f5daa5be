"""Nothing is forgotten: what a dead process held comes back, and what it may have sent is listed, never sent again."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from prospecting import delivery
from prospecting.campaigns.models import Enrolment, Touch
from prospecting.campaigns.touch import claim
from prospecting.db import liveness_now
from prospecting.delivery import Sink, results
from prospecting.delivery.results import Told
from prospecting.delivery.transports import Reply, Stage
from prospecting.engagement.models import Event
from prospecting.journal import drain, pending
from prospecting.senders.models import Mailbox, Slot
from tests.delivery.test_gate import at_the_gate, standing
from tests.delivery.world import World


def age(world: World, seconds: float) -> None:
    """Every lease ends so many seconds ago, by the database's clock."""
    with world.installation.database.writing() as session:
        ended = liveness_now(session) - timedelta(seconds=seconds)
        session.execute(update(Touch).where(Touch.lease_until.is_not(None)).values(lease_until=ended))


def claimed(world: World) -> str:
    with world.installation.database.writing() as session:
        return claim(session, mailbox_id=world.mailbox, now=world.now, lease=timedelta(seconds=150), limit=200)[0].claim


def test_a_claim_within_its_lease_is_left_alone(world: World) -> None:
    world.people(2)
    claimed(world)
    assert delivery.sweep(world.installation) == 0


def test_a_claim_past_its_lease_goes_back_and_is_sent(world: World, sink: Sink) -> None:
    touch = world.people(1)[0]
    claimed(world)
    age(world, 1)
    assert delivery.sweep(world.installation) == 1
    assert (world.touch(touch).state, world.touch(touch).attempts) == ("planned", 1)
    assert delivery.send_due(world.installation, world.mailbox, journal=world.journal).sent == 1


def test_a_claim_whose_senders_always_die_fails_in_the_end(world: World) -> None:
    touch = world.people(1)[0]
    for _ in range(8):
        claimed(world)
        age(world, 1)
        delivery.sweep(world.installation)
    assert world.touch(touch).state == "failed"
    assert "8 times" in world.touch(touch).reason
    assert world.rows(Enrolment)[0].held.startswith("failed")


def test_a_message_without_a_reply_becomes_uncertain_after_the_grace_and_counts_as_sent(
    world: World, sink: Sink
) -> None:
    touch = world.people(1)[0]
    at_the_gate(world, standing(world))
    age(world, 59)
    assert delivery.sweep(world.installation) == 0
    age(world, 61)
    assert delivery.sweep(world.installation) == 1
    row = world.touch(touch)
    assert (row.state, row.ended_at) == ("uncertain", world.now)
    assert row.reason
    assert [slot.touch_id for slot in world.rows(Slot)] == [touch], "its slot stays taken"
    assert world.rows(Enrolment)[0].step == 1, "and the enrolment goes on"
    assert world.rows(Enrolment)[0].received == 0, "but nothing counts as received"
    delivery.send_due(world.installation, world.mailbox, journal=world.journal)
    assert sink.messages() == []
    with world.installation.database.reading() as session:
        assert delivery.uncertain(session) == [touch]


def test_a_predecessor_known_to_be_dead_is_swept_at_once(world: World) -> None:
    world.people(2)
    first = standing(world, limit=1)
    at_the_gate(world, first)
    claimed(world)
    assert delivery.sweep(world.installation, predecessor=True) == 2
    assert world.states() == {"uncertain": 1, "planned": 1}


def test_a_late_reply_of_the_same_claim_clears_it_up(world: World) -> None:
    touch = world.people(1)[0]
    [letter] = standing(world)
    at_the_gate(world, [letter])
    age(world, 100)
    delivery.sweep(world.installation)
    told = Told(touch, letter.claim, Reply(Stage.END, 250, "ok"), world.now)
    for _ in range(2):
        with world.installation.database.writing() as session:
            results.record(session, [told], settings=world.installation.settings)
    assert world.touch(touch).state == "sent"
    assert len(world.rows(Event, Event.kind == "sent")) == 1
    assert world.rows(Enrolment)[0].received == 1


def test_a_late_refusal_is_proof_enough_to_try_again(world: World) -> None:
    touch = world.people(1)[0]
    [letter] = standing(world)
    at_the_gate(world, [letter])
    age(world, 100)
    delivery.sweep(world.installation)
    with world.installation.database.writing() as session:
        results.record(
            session,
            [Told(touch, letter.claim, Reply(Stage.END, 451, "later"), world.now)],
            settings=world.installation.settings,
        )
    assert world.touch(touch).state == "planned"
    assert world.touch(touch).reason == "not accepted: 451 later"
    assert world.rows(Slot) == []


@pytest.mark.parametrize("code", [250, 451, 550, None])
def test_a_reply_of_another_claim_changes_nothing(world: World, code: int | None) -> None:
    touch = world.people(1)[0]
    at_the_gate(world, standing(world))
    with world.installation.database.writing() as session:
        results.record(
            session,
            [Told(touch, "another", Reply(Stage.END, code, "?"), world.now)],
            settings=world.installation.settings,
        )
    assert world.touch(touch).state == "sending"
    assert world.rows(Event) == []


def test_the_relays_own_log_is_proof(world: World, sink: Sink) -> None:
    touches = world.people(2)
    letters = standing(world)
    at_the_gate(world, letters)
    sink.take("claire@acme.example", ["paul0@client0.example"], letters[0].data(True))
    age(world, 100)
    delivery.sweep(world.installation)
    with world.installation.database.writing() as session:
        named = [caught.touch for caught in sink.messages() if caught.touch]
        assert delivery.resolve(session, named, proof="the relay's log", now=world.now) == [touches[0]]
    assert [world.touch(touch).state for touch in touches] == ["sent", "uncertain"]


def test_proof_that_nobody_took_it_plans_it_again(world: World, sink: Sink) -> None:
    touch = world.people(1)[0]
    at_the_gate(world, standing(world))
    age(world, 100)
    delivery.sweep(world.installation)
    with world.installation.database.writing() as session:
        assert delivery.proven_not_accepted(session, [touch], proof="the relay never saw it", now=world.now) == [touch]
    assert delivery.send_due(world.installation, world.mailbox, journal=world.journal).sent == 1
    assert len(sink.messages()) == 1


def test_replies_wait_in_the_journal_while_the_database_is_away(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    touches = world.people(3)

    def away(*_: object, **__: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("the database is away"))

    with monkeypatch.context() as patched:
        patched.setattr(results, "record", away)
        delivery.send_due(world.installation, world.mailbox, journal=world.journal)
    accepted = {caught.touch for caught in sink.messages()}
    assert accepted
    assert set(world.states()) <= {"sending", "planned"}
    folder = world.installation.settings.journal_dir
    assert pending(folder) == len(accepted)
    handlers = {
        "smtp_result": lambda session, records: delivery.replay(session, records, settings=world.installation.settings)
    }
    drain(folder, world.installation.database.writing, handlers)
    assert {touch for touch in touches if world.touch(touch).state == "sent"} == accepted
    assert len(world.rows(Event, Event.kind == "sent")) == len(accepted)


def test_what_is_due_names_its_mailbox(world: World) -> None:
    world.people(1)
    with world.installation.database.reading() as session:
        assert delivery.mailboxes_due(session, now=world.now) == [world.mailbox]
        assert delivery.mailboxes_due(session, now=world.now - timedelta(seconds=1)) == []
    world.change(Mailbox, world.mailbox, resting_until=world.now + timedelta(minutes=1))
    with world.installation.database.reading() as session:
        assert delivery.mailboxes_due(session, now=world.now) == []

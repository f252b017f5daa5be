"""Several senders at once, threads and processes, living and dying: no message twice, no limit passed, none forgotten."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import update

from prospecting import delivery, prospects
from prospecting.campaigns.models import Touch
from prospecting.db import liveness_now
from prospecting.delivery import Sink, crash
from prospecting.delivery.transports import smtp
from prospecting.installation import Installation
from prospecting.senders.models import Mailbox, Slot
from tests.delivery.sending_process import exit_code, sender
from tests.delivery.world import World


def accepted(sink: Sink) -> Counter[int | None]:
    return Counter(caught.touch for caught in sink.messages())


def test_two_coordinators_of_one_mailbox_send_nothing_twice(world: World, sink: Sink) -> None:
    touches = world.people(60)

    def work() -> None:
        while delivery.send_due(world.installation, world.mailbox, journal=world.journal, limit=10).claimed:
            pass

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert accepted(sink) == Counter(touches)
    assert world.states() == {"sent": 60}


def test_two_processes_keep_the_limits_between_them(world: World, sink: Sink) -> None:
    world.people(40, domain="client.example")
    world.people(40)
    world.change(Mailbox, world.mailbox, per_day=30, ramp_from=30, per_domain_per_day=12)
    processes = [sender(world.installation, world.mailbox) for _ in range(2)]
    assert [exit_code(one) for one in processes] == [0, 0]
    assert set(accepted(sink).values()) == {1}
    assert len(sink.messages()) == len(world.rows(Slot)) <= 30
    assert sum(caught.recipient.endswith("@client.example") for caught in sink.messages()) <= 12
    assert set(world.states()) == {"sent", "planned"}


def test_two_processes_share_the_work(world: World, sink: Sink) -> None:
    touches = world.people(80)
    processes = [sender(world.installation, world.mailbox) for _ in range(2)]
    assert [exit_code(one) for one in processes] == [0, 0]
    assert accepted(sink) == Counter(touches)
    assert world.states() == {"sent": 80}


def test_an_objection_that_arrives_while_the_batch_is_claimed_wins(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    touches = world.people(3)
    victim = world.person(touches[1])
    offer = smtp.SmtpLine.offer

    def objecting(self: smtp.SmtpLine, message: smtp.Outgoing) -> smtp.Reply:
        reply = offer(self, message)
        if message.recipient == victim.address:
            with world.installation.database.writing() as session:
                prospects.object_to_contact(session, victim.address_hash, now=world.now, through="/u")
        return reply

    monkeypatch.setattr(smtp.SmtpLine, "offer", objecting)
    delivery.send_due(world.installation, world.mailbox, journal=world.journal)
    assert accepted(sink) == Counter([touches[0], touches[2]])
    assert world.touch(touches[1]).state == "cancelled"


def test_objections_all_along_are_never_followed_by_a_message(world: World, sink: Sink) -> None:
    touches = world.people(60)
    people = [world.person(touch) for touch in touches]
    confirmed: dict[str, int] = {}

    def object_() -> None:
        for person in people[::2]:
            with world.installation.database.writing() as session:
                prospects.object_to_contact(session, person.address_hash, now=world.now, through="/u")
            confirmed[person.address] = sink._last  # what had been accepted when the objection was confirmed

    objecting = threading.Thread(target=object_)
    objecting.start()
    while delivery.send_due(world.installation, world.mailbox, journal=world.journal, limit=10).claimed:
        pass
    objecting.join()
    passed = {message.touch_id for message in world.rows(delivery.results.Message)}
    for touch, person in zip(touches, people, strict=True):
        state = world.touch(touch).state
        assert state in ("sent", "cancelled")
        assert (touch in passed) == (state == "sent")
        if person.address not in confirmed:
            assert state == "sent"
    assert set(accepted(sink).values()) <= {1}


@pytest.mark.parametrize("name", crash.POINTS)
def test_a_death_at_any_line_ends_in_an_allowed_state(world: World, sink: Sink, name: str) -> None:
    touches = world.people(8)
    dying = sender(world.installation, world.mailbox, crash_at=name)
    assert exit_code(dying) == crash.CODE
    with world.installation.database.writing() as session:
        over = liveness_now(session) - world.installation.settings.grace - timedelta(seconds=1)
        session.execute(update(Touch).where(Touch.lease_until.is_not(None)).values(lease_until=over))
    delivery.sweep(world.installation)
    while delivery.send_due(world.installation, world.mailbox, journal=world.journal).claimed:
        pass
    took = accepted(sink)
    states = {touch: world.touch(touch).state for touch in touches}
    assert set(took.values()) <= {1}, "no message twice"
    assert set(states.values()) <= {"sent", "uncertain"}, "none is forgotten"
    assert {touch for touch, state in states.items() if state == "sent"} <= set(took)
    assert set(took) <= set(states)
    uncertain = sum(state == "uncertain" for state in states.values())
    if name in ("after claim", "after rcpt", "before gate commit"):
        assert uncertain == 0, "before the gate nothing is lost"
    assert uncertain <= 4, "no more than the lines that were open"


def test_the_crash_points_are_off_unless_they_are_set(installation: Installation) -> None:
    for name in crash.POINTS:
        crash.point(installation.settings, name)

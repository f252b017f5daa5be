"""Several senders at once, threads and processes, living and dying: no message twice, no limit passed, none forgotten."""

import os
import subprocess
import sys
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
from tests.delivery.world import World

SENDER = """
import sys
from datetime import datetime
from pathlib import Path
from prospecting.clock import SetClock
from prospecting.installation import open_installation
from prospecting.journal import Journal
from prospecting.settings import load
from prospecting.tokens import Signer
from prospecting import delivery

workspace, url, mailbox, at, crash_at = sys.argv[1:]
settings = load(Path(workspace), database_url=url, crash_at=crash_at)
installation = open_installation(settings, clock=SetClock(datetime.fromisoformat(at)), upgrade=False)
installation = type(installation)(settings, installation.database, installation.clock, Signer({0: bytes(range(32))}))
journal = Journal(settings.journal_dir)
while delivery.send_due(installation, int(mailbox), journal=journal, limit=20).claimed:
    pass
journal.close()
"""


def process(world: World, *, crash_at: str = "") -> "subprocess.Popen[bytes]":
    settings = world.installation.settings
    url = world.installation.database.url.render_as_string(hide_password=False)
    arguments = [str(settings.workspace), url, str(world.mailbox), world.installation.clock.now().isoformat(), crash_at]
    return subprocess.Popen([sys.executable, "-c", SENDER, *arguments], env=os.environ | {"PYTHONPATH": os.getcwd()})


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
    processes = [process(world) for _ in range(2)]
    assert [one.wait(60) for one in processes] == [0, 0]
    assert set(accepted(sink).values()) == {1}
    assert len(sink.messages()) == len(world.rows(Slot)) <= 30
    assert sum(caught.recipient.endswith("@client.example") for caught in sink.messages()) <= 12
    assert set(world.states()) == {"sent", "planned"}


def test_two_processes_share_the_work(world: World, sink: Sink) -> None:
    touches = world.people(80)
    processes = [process(world) for _ in range(2)]
    assert [one.wait(60) for one in processes] == [0, 0]
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
    dying = process(world, crash_at=name)
    assert dying.wait(60) == crash.CODE
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

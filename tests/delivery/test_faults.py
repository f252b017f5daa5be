"""Whatever a server does, each touch ends as reliability.md says, and nothing is sent twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from prospecting import delivery
from prospecting.campaigns.models import Enrolment
from prospecting.delivery.results import back_off, nobody_there
from prospecting.delivery.transports import Reply, Stage
from prospecting.engagement.models import Event
from prospecting.installation import Installation
from prospecting.prospects.models import Suppression
from prospecting.senders.models import Mailbox, Slot
from prospecting.settings import Settings
from tests.delivery.scripted import DROP, HANG, ScriptedServer
from tests.delivery.world import World

Scripted = Callable[..., tuple[World, ScriptedServer]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Nobody waits half a minute in a test."""
    return settings.model_copy(update={"smtp_timeout": 0.6})


def send(world: World) -> delivery.Sent:
    return delivery.send_due(world.installation, world.mailbox, journal=world.journal)


def mailbox(world: World) -> Mailbox:
    return world.rows(Mailbox)[0]


LONG = b"250 " + b"x" * 1_000_000 + b"\r\n"
MANY = b"250-more\r\n" * 200 + b"250 done\r\n"

AFTER_DATA: dict[str, tuple[dict[str, Any], str]] = {
    "250": ({}, "sent"),
    "250 in many lines": ({"END": MANY}, "sent"),
    "250 in a line of a megabyte": ({"END": LONG}, "sent"),
    "250 in pieces": ({"END": b"2"}, "uncertain"),
    "4xx to DATA": ({"DATA": b"451 later\r\n"}, "planned"),
    "5xx to DATA": ({"DATA": b"554 no valid recipients\r\n"}, "failed"),
    "4xx after the dot": ({"END": b"452 4.3.1 out of storage\r\n"}, "planned"),
    "5xx after the dot": ({"END": b"554 5.7.1 looks like spam\r\n"}, "failed"),
    "421 after the dot": ({"END": b"421 closing\r\n"}, "planned"),
    "dropped instead of 354": ({"DATA": DROP}, "uncertain"),
    "silent instead of 354": ({"DATA": HANG}, "uncertain"),
    "250 instead of 354": ({"DATA": b"250 what?\r\n"}, "uncertain"),
    "dropped after the dot": ({"END": DROP}, "uncertain"),
    "silent after the dot": ({"END": HANG}, "uncertain"),
    "half a reply, then dropped": ({"END": (b"250-ok", DROP)}, "uncertain"),
    "half a line, then silent": ({"END": (b"25", HANG)}, "uncertain"),
    "an unfinished list, then dropped": ({"END": (b"250-ok\r\n", DROP)}, "uncertain"),
    "not a reply": ({"END": b"hello there\r\n"}, "uncertain"),
    "a code of two digits": ({"END": b"25 ok\r\n"}, "uncertain"),
    "3xx after the dot": ({"END": b"354 go on\r\n"}, "uncertain"),
    "lines that contradict each other": ({"END": b"250-ok\r\n550 no\r\n"}, "uncertain"),
    "nothing but zeros": ({"END": b"\0\0\0\0\r\n"}, "uncertain"),
    "accepted, then dropped": ({"END": (b"250 ok\r\n", DROP)}, "sent"),
}


@pytest.mark.parametrize("case", AFTER_DATA)
def test_after_the_gate(scripted: Scripted, case: str) -> None:
    answers, state = AFTER_DATA[case]
    world, server = scripted(answers)
    touch = world.people(1)[0]
    send(world)
    row = world.touch(touch)
    assert row.state == state
    assert (state == "sent") == bool(world.rows(Event, Event.kind == "sent"))
    if state == "planned":
        assert world.rows(Slot) == [], "the slot is given back"
        assert world.person(touch).next_allowed_at == world.now, "and the person's next instant too"
        assert row.due_at == world.now + timedelta(minutes=15)
        assert row.attempts == 1
    else:
        assert [slot.touch_id for slot in world.rows(Slot)] == [touch]
        assert row.ended_at == world.now
    if state in ("failed", "uncertain"):
        assert row.reason
    assert send(world).claimed == 0, "nothing is sent again by itself"
    assert len(server.whole) <= 1


BEFORE_DATA: dict[str, tuple[dict[str, Any], str, bool]] = {
    "4xx to RCPT": ({"RCPT": b"450 4.2.1 greylisted\r\n"}, "planned", False),
    "5xx to RCPT": ({"RCPT": b"550 5.7.1 not from you\r\n"}, "failed", False),
    "421 to RCPT": ({"RCPT": b"421 too many\r\n"}, "planned", True),
    "421 to MAIL": ({"MAIL": b"421 too many\r\n"}, "planned", True),
    "a refused sender": ({"MAIL": b"550 5.7.60 not allowed to send as this\r\n"}, "planned", True),
    "too large": ({"MAIL": b"552 5.3.4 too large\r\n"}, "failed", False),
    "dropped at RCPT": ({"RCPT": DROP}, "planned", False),
    "silent at RCPT": ({"RCPT": HANG}, "planned", False),
    "nonsense at RCPT": ({"RCPT": b"what\r\n"}, "planned", False),
}


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("case", BEFORE_DATA)
def test_before_the_gate(scripted: Scripted, case: str, pipelining: bool) -> None:
    answers, state, rests = BEFORE_DATA[case]
    world, server = scripted(answers | ({} if pipelining else {"EHLO": b"250 scripted\r\n"}))
    touch = world.people(1)[0]
    send(world)
    assert world.touch(touch).state == state
    assert not any(command == "DATA" for command in server.commands)
    assert world.rows(Slot) == []
    assert world.person(touch).next_allowed_at is None
    assert (mailbox(world).resting_until is not None) == rests


NO_LINE: dict[str, dict[str, Any]] = {
    "dropped at once": {"greeting": DROP},
    "silent": {"greeting": HANG},
    "554 to everybody": {"greeting": b"554 go away\r\n"},
    "421 at once": {"greeting": b"421 busy\r\n"},
    "an endless greeting": {"greeting": b"220-" + b"y" * 3000 + b"\r\n" * 3},
    "no SMTP at all": {"greeting": b"HTTP/1.1 400 Bad Request\r\n\r\n"},
    "EHLO and HELO refused": {"EHLO": b"502 no\r\n", "HELO": b"502 no\r\n"},
}


@pytest.mark.parametrize("case", NO_LINE)
def test_without_a_line_everything_goes_back_and_the_mailbox_rests(scripted: Scripted, case: str) -> None:
    world, _ = scripted(NO_LINE[case])
    touches = world.people(3)
    send(world)
    assert world.states() == {"planned": 3}
    assert [world.touch(touch).attempts for touch in touches] == [0, 0, 0]
    assert mailbox(world).resting_until > world.now
    assert send(world).claimed == 0, "and nothing is tried before it has rested"


def test_nobody_listens(installation: Installation, journal: Any) -> None:
    world = World(installation, journal, installation.clock.now(), 1).build()
    world.people(2)
    send(world)
    assert world.states() == {"planned": 2}


def test_a_server_without_starttls_gets_nothing(scripted: Scripted) -> None:
    world, server = scripted({}, security="starttls")
    world.people(1)
    send(world)
    assert world.states() == {"planned": 1}
    assert not any(command.startswith("MAIL") for command in server.commands)


def test_421_sends_the_rest_of_the_batch_back(scripted: Scripted) -> None:
    world, server = scripted({"END": [b"250 ok\r\n", b"250 ok\r\n", b"421 enough\r\n"]}, options={"lines": 1})
    world.people(10)
    done = send(world)
    assert world.states() == {"sent": 2, "planned": 8}
    assert (done.sent, done.put_off) == (2, 8)
    assert len(server.accepted) == 2
    assert mailbox(world).resting_until == world.now + timedelta(minutes=15)


def test_a_line_that_drops_is_opened_again(scripted: Scripted) -> None:
    world, server = scripted({"END": [(b"250 ok\r\n", DROP), b"250 ok\r\n"]}, options={"lines": 1})
    world.people(4)
    assert send(world).sent == 4
    assert len(server.accepted) == 4


def test_a_hard_bounce_stops_everything_for_the_person(scripted: Scripted) -> None:
    world, _ = scripted({"RCPT": b"550 5.1.1 no such user here\r\n"})
    touch = world.people(1)[0]
    assert send(world).failed == 1
    assert [event.kind for event in world.rows(Event)] == ["bounced"]
    assert [row.reason for row in world.rows(Suppression)] == ["bounced"]
    assert world.person(touch).stopped_why == "bounced"
    assert [enrolment.state for enrolment in world.rows(Enrolment)] == ["stopped"]


def test_a_refusal_for_another_reason_suppresses_nobody(scripted: Scripted) -> None:
    world, _ = scripted({"RCPT": b"550 5.7.1 message refused by policy\r\n"})
    touch = world.people(1)[0]
    send(world)
    assert world.rows(Suppression) == world.rows(Event) == []
    assert world.person(touch).stopped_at is None
    assert world.rows(Enrolment)[0].held.startswith("failed"), "a person hears of it"


def test_a_message_refused_for_now_leaves_later_with_the_same_name(scripted: Scripted) -> None:
    world, server = scripted({"END": [b"451 later\r\n", b"250 ok\r\n"]})
    touch = world.people(1)[0]
    send(world)
    first = world.message(touch)
    world.installation.clock.set(world.now + timedelta(minutes=20))
    assert send(world).sent == 1
    assert world.message(touch).message_id == first.message_id
    assert len(server.accepted) == 1


def test_after_as_many_attempts_it_fails_and_says_so(scripted: Scripted) -> None:
    world, _ = scripted({"RCPT": b"450 4.2.0 later\r\n"})
    touch = world.people(1)[0]
    world.change(type(world.touch(touch)), touch, attempts=7)
    send(world)
    row = world.touch(touch)
    assert row.state == "failed"
    assert "8 attempts" in row.reason


def test_three_refused_logins_pause_the_mailbox(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "pässword")
    answers = {"EHLO": b"250-scripted\r\n250 AUTH PLAIN LOGIN\r\n", "AUTH": b"535 5.7.8 no\r\n"}
    world, _ = scripted(answers, username="claire", password_env="SMTP_PASSWORD")
    world.people(1)
    for attempt in range(3):
        world.installation.clock.set(world.now + timedelta(minutes=10 * attempt))
        assert not mailbox(world).paused
        send(world)
    assert mailbox(world).paused
    assert "535" in mailbox(world).paused_why
    assert world.states() == {"planned": 1}


def test_a_password_with_accents_logs_in(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "pässword")
    answers = {"EHLO": b"250-scripted\r\n250 AUTH LOGIN PLAIN\r\n", "AUTH": b"235 welcome\r\n"}
    world, server = scripted(answers, username="claire", password_env="SMTP_PASSWORD")
    world.people(1)
    assert send(world).sent == 1
    assert "AUTH PLAIN AGNsYWlyZQBww6Rzc3dvcmQ=" in server.commands


def test_a_token_logs_in_by_xoauth2(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_TOKEN", "ya29.token")
    world, server = scripted(
        {"AUTH": b"235 welcome\r\n"}, username="claire@acme.example", options={"token_env": "SMTP_TOKEN"}
    )
    world.people(1)
    assert send(world).sent == 1
    assert any(command.startswith("AUTH XOAUTH2 ") for command in server.commands)


def test_dots_at_the_start_of_lines_arrive_as_they_were(scripted: Scripted) -> None:
    world, server = scripted({})
    person = world.touch(world.people(1)[0]).prospect_id
    send(world)
    world.service(person, content={"subject": "Points", "text": ".\n..\n.suite\nfin"})
    send(world)
    assert b"\r\n.\r\n..\r\n.suite\r\nfin" in server.accepted[-1]


@pytest.mark.parametrize(
    ("code", "text", "nobody"),
    [
        (550, "5.1.1 <a@b.c>: Recipient address rejected: User unknown in virtual mailbox table", True),
        (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", True),
        (550, "No such user here", True),
        (550, "5.2.1 The email account that you tried to reach is disabled.", True),
        (553, "sorry, no mailbox here by that name. (#5.7.1)", False),
        (550, "5.7.1 Service unavailable, Client host blocked using Spamhaus", False),
        (550, "5.4.1 Recipient address rejected: Access denied", False),
        (552, "5.2.2 mailbox full", False),
        (550, "blocked", False),
        (450, "4.1.1 user unknown", False),
    ],
)
def test_who_says_that_nobody_is_there(code: int, text: str, nobody: bool) -> None:
    assert nobody_there(Reply(Stage.RCPT, code, text)) is nobody


def test_the_back_off_grows_and_ends() -> None:
    assert [back_off(n) for n in (1, 2, 3)] == [timedelta(minutes=m) for m in (15, 30, 60)]
    assert back_off(10_000) == timedelta(hours=4)

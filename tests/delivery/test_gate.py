"""Nothing passes the gate for which not everything holds, and nothing that is refused is forgotten."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from prospecting import delivery, prospects, senders
from prospecting.campaigns.models import Campaign, CampaignVersion, Enrolment, Touch
from prospecting.campaigns.touch import claim
from prospecting.content.models import Gift
from prospecting.delivery import Sink, gate, refusals
from prospecting.delivery.compose import Prepared, prepare
from prospecting.delivery.models import Message
from prospecting.prospects.models import Prospect
from prospecting.senders.models import Mailbox, Sending, Slot
from tests.delivery.world import DEFINITION, World

DAY = timedelta(days=1)


def standing(world: World, limit: int = 200) -> list[Prepared]:
    """What is due, claimed and composed: it stands at the gate."""
    database = world.installation.database
    with database.writing() as session:
        claimed = claim(session, mailbox_id=world.mailbox, now=world.now, lease=timedelta(seconds=150), limit=limit)
    with database.reading() as session:
        mailbox = session.get_one(Mailbox, world.mailbox)
        letters = prepare(session, claimed, mailbox=mailbox, installation=world.installation, now=world.now)
    return [letter for letter in letters if isinstance(letter, Prepared)]


def at_the_gate(
    world: World, letters: list[Prepared], *, later: timedelta = timedelta(0)
) -> tuple[frozenset[int], dict[int, str]]:
    now, settings = world.now + later, world.installation.settings
    with world.installation.database.writing() as session:
        passed = gate.pass_through(session, letters, mailbox_id=world.mailbox, now=now, settings=settings)
        return passed.ids, refusals.act(session, passed.refused, mailbox_id=world.mailbox, now=now, settings=settings)


def objects(world: World, touch: int) -> None:
    with world.installation.database.writing() as session:
        prospects.object_to_contact(session, world.person(touch).address_hash, now=world.now, through="test")


def enrolment_of(world: World, touch: int) -> int:
    return world.touch(touch).enrolment_id or 0


def person_of(world: World, touch: int) -> int:
    return world.touch(touch).prospect_id


CASES: dict[str, tuple[Callable[[World, int], None], str, str]] = {
    "an objection": (objects, "reachable", "cancelled"),
    "a stop": (
        lambda w, t: w.change(Prospect, person_of(w, t), stopped_at=w.now, stopped_why="asked"),
        "reachable",
        "cancelled",
    ),
    "no source": (lambda w, t: w.change(Prospect, person_of(w, t), source=""), "lawful", "cancelled"),
    "a pause of the campaign": (lambda w, t: w.change(Campaign, w.campaign, state="paused"), "campaign", "planned"),
    "a hold": (lambda w, t: w.change(Enrolment, enrolment_of(w, t), held="a reply"), "campaign", "planned"),
    "an enrolment that became warm": (
        lambda w, t: w.change(Enrolment, enrolment_of(w, t), state="warm"),
        "campaign",
        "cancelled",
    ),
    "an enrolment that stopped": (
        lambda w, t: w.change(Enrolment, enrolment_of(w, t), state="stopped"),
        "campaign",
        "cancelled",
    ),
    "a pause of the mailbox": (lambda w, t: w.change(Mailbox, w.mailbox, paused=True), "mailbox", "planned"),
    "a rest of the mailbox": (
        lambda w, t: w.change(Mailbox, w.mailbox, resting_until=w.now + DAY),
        "mailbox",
        "planned",
    ),
    "the switch": (lambda w, t: w.change(Sending, 1, enabled=False), "switch", "planned"),
    "a gift sent back": (lambda w, t: w.change(Gift, w.gift, state="in_review"), "gift", "skipped"),
    "a gift that went dead": (lambda w, t: w.change(Gift, w.gift, health="dead"), "gift", "skipped"),
    "the person's pace": (
        lambda w, t: w.change(Prospect, person_of(w, t), next_allowed_at=w.now + DAY),
        "writable",
        "planned",
    ),
    "a colleague's exchange": (
        lambda w, t: w.change(Prospect, person_of(w, t), in_touch_at=w.now - DAY),
        "writable",
        "planned",
    ),
    "a customer": (lambda w, t: w.organisation(person_of(w, t), standing="customer"), "writable", "skipped"),
    "an open proposal": (lambda w, t: w.organisation(person_of(w, t), standing="open_proposal"), "writable", "skipped"),
    "a window that ended": (lambda w, t: w.change(Touch, t, window_ends_at=w.now), "window", "planned"),
    "a touch put off": (lambda w, t: w.change(Touch, t, due_at=w.now + DAY), "window", "planned"),
    "a full day": (lambda w, t: w.change(Mailbox, w.mailbox, per_day=0), "room", "planned"),
    "a full domain": (lambda w, t: w.change(Mailbox, w.mailbox, per_domain_per_day=0), "room", "planned"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_comes_between_claim_and_data_wins(world: World, case: str) -> None:
    happens, reason, state = CASES[case]
    touch, other = world.people(1)[0], None
    letters = standing(world)
    happens(world, touch)
    passed, reasons = at_the_gate(world, letters)
    assert (passed, reasons) == (frozenset(), {touch: reason})
    row = world.touch(touch)
    assert row.state == state
    if state == "planned":
        assert (row.claim, row.attempts) == (None, 0), "no attempt was made"
    else:
        assert row.ended_at == world.now
        assert row.reason
    assert other is None
    assert world.rows(Slot) == world.rows(Message) == []


@pytest.mark.parametrize("case", CASES)
def test_one_that_may_not_pass_holds_up_nobody_else(world: World, case: str) -> None:
    happens, _, _ = CASES[case]
    first, second = world.people(2)
    letters = standing(world)
    happens(world, first)
    passed, reasons = at_the_gate(world, letters)
    for_everybody = case in (
        "a pause of the campaign",
        "a pause of the mailbox",
        "a rest of the mailbox",
        "the switch",
        "a gift sent back",
        "a gift that went dead",
        "a full day",
        "a full domain",
    )
    assert passed == (frozenset() if for_everybody else {second})
    assert set(reasons) == ({first, second} if for_everybody else {first})


def test_the_pace_says_when_it_may_leave(world: World) -> None:
    touch = world.people(1)[0]
    letters = standing(world)
    world.change(Prospect, person_of(world, touch), next_allowed_at=world.now + 3 * DAY)
    at_the_gate(world, letters)
    assert world.touch(touch).due_at == world.now + 3 * DAY


def test_a_lease_that_is_nearly_over_does_not_pass(world: World) -> None:
    touch = world.people(1)[0]
    letters = standing(world)
    with world.installation.database.writing() as session:
        session.get_one(Touch, touch).lease_until -= timedelta(seconds=140)
    assert at_the_gate(world, letters)[1] == {touch: "claim"}
    assert world.touch(touch).state == "planned"


def test_a_claim_that_somebody_else_has_now_is_theirs(world: World) -> None:
    touch = world.people(1)[0]
    letters = standing(world)
    world.change(Touch, touch, claim="another")
    assert at_the_gate(world, letters) == (frozenset(), {touch: "claim"})
    assert (world.touch(touch).state, world.touch(touch).claim) == ("claimed", "another")


def test_two_letters_for_one_person_never_pass_together(world: World) -> None:
    first = world.people(1)[0]
    row = world.touch(first)
    with world.installation.database.writing() as session:
        session.add(world._touch(row.prospect_id, enrolment_id=row.enrolment_id, step="next", kind="gift"))
    letters = standing(world)
    assert len(letters) == 2
    assert at_the_gate(world, letters)[0] == {first}
    again = standing(world)
    assert at_the_gate(world, again)[0] == frozenset()


def test_limits_are_exact_within_one_group(world: World) -> None:
    world.people(6, domain="client.example")
    world.people(6)
    world.change(Mailbox, world.mailbox, per_domain_per_day=2, per_day=5, ramp_from=5)
    letters = standing(world)
    passed, reasons = at_the_gate(world, letters)
    assert len(passed) == 5
    assert sum(letter.domain == "client.example" for letter in letters if letter.touch_id in passed) == 2
    assert set(reasons.values()) == {"room"}
    assert len(world.rows(Slot)) == 5


def test_the_installations_own_limit_holds(world: World) -> None:
    world.people(5)
    letters = standing(world)
    settings = world.installation.settings.model_copy(update={"messages_per_day": 2})
    with world.installation.database.writing() as session:
        passed = gate.pass_through(session, letters, mailbox_id=world.mailbox, now=world.now, settings=settings)
    assert len(passed.ids) == 2


def test_customers_are_written_to_where_the_campaign_says_so(world: World) -> None:
    touch = world.people(1)[0]
    world.organisation(person_of(world, touch), standing="customer")
    world.change(
        CampaignVersion,
        world.version,
        definition=DEFINITION | {"audience": {"where": {"all": []}, "customers": "include"}},
    )
    assert at_the_gate(world, standing(world))[0] == {touch}


def test_an_answer_passes_whatever_the_campaign_and_the_pace_say(world: World) -> None:
    gift = world.people(1)[0]
    person = person_of(world, gift)
    answer = world.service(person)
    world.change(Campaign, world.campaign, state="paused")
    world.change(Prospect, person, next_allowed_at=world.now + DAY, in_touch_at=world.now)
    assert at_the_gate(world, standing(world))[0] == {answer}
    assert world.person(answer).next_allowed_at == world.now + DAY


def test_an_answer_never_passes_an_objection(world: World) -> None:
    gift = world.people(1)[0]
    answer = world.service(person_of(world, gift))
    letters = standing(world)
    objects(world, gift)
    assert at_the_gate(world, letters)[0] == frozenset()
    assert world.touch(answer).state == "cancelled"


def test_what_passes_is_written_in_one_commit(world: World) -> None:
    touch = world.people(1)[0]
    at_the_gate(world, standing(world))
    message = world.message(touch)
    assert world.touch(touch).state == "sending"
    assert (message.gated_at, message.accepted_at) == (world.now, None)
    assert message.next_allowed_at == world.person(touch).next_allowed_at == world.now + 4 * DAY
    assert [slot.touch_id for slot in world.rows(Slot)] == [touch]


def test_a_person_who_withdrew_gets_the_links_of_today(world: World) -> None:
    touch = world.people(1, country="US", tracking_wish=False)[0]
    at_the_gate(world, standing(world))
    assert world.touch(touch).mode == "declared"


def test_a_gap_lets_one_message_through_at_a_time(world: World, sink: Sink) -> None:
    world.people(3)
    world.change(Mailbox, world.mailbox, gap_s=60)
    done = delivery.send_due(world.installation, world.mailbox, journal=world.journal)
    assert (done.claimed, done.sent) == (1, 1)
    assert delivery.send_due(world.installation, world.mailbox, journal=world.journal).claimed == 0
    world.installation.clock.set(world.now + timedelta(seconds=61))
    assert delivery.send_due(world.installation, world.mailbox, journal=world.journal).sent == 1
    assert len(sink.messages()) == 2


def test_nothing_is_claimed_while_the_switch_is_off(world: World, sink: Sink) -> None:
    world.people(3)
    with world.installation.database.writing() as session:
        senders.set_sending(session, False, why="test", now=world.now)
    assert delivery.send_due(world.installation, world.mailbox, journal=world.journal).claimed == 0
    with world.installation.database.reading() as session:
        assert delivery.mailboxes_due(session, now=world.now) == []

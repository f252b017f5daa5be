"""What is due leaves once, as a letter, and everything that follows is written with it."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

from sqlalchemy import func, select

from prospecting import delivery
from prospecting.campaigns.models import Enrolment, Touch
from prospecting.content.models import GiftVersion
from prospecting.delivery import Sink
from prospecting.delivery.models import Message
from prospecting.engagement.models import Event, EventNews
from prospecting.prospects.models import Prospect
from prospecting.senders.models import Slot
from tests.delivery.world import World


def send(world: World, **more) -> delivery.Sent:
    return delivery.send_due(world.installation, world.mailbox, journal=world.journal, **more)


def test_everything_due_is_accepted_once_and_becomes_sent(world: World, sink: Sink) -> None:
    touches = world.people(25)
    done = send(world)
    assert (done.claimed, done.sent) == (25, 25)
    assert sorted(caught.touch for caught in sink.messages()) == touches
    assert world.states() == {"sent": 25}
    assert len(world.rows(Event, Event.kind == "sent")) == len(world.rows(EventNews)) == 25
    assert len(world.rows(Slot)) == 25
    for message in world.rows(Message):
        assert message.accepted_at == world.now
        assert message.reply.startswith("250")


def test_a_second_call_sends_nothing(world: World, sink: Sink) -> None:
    world.people(3)
    send(world)
    assert send(world).claimed == 0
    assert len(sink.messages()) == 3


def test_the_letter_is_as_receivers_want_it(world: World, sink: Sink) -> None:
    touch = world.people(1, last_name="Lefèvre")[0]
    send(world)
    message = message_from_bytes(sink.read(sink.messages()[0].number), policy=default)
    assert message["From"] == "Claire Martin <claire@acme.example>"
    assert message["To"] == "Paul Lefèvre <paul0@client0.example>"
    assert message["Subject"] == "Paul, un guide sur l'asynchrone"
    assert message["Date"].datetime == world.now
    assert message["Message-ID"] == world.message(touch).message_id
    assert message["Message-ID"].endswith("@acme.example>")
    assert "mailto:claire@acme.example?subject=STOP" in message["List-Unsubscribe"]
    assert "/u/" in message["List-Unsubscribe"]
    assert message["List-Unsubscribe-Post"] is None, (
        "without a measured DKIM that covers it, anybody could press for others"
    )
    plain, html = message.get_body(("plain",)).get_content(), message.get_body(("html",)).get_content()
    for said in (plain, html):
        assert "Bonjour Paul" in said
        assert "1 rue de la Paix" in said
        assert "Vous dirigez les ressources humaines." in said
    assert not message.defects


def test_one_click_is_offered_where_dkim_was_measured_to_cover_it(installation, journal, sink) -> None:
    world = World(
        type(installation)(
            installation.settings.model_copy(update={"public_url": "https://acme.example"}),
            installation.database,
            installation.clock,
            installation.signer,
        ),
        journal,
        installation.clock.now(),
        sink.port,
    ).build(options={"capabilities": {"dkim_covers_list_unsubscribe": True}})
    world.people(1)
    send(world)
    message = message_from_bytes(sink.read(sink.messages()[0].number), policy=default)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "https://acme.example/u/" in message["List-Unsubscribe"]


def test_readers_get_their_language_and_their_variant(world: World, sink: Sink) -> None:
    world.people(1, language="en")
    other = world.people(1)[0]

    world.change(Touch, other, variant="b")
    send(world)
    subjects = sorted(message_from_bytes(sink.read(c.number), policy=default)["Subject"] for c in sink.messages())
    assert subjects == ["Paul, a guide", "Six minutes"]


def test_the_enrolment_moves_on_and_the_persons_next_instant_too(world: World) -> None:
    touch = world.people(1)[0]
    send(world)
    [enrolment] = world.rows(Enrolment)
    assert (enrolment.step, enrolment.received, enrolment.plan_at) == (1, 1, world.now)
    assert world.person(touch).next_allowed_at == world.now + timedelta(days=4)


def test_the_pace_a_person_asked_for_is_kept(world: World) -> None:
    touch = world.people(1, wish_days_between=30)[0]
    send(world)
    assert world.person(touch).next_allowed_at == world.now + timedelta(days=30)


def test_the_next_letter_stands_in_the_same_thread(world: World, sink: Sink) -> None:
    first = world.people(1)[0]
    send(world)
    clock = world.installation.clock
    clock.set(world.now + timedelta(days=7))
    row = world.touch(first)
    with world.installation.database.writing() as session:
        later = world._touch(row.prospect_id, enrolment_id=row.enrolment_id, step="next", kind="gift")
        later.due_at, later.window_ends_at = clock.now(), clock.now() + timedelta(hours=1)
        session.add(later)
    send(world)
    message = message_from_bytes(sink.read(sink.messages()[1].number), policy=default)
    assert message["In-Reply-To"] == message["References"] == world.message(first).message_id
    assert "Vous dirigez" not in message.get_body(("plain",)).get_content(), "why them is said once"


def test_a_value_with_a_line_break_never_becomes_a_header(world: World, sink: Sink) -> None:
    touch = world.people(1, first_name="Paul\r\nBcc: everybody@example.com")[0]
    assert send(world).failed == 1
    assert sink.messages() == []
    assert world.touch(touch).state == "failed"
    assert world.touch(touch).reason.startswith("render: ")
    [enrolment] = world.rows(Enrolment)
    assert enrolment.held.startswith("failed"), "a person hears of it"


def test_a_letter_without_its_words_is_not_sent_half_rendered(world: World, sink: Sink) -> None:
    touch = world.people(1, first_name=None)[0]
    assert send(world).failed == 1
    assert world.touch(touch).reason.startswith("render: ")


def test_an_answer_leaves_at_any_hour_and_takes_no_pace(world: World, sink: Sink) -> None:
    gift = world.people(1)[0]
    send(world)
    person = world.person(gift)
    touch = world.service(
        person.id, window_ends_at=world.now - timedelta(hours=1), due_at=world.now - timedelta(hours=2)
    )
    assert send(world).sent == 1
    assert world.touch(touch).state == "sent"
    message = message_from_bytes(sink.read(sink.messages()[-1].number), policy=default)
    assert message.get_content_type() == "text/plain"
    assert "Oui, bien sûr." in message.get_content()
    assert world.person(gift).next_allowed_at == world.now + timedelta(days=4)


def test_in_the_letter_mode_nothing_of_ours_is_behind_the_links(world: World, sink: Sink) -> None:

    world.change(Touch, world.people(1)[0], mode="none")
    world.change(GiftVersion, world.gift_version, url="https://example.org/guide")
    send(world)
    raw = sink.read(sink.messages()[0].number)
    message = message_from_bytes(raw, policy=default)
    assert "https://example.org/guide" in message.get_body(("plain",)).get_content()
    assert "127.0.0.1" not in message.as_string()
    assert message["List-Unsubscribe"].startswith("<mailto:")


def test_people_count_nobody_twice(world: World) -> None:
    world.people(5)
    send(world)
    with world.installation.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Prospect).where(Prospect.next_allowed_at.is_(None))) == 0


def test_digests_are_no_touches(world: World, sink: Sink) -> None:
    identifier = delivery.send_plain(
        world.installation, mailbox_id=world.mailbox, to="claire@acme.example", subject="Deux personnes", text="Été."
    )
    [caught] = sink.messages()
    assert (caught.touch, caught.message_id) == (None, identifier)
    assert (sink.maildir("claire@acme.example") / "new").exists()
    assert world.rows(Slot) == world.rows(Message) == []

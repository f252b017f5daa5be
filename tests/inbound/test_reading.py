"""A mailbox read: each message once, matched, filed, acted upon."""

from prospecting.campaigns.models import Enrolment
from prospecting.engagement.models import Event
from prospecting.prospects import is_suppressed
from tests.inbound.answering import Answering


def suppressed(answering: Answering, touch_id: int) -> bool:
    person = answering.world.person(touch_id)
    with answering.world.installation.database.reading() as session:
        return is_suppressed(session, person.address_hash)


def test_an_objection_suppresses_and_stops_before_anybody_reads_it(answering: Answering) -> None:
    touch = answering.letter()
    answering.replies("Merci de ne plus m'écrire.", sender="paul0@client0.example", to=answering.message_id(touch))
    assert answering.read() == 1
    assert suppressed(answering, touch.id)
    assert [enrolment.state for enrolment in answering.world.rows(Enrolment)] == ["stopped"]
    assert "objected" in [event.kind for event in answering.world.rows(Event)]


def test_an_objection_without_thread_is_heard_too(answering: Answering) -> None:
    touch = answering.letter()
    answering.replies("STOP", sender="Paul <PAUL0@client0.example>")
    answering.read()
    assert suppressed(answering, touch.id)


def test_a_reply_holds_the_next_touch_and_keeps_its_words(answering: Answering) -> None:
    touch = answering.letter()
    words = "Comment faites-vous avec des équipes en trois-huit ?"
    answering.replies(words, sender="paul0@client0.example", to=answering.message_id(touch))
    answering.read()
    (enrolment,) = answering.world.rows(Enrolment)
    assert enrolment.held == "reply: question"
    (event,) = [event for event in answering.world.rows(Event) if event.kind == "reply"]
    assert (event.words, event.facts["reply"], event.touch_id) == (words, "question", touch.id)
    assert answering.filed()[0].words == words


def test_the_same_message_twice_does_nothing_twice(answering: Answering) -> None:
    touch = answering.letter()
    raw = answering.replies("Une question ?", sender="paul0@client0.example", to=answering.message_id(touch))
    assert answering.read() == 1
    answering.comes(raw)
    assert answering.read() == 0
    assert answering.read() == 0
    assert len(answering.filed()) == 1

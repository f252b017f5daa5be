"""A mailbox read: each message once, matched, filed, acted upon."""

from typing import Any

import pytest

from prospecting import inbound
from prospecting.campaigns.models import Enrolment
from prospecting.engagement.models import Event
from prospecting.inbound import reading
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


def bounce_of(message_id: str, *, status: str = "5.1.1", to: str = "paul0@client0.example") -> bytes:
    return f"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@client0.example>
To: claire@acme.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; client0.example

Final-Recipient: rfc822; {to}
Action: failed
Status: {status}

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}
From: claire@acme.example
To: {to}

--b--
""".encode()


def test_a_hard_bounce_of_our_letter_ends_the_address(answering: Answering) -> None:
    touch = answering.letter()
    answering.comes(bounce_of(answering.message_id(touch)))
    answering.read()
    assert suppressed(answering, touch.id)
    assert "bounced" in [event.kind for event in answering.world.rows(Event)]


def test_a_forged_bounce_suppresses_nobody(answering: Answering) -> None:
    touch = answering.letter()
    forged = answering.message_id(touch).replace("@", "A@")
    for message_id in ("<invented@acme.example>", forged):
        answering.comes(bounce_of(message_id))
    answering.read()
    assert not suppressed(answering, touch.id)
    assert [enrolment.state for enrolment in answering.world.rows(Enrolment)] == ["active"]


def test_a_provider_that_renamed_our_letter_is_believed_by_its_token(answering: Answering) -> None:
    touch = answering.letter()
    token = answering.message_id(touch)[1:].split("@")[0]
    answering.comes(bounce_of("<renamed@provider.example>\nReturn-Path: <bounces+x@acme.example>"))
    answering.comes(bounce_of(f"<renamed@provider.example>\nX-Google-Original-Message-ID: <{token}@acme.example>"))
    answering.read()
    assert suppressed(answering, touch.id)


def test_a_refusal_rests_the_person_and_suppresses_nobody(answering: Answering) -> None:
    touch = answering.letter()
    before = answering.world.person(touch.id).next_allowed_at
    answering.comes(bounce_of(answering.message_id(touch), status="5.7.1"))
    answering.read()
    assert not suppressed(answering, touch.id)
    after = answering.world.person(touch.id).next_allowed_at
    assert after is not None
    assert before is None or after > before


def test_unsubscribing_by_mail_works_from_another_address_too(answering: Answering) -> None:
    touch = answering.letter()
    token = answering.world.installation.signer.objection(answering.world.person(touch.id).address_hash)
    message = f"From: Paul at home <paul@home.example>\nTo: claire@acme.example\nSubject: STOP {token}\n\n"
    answering.comes(message.encode())
    answering.read()
    assert suppressed(answering, touch.id)


def test_a_stranger_cannot_stop_somebody_else(answering: Answering) -> None:
    touch = answering.letter()
    answering.replies("STOP", sender="mallory@evil.example")
    answering.read()
    assert not suppressed(answering, touch.id)


def test_what_a_colleague_writes_in_the_thread_is_not_the_prospects_word(answering: Answering) -> None:
    touch = answering.letter()
    answering.replies("Merci de ne plus m'écrire.", sender="claire@acme.example", to=answering.message_id(touch))
    answering.read()
    assert not suppressed(answering, touch.id)


def test_an_absence_puts_the_next_touch_after_it_and_holds_nothing(answering: Answering) -> None:
    touch = answering.letter()
    answering.replies(
        "Je suis absent jusqu'au 12 janvier 2027 inclus.",
        sender="paul0@client0.example",
        to=answering.message_id(touch),
        Auto_Submitted="auto-replied",
    )
    answering.read()
    next_allowed = answering.world.person(touch.id).next_allowed_at
    assert next_allowed is not None
    assert next_allowed.date().isoformat() == "2027-01-13"
    (enrolment,) = answering.world.rows(Enrolment)
    assert enrolment.held is None
    assert "reply" not in [event.kind for event in answering.world.rows(Event)]


def test_mail_outside_our_threads_keeps_no_words_but_counts_as_an_exchange(answering: Answering) -> None:
    touch = answering.letter()
    answering.replies("On se voit demain pour le contrat Marker ?", sender="paul0@client0.example")
    answering.comes(
        b"From: paul0@client0.example\nTo: claire@acme.example\nSubject: Contrat Marker\n\nQuand signe-t-on Marker ?\n"
    )
    answering.read()
    other = next(message for message in answering.filed() if not message.words)
    assert (other.words, other.subject, other.reason) == ("", "", None)
    assert answering.world.person(touch.id).in_touch_with == "claire"


def test_a_kill_between_two_messages_loses_none_and_repeats_none(
    answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch = answering.letter()
    for number in range(3):
        answering.replies(f"Question {number} ?", sender="paul0@client0.example", to=answering.message_id(touch))
    real, seen = reading.act_upon, []

    def dies_at_the_second(*args: Any, **named: Any) -> None:
        seen.append(named["digest"])
        if len(seen) == 2:
            raise SystemExit
        real(*args, **named)

    monkeypatch.setattr(reading, "act_upon", dies_at_the_second)
    with pytest.raises(SystemExit):
        answering.read()
    assert len(answering.filed()) == 1
    assert answering.read() == 2
    assert sorted(message.words for message in answering.filed()) == ["Question 0 ?", "Question 1 ?", "Question 2 ?"]


def test_who_asks_for_erasure_is_not_written_to_again_and_waits_for_an_answer(answering: Answering) -> None:
    touch = answering.letter()
    words = "Je demande l'effacement de toutes mes données personnelles."
    answering.replies(words, sender="paul0@client0.example", to=answering.message_id(touch))
    answering.read()
    assert suppressed(answering, touch.id)
    assert [message.reply for message in answering.filed()] == ["rights"]


def test_what_a_person_wrote_can_be_handed_over_and_erased(answering: Answering) -> None:
    touch = answering.letter()
    answering.replies("Une question Marker ?", sender="paul0@client0.example", to=answering.message_id(touch))
    answering.read()
    with answering.world.installation.database.writing() as session:
        assert inbound.export_person(session, touch.prospect_id)["messages"][0]["words"] == "Une question Marker ?"
        inbound.erase_person(session, touch.prospect_id, now=answering.world.now)
    assert [(message.words, message.subject) for message in answering.filed()] == [("", "")]

"""A number that explains itself: five reasons with their shares, what cools it, what was left out, what is unknown."""

from datetime import timedelta

import pytest

from prospecting import warmth
from prospecting.db import Database
from prospecting.engagement import Mode
from prospecting.engagement.kinds import EventKind
from prospecting.prospects.models import Prospect
from prospecting.warmth.judge import JUDGED
from prospecting.warmth.rules import rules
from prospecting.warmth.telling import WORDS
from tests.campaigns import stories
from tests.campaigns.stories import NOW
from tests.warmth.world import did, launched, letter

DAY = timedelta(days=1)


def test_every_sentence_exists_in_both_languages() -> None:
    assert WORDS.keys("fr") == WORDS.keys("en")
    said = WORDS.keys("fr")
    assert {f"signs.{name}" for name in (*rules().signs, *rules().weak)} <= said
    assert {f"unknown.{mode}" for mode in Mode} <= said
    spoken = (EventKind.QUESTION, EventKind.REPLY)
    assert {f"acts.{kind}" for kind in JUDGED if kind not in spoken} <= said


def test_the_reasons_carry_the_number(database: Database) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        guide, check = letter(session, one, "guide", NOW), letter(session, one, "diagnostic", NOW + 7 * DAY)
        did(session, guide, "useful", NOW + DAY)
        did(session, check, "diagnostic_completed", NOW + 8 * DAY)
        did(session, check, "question", NOW + 9 * DAY, words="Comment traitez-vous les urgences ?")
        at = NOW + 10 * DAY
        warmth.update(session, now=at)
        why = warmth.explain(session, one.id, now=at, language="fr")
        assert sum(reason.points for reason in why.reasons) == pytest.approx(why.number)
        assert sum(reason.share for reason in why.reasons) == pytest.approx(1)
        assert why.reasons == sorted(why.reasons, key=lambda reason: -reason.points)
        assert "Comment traitez-vous les urgences ?" in why.reasons[0].text
        assert why.reasons[0].at == NOW + 9 * DAY
        assert why.bar == 50
        assert "21 jours" in why.cools
        assert "France" in why.unknown
        assert why.discounted == []
        english = warmth.explain(session, one.id, now=at, language="en")
        assert english.reasons[0].text.startswith("Question: “")
        assert warmth.curve(session, one.id, now=at)[-1] == (at, pytest.approx(why.number))


def test_five_reasons_are_enough(database: Database) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        touch = letter(session, one, "guide", NOW)
        for hour in range(8):
            did(session, touch, "question", NOW + timedelta(hours=hour + 1), words=f"Et {hour} ?")
        warmth.update(session, now=NOW + DAY)
        assert len(warmth.explain(session, one.id, now=NOW + DAY, language="fr").reasons) == 5


def test_what_a_machine_did_is_told_and_why(database: Database) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        touch = letter(session, one, "guide", NOW)
        did(session, touch, "useful", NOW + DAY)
        did(session, touch, "not_for_me", NOW + DAY)
        warmth.update(session, now=NOW + DAY)
        why = warmth.explain(session, one.id, now=NOW + DAY, language="fr")
        assert why.number == 0
        assert why.reasons == []
        (left_out,) = why.discounted
        assert left_out.at == NOW + DAY
        assert "robot, non compté" in left_out.text
        assert "pas pour moi" in left_out.text


def test_a_colleague_is_a_reason_by_name(database: Database) -> None:
    with database.writing() as session:
        one, other = launched(session, 2)
        sillon = stories.organisation(session, "Sillon")
        for each in (one, other):
            session.get_one(Prospect, each.prospect_id).organisation_id = sillon.id
        did(session, letter(session, one, "guide", NOW), "useful", NOW + DAY)
        did(session, letter(session, other, "guide", NOW), "useful", NOW + 2 * DAY)
        warmth.update(session, now=NOW + 3 * DAY)
        why = warmth.explain(session, one.id, now=NOW + 3 * DAY, language="fr")
        assert [("Anne 2" in reason.text) for reason in why.reasons] == [False, True]
        assert why.reasons[1].points == pytest.approx(4, rel=0.1)


def test_who_decides_counts_a_little_more_and_what_we_do_not_know_a_little_less(database: Database) -> None:
    with database.writing() as session:
        (one,) = launched(
            session,
            audience={
                "where": {
                    "all": [
                        {"role": {"words": ["DRH"]}},
                        {"organisation.headcount": {"at_least": 50}, "unknown": "keep"},
                    ]
                }
            },
        )
        session.get_one(Prospect, one.prospect_id).role = "DRH"
        did(session, letter(session, one, "guide", NOW), "useful", NOW + DAY)
        warmth.update(session, now=NOW + DAY)
        why = warmth.explain(session, one.id, now=NOW + DAY, language="fr")
        assert why.number == pytest.approx(20)
        assert "taille de l’organisation" in why.fit
        sillon = stories.organisation(session, "Sillon", headcount=140)
        session.get_one(Prospect, one.prospect_id).organisation_id = sillon.id
        session.flush()
        warmth.rejudge(session, now=NOW + DAY)
        assert warmth.explain(session, one.id, now=NOW + DAY, language="fr").number == pytest.approx(22)


def test_in_a_plain_letter_we_know_what_they_wrote(database: Database) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        letter(session, one, "guide", NOW, mode=Mode.NONE)
        assert "plain letter" in warmth.explain(session, one.id, now=NOW, language="en").unknown


def test_an_enrolment_that_is_not_there(database: Database) -> None:
    with database.reading() as session, pytest.raises(LookupError):
        warmth.explain(session, 99, now=NOW, language="fr")


def test_who_is_one_press_short(database: Database) -> None:
    with database.writing() as session:
        one, two, three = launched(session, 3)
        check = letter(session, one, "diagnostic", NOW)
        did(session, check, "diagnostic_completed", NOW + DAY)
        did(session, check, "comparison_asked", NOW + DAY + timedelta(minutes=2))
        did(session, letter(session, two, "guide", NOW), "useful", NOW + DAY)
        warm = letter(session, three, "diagnostic", NOW)
        did(session, warm, "diagnostic_completed", NOW + DAY)
        did(session, warm, "question", NOW + DAY + timedelta(minutes=5), words="Et la nuit ?")
        warmth.update(session, now=NOW + DAY)
        short = [warmth.short_of(session, each.id, now=NOW + 2 * DAY) for each in (one, two, three)]
        assert short == [pytest.approx(11.3, abs=0.1), None, None]

"""Each campaign's state in one look."""

from datetime import timedelta

import pytest

from prospecting import insights, leads
from prospecting.campaigns.models import Touch
from prospecting.db import Database
from prospecting.insights.states import WORDS
from prospecting.settings import Settings
from tests.campaigns.stories import NOW
from tests.leads.world import DAY, LATER, raised, settle, warmed
from tests.warmth.world import did, launched, letter


def test_both_languages_say_the_same() -> None:
    assert WORDS.keys("fr") == WORDS.keys("en")


def test_a_campaign_in_one_look(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        one, two, three, four, five = launched(session, 5)
        warmed(session, one)
        raised(session, two)
        did(session, letter(session, three, "guide", NOW), "objected", NOW + DAY)
        machine = letter(session, four, "guide", NOW)
        did(session, machine, "useful", NOW + DAY)
        did(session, machine, "not_for_me", NOW + DAY)
        session.add(
            Touch(
                kind="gift", state="planned", prospect_id=five.prospect_id, mailbox_id=five.mailbox_id, campaign_id=five.campaign_id,
                enrolment_id=five.id, step="guide", mode="declared", due_at=LATER + DAY, window_ends_at=LATER + 2 * DAY, created_at=NOW,
            )
        )  # fmt: skip
        lead_id = settle(session, settings)[0]
        leads.invite(session, lead_id, one.prospect_id, by="claire", now=LATER, settings=settings)
        (state,) = insights.campaign_states(session, now=LATER, language="fr")
        assert (state.slug, state.people, state.gifts_sent, state.used, state.warm) == ("async-hr", 5, 5, 2, 1)
        assert (state.hands, state.invited, state.objections, state.held) == (1, 1, 1, 1)
        assert (state.next_at, state.next_gifts) == (LATER + DAY, 1)
        assert state.sentence == "Une personne sur 5 est devenue chaude."
        whole = insights.numbers(session)
        assert (whole.prospects, whole.warm, whole.hands, whole.invitations, whole.meetings) == (5, 1, 1, 1, 0)
        assert whole.gifts_per_ask == pytest.approx(5)


def test_a_gift_that_is_late_leaves_now(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        session.add(
            Touch(
                kind="gift", state="planned", prospect_id=one.prospect_id, mailbox_id=one.mailbox_id, campaign_id=one.campaign_id,
                enrolment_id=one.id, step="guide", mode="declared", due_at=NOW, window_ends_at=NOW + DAY, created_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        (state,) = insights.campaign_states(session, now=NOW + timedelta(hours=1), language="en")
        assert state.next_at == NOW + timedelta(hours=1)
        assert state.sentence == "Nobody of 1 is warm yet."


def test_an_empty_installation(database: Database) -> None:
    with database.reading() as session:
        assert insights.campaign_states(session, now=NOW, language="fr") == []
        assert insights.numbers(session).gifts_per_ask is None

"""The one ask: for warm people only, after two gifts, never to whoever said no."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from prospecting import leads, prospects
from prospecting.campaigns.models import Enrolment, Touch
from prospecting.db import Database
from prospecting.findings import Refused
from prospecting.leads.models import Invitation, Lead
from prospecting.prospects.models import Prospect
from prospecting.settings import Settings
from tests.campaigns.stories import NOW
from tests.leads.world import DAY, LATER, only_lead, raised, settle, warmed
from tests.warmth.world import did, launched, letter


def code(error: pytest.ExceptionInfo[Refused]) -> str:
    return error.value.findings[0].code


def test_a_warm_person_is_invited_once_through_the_calendar(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        warmed(session, one)
        (lead_id,) = settle(session, settings)
        touch_id = leads.invite(
            session, lead_id, one.prospect_id, by="claire", now=LATER, settings=settings, words=" Bonjour Anne "
        )
        touch = session.get_one(Touch, touch_id)
        assert (touch.kind, touch.state, touch.content) == ("invitation", "planned", {"personal_line": "Bonjour Anne"})
        assert touch.due_at >= LATER
        (invitation,) = session.scalars(select(Invitation))
        assert (invitation.choices, invitation.sent_by) == (["question", "meeting"], "claire")
        assert only_lead(session).state == "invited"
        with pytest.raises(Refused) as refused:
            leads.invite(session, lead_id, one.prospect_id, by="claire", now=LATER, settings=settings)
        assert code(refused) == "LD006"


def test_whoever_raised_a_hand_alone_is_answered_and_not_invited(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        raised(session, one)
        (lead_id,) = settle(session, settings)
        with pytest.raises(Refused) as refused:
            leads.invite(session, lead_id, one.prospect_id, by="claire", now=LATER, settings=settings)
        assert code(refused) == "LD003"


def test_one_gift_is_not_enough_whatever_the_campaign_says(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        invitation = {"message": "messages/invitation.md", "choices": ["question"], "after_gifts": 0}
        (one,) = launched(session, warm={"bar": "low"}, invitation=invitation)
        did(session, letter(session, one, "guide", NOW), "diagnostic_completed", NOW + DAY)
        (lead_id,) = settle(session, settings)
        with pytest.raises(Refused) as refused:
            leads.invite(session, lead_id, one.prospect_id, by="claire", now=LATER, settings=settings)
        assert code(refused) == "LD004"


def test_whoever_objected_is_never_invited(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        warmed(session, one)
        (lead_id,) = settle(session, settings)
        prospect = session.get_one(Prospect, one.prospect_id)
        prospects.object_to_contact(session, prospect.address_hash, now=LATER, through="link")
        with pytest.raises(Refused) as refused:
            leads.invite(session, lead_id, one.prospect_id, by="claire", now=LATER, settings=settings)
        assert code(refused) == "LD005"


def test_a_network_campaign_never_invites(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session, purpose="network", invitation=None)
        warmed(session, one)
        (lead_id,) = settle(session, settings)
        with pytest.raises(Refused) as refused:
            leads.invite(session, lead_id, one.prospect_id, by="claire", now=LATER, settings=settings)
        assert code(refused) == "LD002"


def test_somebody_who_is_not_there(database: Database, settings: Settings) -> None:
    with database.writing() as session, pytest.raises(Refused) as refused:
        leads.invite(session, 7, 7, by="claire", now=NOW, settings=settings)
    assert code(refused) == "LD001"


def test_after_an_invitation_that_never_left_another_round_may(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        warmed(session, one)
        (lead_id,) = settle(session, settings)
        first = session.get_one(
            Touch, leads.invite(session, lead_id, one.prospect_id, by="claire", now=LATER, settings=settings)
        )
        first.state = "skipped"
        session.flush()
        leads.invite(session, lead_id, one.prospect_id, by="claire", now=LATER, settings=settings)
        assert [row.round for row in session.scalars(select(Invitation).order_by(Invitation.round))] == [1, 2]


def test_a_campaign_that_says_so_invites_by_itself_once(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        invitation = {"message": "messages/invitation.md", "choices": ["question"], "send": "automatic"}
        (one,) = launched(session, invitation=invitation)
        warmed(session, one)
        settle(session, settings)
        settle(session, settings)
        (made,) = session.scalars(select(Invitation))
        assert made.sent_by == "campaign"
        assert only_lead(session).state == "invited"
        assert session.get_one(Enrolment, one.id, populate_existing=True).state == "warm"


def test_closing_a_lead_takes_back_what_has_not_left(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        warmed(session, one)
        (lead_id,) = settle(session, settings)
        touch_id = leads.invite(session, lead_id, one.prospect_id, by="claire", now=LATER, settings=settings)
        leads.record_outcome(session, lead_id, "not_a_lead", note="a student", by="claire", now=LATER)
        touch = session.get_one(Touch, touch_id, populate_existing=True)
        assert (touch.state, touch.withdrawn) == ("cancelled", True)
        assert session.get_one(Lead, lead_id).closed_at == LATER
        assert leads.open_leads(session, now=LATER + timedelta(days=30), language="fr") == []

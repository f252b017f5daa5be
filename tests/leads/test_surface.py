"""What surfaces: whoever reached the bar by acts of their own, and every raised hand; nothing else does."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from prospecting import leads, warmth
from prospecting.campaigns.models import Enrolment, Touch
from prospecting.db import Database
from prospecting.engagement import Mode
from prospecting.leads.models import Lead, LeadPerson, LeadState, RaisedHand
from prospecting.prospects.models import Prospect
from prospecting.senders.models import Mailbox, User
from prospecting.settings import Settings
from prospecting.warmth.models import Basis, Contribution, Judgement, Warmth
from tests.campaigns.stories import NOW
from tests.leads.world import DAY, LATER, only_lead, people_of, raised, settle, together, warmed
from tests.warmth.world import did, launched, letter


def test_a_warm_person_surfaces_once_with_reasons_and_gets_no_more_gifts(
    database: Database, settings: Settings
) -> None:
    with database.writing() as session:
        one, two = launched(session, 2)
        warmed(session, one)
        letter(session, two, "guide", NOW)
        (lead_id,) = settle(session, settings)
        assert settle(session, settings) == []
        (person,) = people_of(session, lead_id).values()
        assert person.prospect_id == one.prospect_id
        assert person.warm
        assert person.warmth >= person.bar == 50
        assert len(person.reasons) == 3
        assert only_lead(session).owner == "claire"
        assert session.get_one(Enrolment, one.id, populate_existing=True).state == "warm"


def test_a_bar_that_was_reached_to_the_point_surfaces_however_late_we_look(
    database: Database, settings: Settings
) -> None:
    with database.writing() as session:
        (one,) = launched(session, warm={"bar": "low"})
        did(session, letter(session, one, "guide", NOW), "diagnostic_completed", NOW + DAY)
        assert len(settle(session, settings, now=NOW + 30 * DAY)) == 1
        (person,) = people_of(session, only_lead(session).id).values()
        assert person.warmth == pytest.approx(30)


def test_visits_alone_surface_nobody(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session, warm={"bar": 5})
        session.get_one(Prospect, one.prospect_id).country = "US"
        session.flush()
        touch = letter(session, one, "guide", NOW, mode=Mode.FULL)
        did(session, touch, "read", NOW + DAY, share=1.0, agent="x")
        did(session, touch, "downloaded", NOW + DAY + timedelta(minutes=1))
        assert settle(session, settings) == []
        assert session.scalars(select(Lead)).all() == []


def test_colleagues_meet_in_one_lead(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        one, two, three = launched(session, 3)
        together(session, one, two)
        for each in (one, two, three):
            warmed(session, each)
        assert len(settle(session, settings)) == 2
        by_lead = {lead.id: set(people_of(session, lead.id)) for lead in session.scalars(select(Lead))}
        assert {one.prospect_id, two.prospect_id} in by_lead.values()
        assert {three.prospect_id} in by_lead.values()


def test_a_raised_hand_surfaces_at_once_holds_the_gifts_and_promises_an_answer(
    database: Database, settings: Settings
) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        raised(session, one)
        (lead_id,) = settle(session, settings, now=NOW + DAY)
        (person,) = people_of(session, lead_id).values()
        assert person.hand
        assert not person.warm
        enrolment = session.get_one(Enrolment, one.id, populate_existing=True)
        assert enrolment.state == "active"
        assert enrolment.held == "hand raised: question"
        (hand,) = session.scalars(select(RaisedHand))
        # Wednesday's question: Friday at the end of Claire's hours in Paris
        assert hand.answer_by == NOW.replace(day=4, hour=16)
        assert only_lead(session).answer_by == hand.answer_by
        assert settle(session, settings, now=NOW + DAY) == []


def test_a_machine_that_asks_raises_no_hand(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        did(session, letter(session, one, "guide", NOW), "question", NOW + DAY, words="buy pills", trap=True)
        assert settle(session, settings) == []


def test_whoever_turns_out_to_be_a_machine_sinks_again(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session, warm={"bar": 15})
        touch = letter(session, one, "guide", NOW)
        letter(session, one, "diagnostic", NOW + 60 * timedelta(seconds=1))
        did(session, touch, "useful", NOW + DAY)
        (lead_id,) = settle(session, settings, now=NOW + DAY)
        assert session.get_one(Enrolment, one.id, populate_existing=True).state == "warm"
        did(session, touch, "not_for_me", NOW + DAY + timedelta(seconds=1))
        assert settle(session, settings, now=NOW + DAY) == [lead_id]
        assert people_of(session, lead_id) == {}
        assert only_lead(session).state == LeadState.CLOSED
        assert session.get_one(Enrolment, one.id, populate_existing=True).state == "active"


def test_whoever_is_warm_before_two_gifts_receives_the_second_first(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session, warm={"bar": "low"})
        did(session, letter(session, one, "guide", NOW), "diagnostic_completed", NOW + DAY)
        settle(session, settings, now=NOW + DAY)
        assert session.get_one(Enrolment, one.id, populate_existing=True).state == "active"
        view = leads.open_leads(session, now=NOW + DAY, language="en")[0].people[0]
        assert not view.may_invite
        assert "1 of the 2 gifts" in (view.why_not or "")
        letter(session, one, "diagnostic", NOW + 7 * DAY)
        settle(session, settings, now=NOW + 7 * DAY)
        assert session.get_one(Enrolment, one.id, populate_existing=True).state == "warm"


def test_a_lead_stays_open_when_warmth_cools(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        warmed(session, one)
        settle(session, settings)
        much_later = LATER + 100 * DAY
        assert settle(session, settings, now=much_later) == []
        (lead,) = leads.open_leads(session, now=much_later, language="en")
        assert lead.people[0].why.number < lead.people[0].why.bar


def test_something_new_brings_back_a_lead_that_was_passed_over(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        one, two = launched(session, 2)
        together(session, one, two)
        warmed(session, one)
        (lead_id,) = settle(session, settings)
        leads.pass_over(session, lead_id, by="claire", now=LATER)
        assert leads.open_leads(session, now=LATER, language="fr") == []
        raised(session, two, at=LATER)
        assert settle(session, settings) == [lead_id]
        assert len(leads.open_leads(session, now=LATER, language="fr")) == 1


def forget(session: Any) -> None:
    for table in (RaisedHand, LeadPerson, Lead, Warmth, Contribution, Judgement, Basis):
        session.execute(delete(table))
    session.execute(Enrolment.__table__.update().values(state="active", held=None))
    session.expire_all()


def test_the_log_replayed_from_nothing_gives_the_very_same_leads_and_reasons(
    database: Database, settings: Settings
) -> None:
    with database.writing() as session:
        enrolments = launched(session, 5)
        together(session, *enrolments[:2])
        for each in enrolments[:3]:
            warmed(session, each)
        raised(session, enrolments[3], at=NOW + 9 * DAY)
        did(session, letter(session, enrolments[4], "guide", NOW), "useful", NOW + DAY)

        def told() -> list[Any]:
            rows = session.scalars(select(LeadPerson).order_by(LeadPerson.prospect_id)).all()
            companions = [sorted(people_of(session, row.lead_id)) for row in rows]
            return [
                (row.prospect_id, row.warm, row.hand, row.warmth, row.reasons, beside)
                for row, beside in zip(rows, companions, strict=True)
            ]

        settle(session, settings)
        before = told()
        assert len(before) == 4
        forget(session)
        warmth.rejudge(session, now=LATER + 20 * DAY)
        leads.surface(session, now=LATER + 20 * DAY, settings=settings)
        assert told() == before


@pytest.mark.parametrize(
    ("by", "owners"), [("sender", ["claire", "claire"]), ("turn", ["claire", "marc"]), ("load", ["claire", "marc"])]
)
def test_the_route_picks_the_owner(database: Database, settings: Settings, by: str, owners: list[str]) -> None:
    with database.writing() as session:
        invitation = {"message": "messages/invitation.md", "choices": ["question"], "route": {"by": by}}
        one, two = launched(session, 2, senders=["claire", "marc"], invitation=invitation)
        marc = User(handle="marc", name="Marc", address="marc@us.example")
        session.add(marc)
        session.flush()
        session.add(
            Mailbox(
                slug="marc",
                user_id=marc.id,
                address="marc.box@us.example",
                name="Marc",
                organisation="Us",
                postal_address="1",
                started_at=NOW,
            )
        )
        warmed(session, one)
        warmed(session, two)
        settle(session, settings)
        assert [lead.owner for lead in session.scalars(select(Lead).order_by(Lead.id))] == owners


def test_an_organisation_keeps_its_owner(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        invitation = {"message": "messages/invitation.md", "choices": ["question"], "route": {"by": "organisation"}}
        (one,) = launched(session, invitation=invitation)
        place = together(session, one)
        session.add(
            Lead(campaign_id=one.campaign_id, organisation_id=place, owner="marc", state="closed", surfaced_at=NOW)
        )
        warmed(session, one)
        (lead_id,) = settle(session, settings)
        assert session.get_one(Lead, lead_id).owner == "marc"


def test_no_lead_exists_without_a_deliberate_act_of_its_person(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        one, two = launched(session, 2)
        together(session, one, two)
        warmed(session, one)
        touch = letter(session, two, "guide", NOW)
        for second, kind in enumerate(("useful", "send_next", "forwarded", "not_for_me")):
            did(session, touch, kind, NOW + timedelta(seconds=20 + second))
        settle(session, settings)
        assert {row.prospect_id for row in session.scalars(select(LeadPerson))} == {one.prospect_id}
        assert session.scalars(select(Touch).where(Touch.kind == "invitation")).all() == []

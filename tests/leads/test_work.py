"""Choosing, answering, passing over, outcomes: what people and owners do with a lead."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting import leads
from prospecting.campaigns.models import Enrolment, Touch
from prospecting.db import Database
from prospecting.engagement.models import Event
from prospecting.findings import Refused
from prospecting.leads.models import LeadState, Meeting, Outcome, RaisedHand
from prospecting.prospects.models import Organisation
from prospecting.settings import Settings
from tests.campaigns.stories import NOW
from tests.leads.world import DAY, LATER, only_lead, people_of, raised, settle, together, warmed
from tests.warmth.world import launched


def invited(session: Session, settings: Settings, people: int = 1) -> list[tuple[Enrolment, int]]:
    """So many people with an invitation; its touch beside each."""
    choices = {"message": "messages/invitation.md", "choices": ["question", "proposal", "replay", "meeting"]}
    enrolments = launched(session, people, invitation=choices)
    together(session, *enrolments)
    for each in enrolments:
        warmed(session, each)
    (lead_id,) = settle(session, settings)
    now = LATER
    return [
        (each, leads.invite(session, lead_id, each.prospect_id, by="claire", now=now, settings=settings))
        for each in enrolments
    ]


@pytest.mark.parametrize(
    ("choice", "kind"), [("question", "question"), ("proposal", "proposal_asked"), ("replay", "replay_asked")]
)
def test_a_choice_without_a_meeting_is_a_raised_hand(
    database: Database, settings: Settings, choice: str, kind: str
) -> None:
    with database.writing() as session:
        ((one, touch_id),) = invited(session, settings)
        now = LATER + DAY
        assert leads.choose(session, touch_id, choice, words="Et en août ?", now=now) == kind
        settle(session, settings, now=now)
        (hand,) = session.scalars(select(RaisedHand))
        assert (hand.kind, hand.words, hand.prospect_id) == (kind, "Et en août ?", one.prospect_id)
        assert hand.answer_by is not None
        assert only_lead(session).state == LeadState.OPEN


def test_a_meeting_takes_a_slot_of_the_owners_hours_once(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (_, first), (_, second) = invited(session, settings, 2)
        now = LATER + DAY
        free = leads.slots(session, "claire", now)
        assert all(8 <= slot.hour < 16 and slot.weekday() < 5 and slot > now for slot in free)  # nine to five in Paris
        assert leads.choose(session, first, "meeting", slot=free[0].isoformat(), now=now) == "booked"
        assert free[0] not in leads.slots(session, "claire", now)
        # Whoever comes second has asked for us all the same.
        assert (
            leads.choose(session, second, "meeting", slot=free[0].isoformat(), now=now + timedelta(minutes=1))
            == "question"
        )
        (meeting,) = session.scalars(select(Meeting))
        assert (meeting.owner, meeting.starts_at) == ("claire", free[0])
        settle(session, settings, now=now)
        by_kind = {hand.kind: hand for hand in session.scalars(select(RaisedHand))}
        assert by_kind["booked"].answer_by is None
        assert f"{free[0]:%H:%M}" in (by_kind["question"].words or "")


@pytest.mark.parametrize(
    "slot",
    [
        None,
        "",
        "tomorrow",
        "2026-12-10T10:00",
        datetime(2020, 1, 1, tzinfo=UTC),
        datetime(2026, 12, 13, 10, 0, tzinfo=UTC),
    ],
)
def test_a_slot_that_is_none_books_nothing_and_loses_nothing(
    database: Database, settings: Settings, slot: str | datetime | None
) -> None:
    with database.writing() as session:
        ((_, touch_id),) = invited(session, settings)
        assert leads.choose(session, touch_id, "meeting", slot=slot, now=LATER + DAY) == "question"
        assert session.scalars(select(Meeting)).all() == []


def test_what_an_invitation_does_not_offer_is_refused(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        ((_, touch_id),) = invited(session, settings)
        with pytest.raises(Refused):
            leads.choose(session, touch_id, "call", now=LATER)
        with pytest.raises(Refused):
            leads.choose(session, 10_000, "question", now=LATER)


def test_an_answer_leaves_as_a_service_and_the_gifts_go_on(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        raised(session, one)
        (lead_id,) = settle(session, settings, now=NOW + DAY)
        soon = NOW + DAY + timedelta(hours=2)
        touch_id = leads.answer(
            session, lead_id, by="claire", subject="Votre question", words="Voici comment.", now=soon
        )
        touch = session.get_one(Touch, touch_id)
        assert (touch.kind, touch.prospect_id, touch.due_at) == ("service", one.prospect_id, soon)
        assert touch.content == {"subject": "Votre question", "text": "Voici comment."}
        (hand,) = session.scalars(select(RaisedHand).execution_options(populate_existing=True))
        assert (hand.answered_at, hand.answered_by) == (soon, "claire")
        assert session.get_one(Enrolment, one.id, populate_existing=True).held is None
        lead = only_lead(session)
        assert (lead.state, lead.answered_at, lead.answer_by) == ("answered", soon, None)
        view = leads.lead(session, lead_id, now=soon, language="fr")
        assert view.people[0].hands[0].kept is True
        with pytest.raises(Refused):
            leads.answer(session, lead_id, by="claire", subject="Encore", words="Encore", now=soon)


def test_the_promise_moves_on_to_whoever_waits_still(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        one, two = launched(session, 2)
        together(session, one, two)
        raised(session, one, at=NOW + DAY)
        raised(session, two, at=NOW + 2 * DAY)
        (lead_id,) = settle(session, settings, now=NOW + 2 * DAY)
        promised = {hand.prospect_id: hand.answer_by for hand in session.scalars(select(RaisedHand))}
        assert only_lead(session).answer_by == promised[one.prospect_id]
        leads.answered_elsewhere(session, lead_id, by="claire", now=NOW + 2 * DAY)
        assert only_lead(session).answer_by == promised[two.prospect_id]
        assert only_lead(session).state == LeadState.OPEN
        assert not people_of(session, lead_id)[one.prospect_id].hand


def test_an_empty_answer_is_none(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        raised(session, one)
        (lead_id,) = settle(session, settings)
        with pytest.raises(Refused):
            leads.answer(session, lead_id, by="claire", subject="x", words="  ", now=LATER)


def test_a_broken_promise_is_seen(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        raised(session, one)
        (lead_id,) = settle(session, settings)
        leads.answered_elsewhere(session, lead_id, by="claire", now=LATER + 30 * DAY)
        assert leads.lead(session, lead_id, now=LATER, language="fr").people[0].hands[0].kept is False


def test_passing_over_can_be_undone(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        warmed(session, one)
        (lead_id,) = settle(session, settings)
        until = leads.pass_over(session, lead_id, by="claire", now=LATER)
        assert leads.open_leads(session, now=LATER, language="fr") == []
        assert len(leads.open_leads(session, now=LATER, language="fr", passed=True)) == 1
        assert len(leads.open_leads(session, now=until, language="fr")) == 1
        leads.undo_pass(session, lead_id, by="claire", now=LATER)
        assert len(leads.open_leads(session, now=LATER, language="fr", owner="claire")) == 1
        assert leads.open_leads(session, now=LATER, language="fr", owner="marc") == []


@pytest.mark.parametrize(
    ("outcome", "standing", "state"),
    [("meeting", "none", "open"), ("proposal", "open_proposal", "open"), ("won", "customer", "closed"), ("lost", "none", "closed"), ("not_now", "none", "closed")],
)  # fmt: skip
def test_an_outcome_tells_what_the_organisation_is(
    database: Database, settings: Settings, outcome: str, standing: str, state: str
) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        place = together(session, one)
        warmed(session, one)
        (lead_id,) = settle(session, settings)
        leads.record_outcome(session, lead_id, outcome, note=" après l'été ", by="claire", now=LATER)
        assert session.get_one(Organisation, place, populate_existing=True).standing == standing
        assert only_lead(session).state == state
        assert session.scalars(select(Outcome.note)).one() == "après l'été"


def test_an_unknown_outcome_or_lead_is_refused(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        for lead_id, kind in ((1, "won"), (1, "maybe")):
            with pytest.raises(Refused):
                leads.record_outcome(session, lead_id, kind, by="claire", now=LATER)


def test_erasing_a_person_leaves_no_trace_and_no_empty_lead(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        ((one, touch_id),) = invited(session, settings)
        leads.choose(session, touch_id, "question", words="SECRETWORD", now=LATER + DAY)
        settle(session, settings, now=LATER + DAY)
        assert "SECRETWORD" in str(leads.export_person(session, one.prospect_id))
        leads.erase_person(session, one.prospect_id, now=LATER + DAY)
        assert session.scalars(select(RaisedHand)).all() == []
        assert only_lead(session).state == LeadState.CLOSED
        assert session.scalars(select(Event.words).where(Event.kind == "question")).all() == [
            "SECRETWORD"
        ]  # the log's own to erase

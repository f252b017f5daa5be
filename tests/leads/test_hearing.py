"""What the journal's records do, once and only once."""

import os
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prospecting import leads
from prospecting.campaigns.models import Enrolment, Touch
from prospecting.clock import SetClock
from prospecting.engagement import Mode
from prospecting.engagement.models import Event, VisitCount
from prospecting.ids import uuid7
from prospecting.installation import Installation
from prospecting.journal import Handler, Journal, Record, drain
from prospecting.leads.models import Meeting
from prospecting.prospects.models import Consent, Prospect, Suppression
from tests.campaigns.stories import NOW
from tests.leads.world import DAY, LATER, settle, warmed
from tests.warmth.world import launched, letter


def record(kind: str, data: dict[str, Any], at: datetime = NOW + DAY) -> Record:
    return Record(uuid7(at, os.urandom(10)), at, kind, data)


def hear(session: Session, handlers: Mapping[str, Handler], *records: Record) -> None:
    """Each record twice, as after a process that was killed between commit and mark."""
    for each in (*records, *records):
        handlers[each.kind](session, [each])


def kinds(session: Session) -> list[str]:
    return [kind for kind in session.scalars(select(Event.kind).order_by(Event.at, Event.id)) if kind != "sent"]


@pytest.fixture
def handlers(installation: Installation) -> Mapping[str, Handler]:
    return leads.handlers(installation)


@pytest.fixture
def touch(installation: Installation) -> Touch:
    with installation.database.writing() as session:
        (one,) = launched(session)
        return letter(session, one, "guide", NOW)


def test_a_gesture_becomes_one_event_about_its_gift(
    installation: Installation, handlers: Mapping[str, Handler], touch: Touch
) -> None:
    with installation.database.writing() as session:
        said = {
            "touch": touch.id,
            "kind": "question",
            "words": " Et la nuit ? ",
            "mode": "declared",
            "facts": {"agent": "curl", "trap": True},
        }
        hear(session, handlers, record("gesture", said))
        (event,) = session.scalars(select(Event).where(Event.kind == "question"))
        assert (event.prospect_id, event.gift, event.words, event.mode) == (
            touch.prospect_id,
            "guide-async",
            "Et la nuit ?",
            "declared",
        )
        assert event.campaign_id == touch.campaign_id
        assert event.facts == {"trap": True}  # nobody's agent is kept where nobody is observed


def test_a_link_never_lifts_the_mode_of_its_letter(
    installation: Installation, handlers: Mapping[str, Handler], touch: Touch
) -> None:
    with installation.database.writing() as session:
        visit = {"touch": touch.id, "kind": "visited", "mode": "full", "facts": {"agent": "x"}}
        hear(session, handlers, record("visit", visit))
        assert kinds(session) == []


def test_visits_are_heard_where_the_mode_allows(installation: Installation, handlers: Mapping[str, Handler]) -> None:
    with installation.database.writing() as session:
        (one,) = launched(session)
        session.get_one(Prospect, one.prospect_id).country = "US"
        session.flush()
        seen = letter(session, one, "guide", NOW, mode=Mode.FULL)
        read = {"touch": seen.id, "kind": "read", "share": 7, "mode": "full", "facts": {"agent": "Mozilla/5.0"}}
        hear(session, handlers, record("visit", read))
        (event,) = session.scalars(select(Event).where(Event.kind == "read"))
        assert event.facts == {"agent": "Mozilla/5.0", "share": 1.0}


@pytest.mark.parametrize("data", [{"kind": "sent"}, {"kind": "booked"}, {"kind": "<script>"}, {}])
def test_what_is_no_gesture_is_refused(
    installation: Installation, handlers: Mapping[str, Handler], touch: Touch, data: dict[str, Any]
) -> None:
    with installation.database.writing() as session, pytest.raises((ValueError, KeyError)):
        handlers["gesture"](session, [record("gesture", {"touch": touch.id} | data)])


def test_a_touch_that_is_gone_is_nobodys(installation: Installation, handlers: Mapping[str, Handler]) -> None:
    with installation.database.writing() as session:
        hear(session, handlers, record("gesture", {"touch": 999, "kind": "useful"}))
        hear(session, handlers, record("consent", {"touch": 999, "given": True, "wording": "x"}))
        hear(session, handlers, record("pace", {"touch": 999, "days": 30}))
        assert kinds(session) == []


def test_an_objection_stops_everything_in_one_go(
    installation: Installation, handlers: Mapping[str, Handler], touch: Touch
) -> None:
    with installation.database.writing() as session:
        prospect = session.get_one(Prospect, touch.prospect_id)
        hear(session, handlers, record("objection", {"hash": prospect.address_hash.hex(), "through": "link"}))
        assert kinds(session) == ["objected"]
        assert session.scalars(select(func.count()).select_from(Suppression)).one() == 1
        assert session.scalars(select(Enrolment.state)).one() == "stopped"
        hear(
            session, handlers, record("objection", {"hash": (b"\x07" * 12).hex(), "through": "link"})
        )  # an address we never had
        assert session.scalars(select(func.count()).select_from(Suppression)).one() == 2


def test_consent_and_its_withdrawal_are_kept_word_for_word(
    installation: Installation, handlers: Mapping[str, Handler], touch: Touch
) -> None:
    with installation.database.writing() as session:
        hear(session, handlers, record("consent", {"touch": touch.id, "given": True, "wording": "J’accepte."}))
        hear(
            session,
            handlers,
            record("consent", {"touch": touch.id, "given": False, "wording": "Je refuse."}, NOW + 2 * DAY),
        )
        assert kinds(session) == ["consented", "withdrew"]
        assert session.scalars(select(Consent.wording).order_by(Consent.at)).all() == ["J’accepte.", "Je refuse."]
        assert session.get_one(Prospect, touch.prospect_id, populate_existing=True).tracking_wish is False


def test_a_wished_pace_is_kept(installation: Installation, handlers: Mapping[str, Handler], touch: Touch) -> None:
    with installation.database.writing() as session:
        hear(session, handlers, record("pace", {"touch": touch.id, "days": 30}))
        assert session.get_one(Prospect, touch.prospect_id, populate_existing=True).wish_days_between == 30


def test_a_choice_books_once(installation: Installation, handlers: Mapping[str, Handler]) -> None:
    with installation.database.writing() as session:
        (one,) = launched(session)
        warmed(session, one)
        (lead_id,) = settle(session, installation.settings)
        asked = leads.invite(session, lead_id, one.prospect_id, by="claire", now=LATER, settings=installation.settings)
        slot = leads.slots(session, "claire", LATER)[0].isoformat()
        hear(session, handlers, record("choice", {"touch": asked, "choice": "meeting", "slot": slot}, LATER))
        assert session.scalars(select(func.count()).select_from(Meeting)).one() == 1
        assert kinds(session).count("booked") == 1


def test_visits_of_nobody_are_counted_once_each(installation: Installation, handlers: Mapping[str, Handler]) -> None:
    with installation.database.writing() as session:
        hear(session, handlers, *(record("count", {"gift": "guide-async", "week": "2026-12-02"}) for _ in range(3)))
        (row,) = session.scalars(select(VisitCount))
        assert (row.gift, row.week.isoformat(), row.visits) == ("guide-async", "2026-11-30", 3)


def test_a_diagnostic_with_a_token_is_the_persons_and_without_one_nobodys(
    installation: Installation, handlers: Mapping[str, Handler], touch: Touch
) -> None:
    with installation.database.writing() as session:
        scores = {"meetings": [3, 9]}
        hear(
            session,
            handlers,
            record("diagnostic", {"touch": touch.id, "slug": "diagnostic-sync", "facts": {"scores": scores}}),
        )
        hear(session, handlers, record("diagnostic", {"touch": None, "slug": "diagnostic-sync", "facts": {}}))
        result = {"slug": "diagnostic-sync", "language": "fr", "scores": scores, "key": uuid.uuid4().hex}
        hear(session, handlers, record("diagnostic_result", result))
        assert kinds(session) == ["diagnostic_completed"]


def test_who_registers_by_address_is_known_if_we_know_the_address(
    installation: Installation, handlers: Mapping[str, Handler], touch: Touch
) -> None:
    with installation.database.writing() as session:
        address = session.get_one(Prospect, touch.prospect_id).address
        hear(
            session, handlers, record("registration", {"touch": None, "gift": "study", "name": "A", "address": address})
        )
        hear(
            session,
            handlers,
            record("registration", {"touch": None, "gift": "study", "name": "B", "address": "stranger@x.example"}),
        )
        hear(
            session,
            handlers,
            record("registration", {"touch": touch.id, "gift": "charter", "name": "A"}, NOW + 2 * DAY),
        )
        events = session.scalars(select(Event).where(Event.kind == "registered").order_by(Event.at)).all()
        assert [(event.prospect_id, event.gift) for event in events] == [
            (touch.prospect_id, "study"),
            (touch.prospect_id, "charter"),
        ]


def test_every_record_of_the_journal_finds_its_handler(
    installation: Installation, handlers: Mapping[str, Handler], touch: Touch, clock: SetClock
) -> None:
    folder = installation.settings.journal_dir
    journal = Journal(folder)
    for minutes, kind in enumerate(("useful", "send_next")):
        journal.append("gesture", {"touch": touch.id, "kind": kind}, at=clock.now() + timedelta(minutes=minutes))
    journal.append("gesture", {"touch": touch.id, "kind": "nonsense"}, at=clock.now())
    journal.close()
    assert drain(folder, installation.database.writing, handlers) == 3
    assert [file.suffix for file in folder.iterdir()] == [".refused"]
    with installation.database.reading() as session:
        assert kinds(session) == ["useful", "send_next"]

"""Touches that others ask for, and what this room knows of one person."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from prospecting import campaigns
from prospecting.campaigns.models import Touch
from prospecting.db import Database
from prospecting.findings import Refused
from prospecting.prospects.models import Prospect
from prospecting.settings import Settings
from tests.campaigns.stories import NOW, launched

EVENING = NOW + timedelta(hours=10)


def test_an_invitation_waits_for_the_next_window_and_exists_once(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        one = launched(session)[0]
        asked = {
            "lead_id": 1,
            "prospect_id": one.prospect_id,
            "enrolment_id": one.id,
            "round": 1,
            "now": EVENING,
            "settings": settings,
        }
        touch_id = campaigns.add_invitation_touch(session, **asked, content={"personal_line": "Bonjour"})
        assert campaigns.add_invitation_touch(session, **asked) == touch_id
        touch = session.get_one(Touch, touch_id)
        local = touch.due_at.astimezone(ZoneInfo("Europe/Paris"))
        assert (local.date().isoformat(), 8 <= local.hour < 12) == ("2026-12-02", True)
        assert (touch.message, touch.mode, touch.content) == (
            "messages/invitation.md",
            "declared",
            {"personal_line": "Bonjour"},
        )


def test_an_invitation_keeps_the_pace(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        one = launched(session)[0]
        campaigns.plan(session, now=NOW, settings=settings)
        due = session.scalars(select(Touch.due_at)).one()
        asked = campaigns.add_invitation_touch(
            session, lead_id=1, prospect_id=one.prospect_id, enrolment_id=one.id, round=1, now=NOW, settings=settings
        )
        assert session.get_one(Touch, asked).due_at - due >= timedelta(days=2)


def test_nobody_who_is_gone_is_invited(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        one = launched(session)[0]
        session.execute(update(Prospect).values(stopped_at=NOW))
        with pytest.raises(Refused, match="cannot be invited"):
            campaigns.add_invitation_touch(
                session,
                lead_id=1,
                prospect_id=one.prospect_id,
                enrolment_id=one.id,
                round=1,
                now=NOW,
                settings=settings,
            )


def test_a_withdrawn_invitation_never_leaves(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        one = launched(session)[0]
        asked = campaigns.add_invitation_touch(
            session, lead_id=5, prospect_id=one.prospect_id, enrolment_id=one.id, round=1, now=NOW, settings=settings
        )
        assert campaigns.withdraw(session, 5, now=NOW) == 1
        assert campaigns.withdraw(session, 5, now=NOW) == 0
        session.expire_all()
        assert (session.get_one(Touch, asked).state, session.get_one(Touch, asked).withdrawn) == ("cancelled", True)


def test_an_answer_is_due_at_once_at_any_hour(database: Database) -> None:
    with database.writing() as session:
        one = launched(session)[0]
        asked = campaigns.add_service_touch(
            session,
            prospect_id=one.prospect_id,
            mailbox_id=one.mailbox_id,
            content={"subject": "Re", "text": "Oui"},
            now=EVENING,
            campaign_id=one.campaign_id,
        )
        touch = session.get_one(Touch, asked)
        assert (touch.due_at, touch.kind, touch.mode) == (EVENING, "service", "declared")


def test_what_is_known_of_a_person_is_handed_out_and_forgotten(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        one = launched(session)[0]
        campaigns.plan(session, now=NOW, settings=settings)
        campaigns.add_service_touch(
            session, prospect_id=one.prospect_id, mailbox_id=one.mailbox_id, content={"text": "marker"}, now=NOW
        )
        known = campaigns.export_person(session, one.prospect_id)
        assert [touch["gift"] for touch in known["touches"] if touch["kind"] == "gift"] == ["guide-async"]
        assert known["campaigns"][0]["campaign"] == "async-hr"
        campaigns.erase_person(session, one.prospect_id, now=NOW)
        session.expire_all()
        after = campaigns.export_person(session, one.prospect_id)
        assert "marker" not in str(after)
        assert {touch["state"] for touch in after["touches"]} == {"cancelled"}

"""An invitation always offers ways without a meeting, and what is chosen is heard."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from prospecting.campaigns.models import Touch
from prospecting.engagement import Mode
from prospecting.leads.models import Invitation, Lead, Meeting
from tests.conftest import TUESDAY
from tests.web.public.conftest import Site, events


@pytest.fixture
def invited(site: Site) -> str:
    """The path of an invitation of the French person."""
    with site.installation.database.writing() as session:
        given = session.get_one(Touch, site.french.touch)
        lead = Lead(campaign_id=given.campaign_id or 0, owner="claire", surfaced_at=TUESDAY)
        session.add(lead)
        session.flush()
        touch = Touch(
            kind="invitation", state="sent", prospect_id=site.french.prospect_id, mailbox_id=given.mailbox_id,
            campaign_id=given.campaign_id, version_id=given.version_id, enrolment_id=given.enrolment_id, lead_id=lead.id,
            round=1, mode=Mode.DECLARED, due_at=TUESDAY, window_ends_at=TUESDAY + timedelta(hours=1), created_at=TUESDAY,
        )  # fmt: skip
        session.add(touch)
        session.flush()
        session.add(
            Invitation(
                lead_id=lead.id,
                prospect_id=site.french.prospect_id,
                touch_id=touch.id,
                choices=["question", "proposal", "meeting"],
                sent_by="claire",
                created_at=TUESDAY,
            )
        )
        return site.path(site.links.invitation(touch.id))


def test_it_offers_what_was_promised_and_speaks_of_what_was_given(site: Site, invited: str) -> None:
    page = site.client.get(invited).text
    assert "Une réponse par écrit" in page
    assert "Une proposition écrite" in page
    assert "démonstration enregistrée" not in page
    assert "Travailler sans s’interrompre" in page
    assert page.count('name="slot"') == 16
    for observed in ("ouvert", "cliqué", "visité"):
        assert observed not in page.lower()


def test_a_question_and_a_proposal_are_hands_raised(site: Site, invited: str) -> None:
    assert site.client.post(invited, data={"choice": "question", "words": "Combien de temps ?"}).status_code == 200
    assert site.client.post(invited, data={"choice": "proposal"}).status_code == 200
    heard = sorted((event.kind, event.words) for event in events(site, site.french) if event.kind)
    assert [kind for kind, _ in heard] == ["proposal_asked", "question"]


def test_a_meeting_is_booked_at_the_hour_chosen(site: Site, invited: str) -> None:
    page = site.client.get(invited).text
    slot = page.split('name="slot" value="')[1].split('"')[0]
    assert site.client.post(invited, data={"choice": "meeting", "slot": slot}).status_code == 200
    assert [event.kind for event in events(site, site.french)] == ["booked"]
    with site.installation.database.reading() as session:
        assert session.scalars(select(Meeting.starts_at)).one().isoformat() == slot


def test_what_is_not_offered_or_not_whole_is_refused(site: Site, invited: str) -> None:
    assert site.client.post(invited, data={"choice": "lunch"}).status_code == 404
    assert site.client.post(invited, data={"choice": "question"}).status_code == 422
    assert site.client.post(invited, data={"choice": "meeting", "slot": "tomorrow"}).status_code == 422
    assert site.client.get(site.path(site.links.invitation(site.french.touch))).status_code == 404

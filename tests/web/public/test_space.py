"""The person's own space, and the part of it that opens by a mailed link only."""

import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from prospecting.campaigns.models import Touch
from prospecting.engagement import EventKind, new_one_time_link
from prospecting.engagement.models import OneTimeLink
from prospecting.prospects import is_suppressed
from prospecting.prospects.models import Consent, Prospect
from tests.conftest import TUESDAY
from tests.web.public.conftest import Site, database_away, events, rows


def space(site: Site) -> str:
    return site.path(site.links.space(site.french.touch))


def private(site: Site) -> str:
    with site.installation.database.writing() as session:
        token = new_one_time_link(session, f"prospect:{site.french.prospect_id}", now=TUESDAY, lives=timedelta(hours=1))
    return site.path(site.links.private(token))


def next_form(site: Site, page: str) -> str:
    """Where the page's forms lead: the next one-time link."""
    return urlsplit(page.split('action="')[1].split('"')[0]).path


def test_the_space_lists_what_was_given_and_offers_pace_stop_and_a_question(site: Site) -> None:
    page = site.client.get(space(site)).text
    for words in (
        "Vous avez reçu un cadeau",
        "Travailler sans s’interrompre",
        "1er décembre 2026",
        "Votre rythme",
        "Tout arrêter",
    ):
        assert words in page
    assert site.french.address not in page


def test_a_pace_is_kept(site: Site) -> None:
    assert site.client.post(space(site), data={"do": "pace", "days": "30"}).status_code == 200
    site.drain()
    with site.installation.database.reading() as session:
        assert session.get_one(Prospect, site.french.prospect_id).wish_days_between == 30


@pytest.mark.parametrize("days", ["0", "-1", "31", "", "9999999", "٣٠", "1e1"])
def test_a_pace_that_is_not_offered_is_refused(site: Site, days: str) -> None:
    assert site.client.post(space(site), data={"do": "pace", "days": days}).status_code == 404
    assert site.drain() == 0


def test_a_question_from_the_space_is_heard(site: Site) -> None:
    assert site.client.post(space(site), data={"do": "question", "words": "Et chez nous ?"}).status_code == 200
    assert [(event.kind, event.words) for event in events(site, site.french)] == [("question", "Et chez nous ?")]


def test_the_stop_of_the_space_works_while_the_database_is_away(site: Site) -> None:
    page = site.client.get(space(site)).text
    path = site.path(site.links.objection(site.french.address_hash))
    assert path in page
    with database_away(site):
        assert site.client.get(space(site)).status_code == 503
        assert site.client.post(path).status_code == 503
    assert [event.kind for event in events(site, site.french)] == ["objected"]


def test_what_is_known_is_mailed_once_and_not_shown_to_whoever_holds_the_page(site: Site) -> None:
    for _ in range(2):
        answer = site.client.post(space(site), data={"do": "private"})
        assert answer.status_code == 200
        assert site.french.address not in answer.text
    with site.installation.database.reading() as session:
        services = session.scalars(select(Touch).where(Touch.kind == "service")).all()
        links = session.scalars(select(OneTimeLink)).all()
        assert len(services) == len(links) == 1
        assert services[0].prospect_id == site.french.prospect_id
        assert "/p/private/" in (services[0].content or {})["text"]


def test_a_scanner_that_opens_the_mailed_link_does_not_use_it_up(site: Site) -> None:
    path = private(site)
    for _ in range(3):
        assert site.client.get(path).status_code == 200
    page = site.client.post(path)
    assert site.french.address in page.text
    assert "CNIL" in page.text
    assert site.client.post(path).status_code == 404


def test_consent_is_recorded_with_its_wording_and_as_easily_withdrawn(site: Site) -> None:
    page = site.client.post(private(site), data={"do": "yes"})
    again = site.client.post(next_form(site, page.text), data={"do": "no"})
    assert again.status_code == 200
    with site.installation.database.reading() as session:
        said = session.scalars(select(Consent).order_by(Consent.id)).all()
        assert [consent.given for consent in said] == [True, False]
        assert "Acceptez-vous que nous notions vos visites" in said[0].wording
        assert session.get_one(Prospect, site.french.prospect_id).tracking_wish is False
    assert sorted(event.kind for event in events(site, site.french)) == ["consented", "withdrew"]


def test_a_person_takes_their_data_away(site: Site) -> None:
    site.client.post(space(site), data={"do": "question", "words": "Marker question"})
    site.drain()
    archive = site.client.post(private(site), data={"do": "export"})
    assert archive.headers["content-disposition"].startswith("attachment")
    assert "Marker question" in archive.text
    assert site.french.address in archive.text
    assert "prospects" in json.loads(archive.text)


def test_an_expired_or_forged_link_opens_nothing(site: Site) -> None:
    assert site.client.post("/p/private/forged").status_code == 404
    with site.installation.database.writing() as session:
        late = new_one_time_link(session, "prospect:1", now=TUESDAY - timedelta(days=2), lives=timedelta(days=1))
        team = new_one_time_link(session, "team", now=TUESDAY, lives=timedelta(days=1))
    for token in (late, team):
        assert site.client.post(site.path(site.links.private(token))).status_code == 404


def test_erasure_leaves_nothing_but_the_unreadable_fingerprint(site: Site) -> None:
    site.client.post(space(site), data={"do": "question", "words": "Marker question"})
    site.drain()
    answer = site.client.post(private(site), data={"do": "erase"}, headers={"accept-language": "fr"})
    assert "Tout est effacé" in answer.text
    kept = str(rows(site))
    for planted in ("zoe-marker", "Zoe-Marker", "Marker question"):
        assert planted not in kept
    with site.installation.database.reading() as session:
        assert is_suppressed(session, site.french.address_hash)
    for path in (space(site), site.path(site.links.gesture(site.french.touch, EventKind.USEFUL))):
        assert site.client.get(path).status_code == 404
    site.client.post(site.path(site.links.gesture(site.french.touch, EventKind.USEFUL)))
    assert events(site, site.french) == []

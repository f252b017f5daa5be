"""The way out: one press, in force when it is answered, and never by following a link."""

from sqlalchemy import select

from prospecting.journal import pending
from prospecting.prospects import is_suppressed
from prospecting.prospects.models import Audit, Prospect
from tests.web.public.conftest import Site, database_away, events


def suppressed(site: Site) -> bool:
    with site.installation.database.reading() as session:
        return is_suppressed(session, site.french.address_hash)


def path(site: Site) -> str:
    return site.path(site.links.objection(site.french.address_hash))


def test_following_the_link_changes_nothing(site: Site) -> None:
    page = site.client.get(path(site), headers={"accept-language": "fr"})
    assert page.text.count("<button") == 1
    site.client.head(path(site))
    assert not suppressed(site)
    assert events(site, site.french) == []


def test_the_button_is_in_force_when_it_is_answered(site: Site) -> None:
    answer = site.client.post(path(site), headers={"accept-language": "fr"})
    assert answer.status_code == 200
    assert "Nous ne vous écrirons plus" in answer.text
    assert suppressed(site)
    with site.installation.database.reading() as session:
        assert session.get_one(Prospect, site.french.prospect_id).stopped_at is not None
        assert session.scalar(select(Audit.action)) == "objected"
    assert [event.kind for event in events(site, site.french)] == ["objected"]


def test_one_click_of_a_mail_program_is_enough_in_either_form(site: Site) -> None:
    """RFC 8058 §3.1: a POST of List-Unsubscribe=One-Click, without cookies; answered without a redirect."""
    answer = site.client.post(path(site), data={"List-Unsubscribe": "One-Click"}, headers={"cookie": ""})
    assert answer.status_code == 200
    assert suppressed(site)
    again = site.client.post(path(site), files={"List-Unsubscribe": (None, "One-Click")})
    assert again.status_code == 200


def test_with_the_database_away_it_is_kept_and_never_said_to_be_done(site: Site) -> None:
    with database_away(site):
        answer = site.client.post(path(site), headers={"accept-language": "fr"})
        assert answer.status_code == 503
        assert "pas encore en vigueur" in answer.text
        assert "Nous ne vous écrirons plus" not in answer.text
        assert pending(site.journal.folder) == 1
    assert not suppressed(site)
    site.drain()
    assert suppressed(site)


def test_it_outlives_the_persons_data(site: Site) -> None:
    unknown = site.installation.signer.hash_address("gone@example.org")
    assert site.client.post(site.path(site.links.objection(unknown))).status_code == 200
    with site.installation.database.reading() as session:
        assert is_suppressed(session, unknown)


def test_a_forged_objection_stops_nobody(site: Site) -> None:
    token = path(site).split("/")[-1]
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert site.client.post(f"/u/{forged}").status_code == 404
    assert not suppressed(site)

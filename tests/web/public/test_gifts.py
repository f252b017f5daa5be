"""A gift's page: for everybody the same, open without a database, and silent about who read it."""

from datetime import date

import httpx
import pytest

from prospecting.engagement import GESTURES, Mode, visits
from prospecting.tokens import Purpose
from prospecting.web.draining import put_counts
from prospecting.web.public.shelf import Shelf
from tests.web.public.conftest import Site, database_away, events

FRENCH = {"accept-language": "fr-FR,fr;q=0.9,en;q=0.3"}


def test_a_gift_opens_in_the_readers_language(site: Site) -> None:
    french = site.client.get("/g/guide", headers=FRENCH)
    english = site.client.get("/g/guide", headers={"accept-language": "de, en;q=0.5"})
    assert (french.status_code, english.status_code) == (200, 200)
    assert "Rendre une heure" in french.text
    assert "An hour a day" in english.text
    assert "Rendre une heure" in site.client.get("/g/guide?lang=fr", headers={"accept-language": "en"}).text


def test_the_page_says_who_gives_what_it_costs_and_how_to_answer_without_script(site: Site) -> None:
    page = site.client.get("/g/guide", headers=FRENCH).text
    for words in (
        "Claire Leroy",
        "Atelier",
        "9 minutes",
        "3 novembre 2026",
        "Nous ne gardons pas trace de votre visite",
    ):
        assert words in page
    assert "les liens de votre message" in page
    assert len(page) < 60_000


def test_no_public_page_sets_a_cookie_loads_anything_foreign_or_tells_its_address(site: Site) -> None:
    for path in every_address(site):
        page = site.client.get(path)
        assert page.status_code == 200, path
        assert "set-cookie" not in page.headers
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert 'src="http' not in page.text
        assert "style=" not in page.text
        assert "htmx" not in page.text
        if "<script" in page.text:
            nonce = policy.split("'nonce-")[1].split("'")[0]
            assert page.text.count("<script") == page.text.count(f'nonce="{nonce}"') == 1


def every_address(site: Site) -> list[str]:
    links, met = site.links, site.french
    return [
        "/g/guide", "/g/check", "/g/class", "/d/calm", "/d/calm/01", "/e/class",
        *(site.path(links.gesture(met.touch, kind)) for kind in GESTURES),
        site.path(links.space(met.touch)), site.path(links.objection(met.address_hash)), "/p/private/anything",
    ]  # fmt: skip


def test_a_gift_that_is_not_there_is_said_so(site: Site) -> None:
    page = site.client.get("/g/nothing", headers=FRENCH)
    assert page.status_code == 404
    assert "Ce cadeau" in page.text
    assert site.client.get("/nowhere/at/all").status_code == 404


def test_a_slash_too_many_is_no_redirect_because_a_redirect_would_carry_the_fragment(site: Site) -> None:
    assert site.client.get("/g/guide/").status_code == 404


def test_visits_of_everybody_are_counted_by_week_and_nothing_else(site: Site) -> None:
    for _ in range(3):
        site.client.get("/g/guide")
    site.client.head("/g/guide")
    site.client.get("/g/nothing")
    put_counts(site.front)
    put_counts(site.front)
    with site.installation.database.reading() as session:
        assert visits(session, "guide") == {date(2026, 11, 30): 3}
        assert visits(session, "nothing") == {}


def test_a_personal_address_records_the_visit_where_the_mode_allows_it(site: Site) -> None:
    path = site.path(site.links.gift("guide", site.american.touch, Mode.FULL))
    page = site.client.get(path, headers={"user-agent": "Mozilla/5.0 (test)"})
    assert "This page is yours alone" in page.text or "personnelle" in page.text
    [visit] = events(site, site.american)
    assert (visit.kind, visit.gift, visit.touch_id) == ("visited", "guide", site.american.touch)
    assert visit.facts["agent"] == "Mozilla/5.0 (test)"
    assert visit.facts["method"] == "GET"
    assert len(visit.facts["network"]) == 12
    assert "127.0.0.1" not in str(visit.facts)


def test_head_is_noted_as_head_because_people_do_not_send_it(site: Site) -> None:
    site.client.head(site.path(site.links.gift("guide", site.american.touch, Mode.FULL)))
    assert [event.facts["method"] for event in events(site, site.american)] == ["HEAD"]


def test_a_personal_address_of_somebody_who_may_not_be_observed_records_nothing(site: Site) -> None:
    """A link made before the person's no, or wrongly: the drain asks again."""
    assert site.client.get(site.path(site.links.gift("guide", site.french.touch, Mode.FULL))).status_code == 200
    assert events(site, site.french) == []


def test_reading_is_told_by_the_page_with_its_share(site: Site) -> None:
    path = site.path(site.links.gift("guide", site.american.touch, Mode.FULL))
    assert site.client.post(f"{path}/read", data={"share": "0.8"}).status_code == 204
    assert site.client.post(f"{path}/read", data={"share": "7"}).status_code == 204
    assert site.client.post(f"{path}/read", data={"share": "nan"}).status_code == 204
    assert site.client.post(f"{path}/read", data={"share": "x"}).status_code == 400
    assert [(event.kind, event.facts["share"]) for event in events(site, site.american)] == [("read", 0.8)]


def test_networks_are_told_apart_only_by_a_keyed_hash_and_only_behind_our_own_proxy(site: Site) -> None:
    path = site.path(site.links.gift("guide", site.american.touch, Mode.FULL))
    same = ["203.0.113.7", "203.0.113.99", "198.51.100.1, 203.0.113.8"]
    for address in [*same, "198.51.100.1", "2001:db8::1", "rubbish"]:
        site.client.get(path, headers={"x-forwarded-for": address, "user-agent": address})
    networks = {event.facts["agent"]: event.facts["network"] for event in events(site, site.american)}
    assert len({networks[address] for address in same}) == 1
    assert len(set(networks.values())) == 4


def test_an_agent_of_64_kb_is_cut(site: Site) -> None:
    path = site.path(site.links.gift("guide", site.american.touch, Mode.FULL))
    try:
        site.client.get(path, headers={"user-agent": "<script>" * 8000})
    except httpx.RemoteProtocolError:
        pytest.skip("the server itself refuses such a header")
    assert all(len(event.facts["agent"]) <= 300 for event in events(site, site.american))


def test_a_flood_on_one_link_is_served_and_noted_no_more(site: Site) -> None:
    path = site.path(site.links.gift("guide", site.american.touch, Mode.FULL))
    assert {site.client.get(path).status_code for _ in range(60)} == {200}
    assert len(events(site, site.american)) == 30


def test_a_tracked_link_leads_where_the_database_says(site: Site) -> None:
    answer = site.client.get(site.path(site.links.tracked(site.american.touch, 0)))
    assert answer.status_code == 302
    assert answer.headers["location"] == site.links.bare("guide")
    assert site.client.get(site.path(site.links.tracked(site.american.touch, 1))).status_code == 404
    assert [event.kind for event in events(site, site.american)] == ["visited"]


def test_gifts_open_while_the_database_is_away_even_in_a_new_process(site: Site) -> None:
    with database_away(site):
        assert site.client.get("/g/guide").status_code == 200
        assert site.client.get(site.path(site.links.gift("guide", site.american.touch, Mode.FULL))).status_code == 200
        assert site.client.get("/d/calm").status_code == 200
        shown = Shelf(site.journal.folder).gift("guide", "fr")
    assert shown is not None
    assert shown.text.title == "Travailler sans s’interrompre"


def test_a_token_of_another_purpose_opens_nothing(site: Site) -> None:
    signer, touch = site.installation.signer, site.american.touch
    for purpose in set(Purpose) - {Purpose.VISIT}:
        assert site.client.get(f"/g/guide/{signer.touch(purpose, touch)}").status_code == 404


def test_health_speaks_of_the_process_and_readiness_of_the_database(site: Site) -> None:
    assert site.client.get("/healthz").text == "ok\n"
    assert site.client.get("/readyz").status_code == 200
    with database_away(site):
        assert site.client.get("/healthz").status_code == 200
        assert site.client.get("/readyz").status_code == 503


def test_metrics_name_routes_and_never_paths(site: Site) -> None:
    site.client.get("/g/guide")
    site.client.get(site.path(site.links.space(site.french.touch)))
    text = site.client.get("/metrics").text
    assert 'route="g GET"' in text
    assert "guide" not in text
    assert site.path(site.links.space(site.french.touch)).split("/")[-1] not in text

"""The pages in a real browser: what their one script does and does not do, and that everybody can use them."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request

from prospecting.engagement import EventKind, Mode, new_one_time_link
from tests.conftest import TUESDAY
from tests.web.public.conftest import Site, events


def opened(chromium: Browser, site: Site, path: str, **given: object) -> tuple[Page, list[Request]]:
    """A fresh reader's page, and every request it made."""
    context = chromium.new_context(**({"locale": "fr-FR", "base_url": str(site.client.base_url)} | given))  # type: ignore[arg-type]
    page = context.new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.goto(path, wait_until="networkidle")
    return page, asked


def declared(site: Site) -> tuple[str, str]:
    link = site.links.gift("guide", site.french.touch, Mode.DECLARED)
    return site.path(link), link.split("#")[1]


def test_the_fragments_token_leaves_the_address_bar_and_goes_only_into_a_post(site: Site, chromium: Browser) -> None:
    path, token = declared(site)
    page, asked = opened(chromium, site, f"{path}#{token}")
    assert "#" not in page.url
    page.get_by_role("button", name="Utile").click()
    page.get_by_text("Claire saura que cela vous a servi").wait_for()
    assert [request.method for request in asked if token in (request.post_data or "")] == ["POST"]
    assert not [request.url for request in asked if token in request.url]
    assert not [request for request in asked if token in str(request.all_headers())]
    assert page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]
    assert {request.url.split("/")[2] for request in asked} == {str(site.client.base_url.netloc, "ascii")}
    assert [event.kind for event in events(site, site.french)] == ["useful"]


def test_pressing_is_answered_where_the_reader_stands(site: Site, chromium: Browser) -> None:
    path, token = declared(site)
    page, _ = opened(chromium, site, f"{path}#{token}")
    page.get_by_role("button", name="Faire suivre").click()
    page.locator("[data-address] code").wait_for(state="visible")
    assert page.locator("[data-address] code").inner_text() == site.links.bare("guide")
    page.get_by_text("Poser une question à Claire").click()
    page.get_by_label("Votre question").fill("Et les urgences ?")
    page.get_by_role("button", name="Envoyer ma question").click()
    page.get_by_text("la lira à ses heures").wait_for()
    heard = sorted((event.kind, event.words) for event in events(site, site.french))
    assert heard == [("forwarded", None), ("question", "Et les urgences ?")]


def test_without_script_the_gift_is_there_and_answers_go_by_the_mail(site: Site, chromium: Browser) -> None:
    path, token = declared(site)
    page, asked = opened(chromium, site, f"{path}#{token}", java_script_enabled=False)
    assert page.get_by_role("heading", level=1).inner_text() == "Travailler sans s’interrompre"
    assert page.get_by_text("passez par les liens de votre message").is_visible()
    assert page.get_by_role("button").count() == 0
    assert {request.method for request in asked} == {"GET"}


def test_a_script_that_only_runs_tells_nothing(site: Site, chromium: Browser) -> None:
    """Scanners run scripts; a page that nobody moved in sends nothing, personal or not."""
    path, token = declared(site)
    personal = site.path(site.links.gift("guide", site.american.touch, Mode.FULL))
    for address in (f"{path}#{token}", personal):
        page, asked = opened(chromium, site, address)
        page.evaluate("window.scrollTo(0, 5000)")
        page.goto("about:blank")
        assert {request.method for request in asked} == {"GET"}
    assert events(site, site.french) == []
    assert [event.kind for event in events(site, site.american)] == ["visited"]


def test_reading_a_personal_page_is_told_once_its_reader_moved_and_left(site: Site, chromium: Browser) -> None:
    page, _ = opened(chromium, site, site.path(site.links.gift("guide", site.american.touch, Mode.FULL)))
    page.mouse.move(100, 100)
    page.mouse.move(200, 300)
    page.goto("about:blank")
    page.wait_for_timeout(500)  # a beacon is sent by the browser after the page is gone
    told = [event for event in events(site, site.american) if event.kind == "read"]
    assert [0 < event.facts["share"] <= 1 for event in told] == [True]


def test_reading_a_declared_page_is_told_to_nobody(site: Site, chromium: Browser) -> None:
    path, token = declared(site)
    page, asked = opened(chromium, site, f"{path}#{token}")
    page.mouse.move(100, 100)
    page.mouse.wheel(0, 2000)
    page.goto("about:blank")
    page.wait_for_timeout(200)
    assert {request.method for request in asked} == {"GET"}
    assert events(site, site.french) == []


def test_a_diagnostics_answers_stay_in_the_page_until_the_report_is_asked_for(site: Site, chromium: Browser) -> None:
    _, token = declared(site)
    page, asked = opened(chromium, site, f"/d/calm#{token}")
    page.get_by_label("By tomorrow").check()
    page.get_by_label("In heads").check()
    assert {request.method for request in asked} == {"GET"}
    page.get_by_role("button", name="Show my report").click()
    page.get_by_role("heading", name="People are the archive").or_(
        page.get_by_role("heading", name="In heads", level=1)
    ).first.wait_for()
    assert [event.kind for event in events(site, site.french)] == ["diagnostic_completed"]
    assert token not in page.content()


def test_one_gesture_by_keyboard_alone(site: Site, chromium: Browser) -> None:
    page, _ = opened(
        chromium, site, site.path(site.links.gesture(site.french.touch, EventKind.SEND_NEXT)), java_script_enabled=False
    )
    for _ in range(2):  # past the link that skips to the content
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="La suite viendra").wait_for()
    assert [event.kind for event in events(site, site.french)] == ["send_next"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits_320_pixels(site: Site, chromium: Browser, scheme: str) -> None:
    with site.installation.database.writing() as session:
        once = new_one_time_link(session, f"prospect:{site.french.prospect_id}", now=TUESDAY, lives=timedelta(hours=1))
    path, token = declared(site)
    links, met = site.links, site.french
    paths = [f"{path}#{token}", "/g/nothing", "/d/calm", "/d/calm/10", "/e/class", site.path(links.private(once))]
    paths += [
        site.path(links.gesture(met.touch, EventKind.QUESTION)),
        site.path(links.space(met.touch)),
        site.path(links.objection(met.address_hash)),
    ]
    paths.append(site.path(links.gift("guide", site.american.touch, Mode.FULL)))
    for address in paths:
        page, _ = opened(chromium, site, address, viewport={"width": 320, "height": 640}, color_scheme=scheme)
        if "/p/private/" in address:
            page.get_by_role("button").click()
            page.get_by_role("heading", name="Emporter vos données").wait_for()
        found = Axe().run(page).response
        assert found["passes"], address
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
        page.context.close()

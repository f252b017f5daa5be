"""The main pages for everybody: by keyboard alone, with what helps to read, on a phone, and light to fetch."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from prospecting import leads
from prospecting.cli.serve import team_link
from prospecting.leads.models import LeadPerson
from tests.browser.conftest import Stage, someone

MOST_BYTES = 60_000
"""A page of ours with all it fetches: page, style and script, uncompressed."""


def test_the_warm_lead_page_is_worked_by_keyboard_alone(stage: Stage, chromium: Browser) -> None:
    stage.press("rose", "useful")
    stage.settle()
    context = someone(chromium, stage)
    page = context.new_page()
    page.goto(team_link(stage.installation))
    _tab_to(page, "Sign in")
    page.keyboard.press("Enter")
    page.wait_for_url("**/app")
    _tab_to(page, "Rose Roux")
    assert _outlined(page), "whoever goes by keyboard sees where they are"
    _tab_to(page, "Read the invitation over")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Rose")
    page.go_back()
    page.keyboard.press("j")
    expect(page.locator("[data-item]:focus")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.locator("[data-item]").filter(has_text="Rose Roux").focus()
    page.keyboard.press("i")
    page.wait_for_url("**/invite/*")
    _tab_to(page, "Send", starts=True)
    page.keyboard.press("Enter")
    page.wait_for_url("**/app?done=invited")
    expect(page.get_by_role("status")).to_be_visible()
    context.close()


@pytest.fixture(scope="module")
def invited(stage: Stage) -> Stage:
    """Lucie has become warm by a second press, was invited, and the invitation has left."""
    stage.press("lucie", "useful")
    stage.settle()
    settings, now = stage.installation.settings, stage.clock.now()
    with stage.installation.database.writing() as session:
        lead = session.scalars(
            select(LeadPerson.lead_id).where(LeadPerson.prospect_id == stage.prospect("lucie"))
        ).one()
        leads.invite(session, lead, stage.prospect("lucie"), by="claire", now=now, settings=settings)
    stage.live_until(now + timedelta(days=10))
    assert stage.letter("lucie").kind == "invitation"
    return stage


@pytest.mark.parametrize("room", ["g", "a", "p", "u", "m"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_prospects_pages_are_for_everybody(invited: Stage, chromium: Browser, room: str, scheme: str) -> None:
    context = someone(chromium, invited, viewport={"width": 320, "height": 640}, color_scheme=scheme)
    page = context.new_page()
    link = invited.letter("lucie" if room == "m" else "paul").first(room)
    assert link is not None
    weighed = _weigh(page)
    page.goto(link.address, wait_until="networkidle")
    _for_everybody(page, weighed)
    context.close()


@pytest.mark.parametrize("path", ["/app", "/app/campaigns", "/app/campaigns/first", "/app/mails", "/app/gifts", "/app/people", "/app/digest"])  # fmt: skip
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_teams_pages_are_for_everybody(invited: Stage, member: Page, path: str, scheme: str) -> None:
    member.set_viewport_size({"width": 320, "height": 640})
    member.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    weighed = _weigh(member)
    member.goto(path, wait_until="networkidle")
    _for_everybody(member, weighed)


def _for_everybody(page: Page, weighed: list[int]) -> None:
    found = Axe().run(page).response
    assert found["passes"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, "nothing is cut at the side"
    assert weighed
    assert sum(weighed) < MOST_BYTES


def _weigh(page: Page) -> list[int]:
    """Bytes of every answer from now on, as they grow."""
    weighed: list[int] = []
    page.on("requestfinished", lambda request: weighed.append(len(request.response().body())))  # type: ignore[union-attr]
    return weighed


def _tab_to(page: Page, name: str, *, starts: bool = False) -> None:
    """Go on with the tab key until what is named so has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        words = str(page.evaluate("document.activeElement.innerText ?? ''")).strip()
        if words == name or (starts and words.startswith(name)):
            return
    pytest.fail(f"the tab key never comes to {name!r}")


def _outlined(page: Page) -> bool:
    return bool(page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none'"))

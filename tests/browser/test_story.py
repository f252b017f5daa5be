"""From the caught mail to the warm-lead page, as a visitor of the demo walks: once in `declared`, once in `full`."""

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from prospecting.warmth.models import Warmth
from tests.browser.conftest import Stage, someone


@pytest.mark.parametrize(
    ("who", "name", "observed"), [("jeanne", "Jeanne Morel", set()), ("amy", "Amy Ames", {"visited", "read"})]
)
def test_from_the_mail_page_to_the_gift_to_the_warm_lead(
    stage: Stage, member: Page, who: str, name: str, observed: set[str]
) -> None:
    member.goto("/app")
    expect(member.get_by_text(name)).to_have_count(0)
    stage.flagged.add(stage.letters(who)[-1].number)

    member.get_by_role("navigation").get_by_role("link", name="Mails").click()
    member.locator(".flagged").get_by_role("listitem").filter(has_text=name).get_by_role("link").click()
    letter = member.frame_locator("iframe.paper")
    with member.context.expect_page() as opened:
        letter.get_by_role("link", name="Open “What an interruption costs”").or_(
            letter.get_by_role("link", name="What an interruption costs", exact=True)
        ).first.click()
    gift = opened.value
    expect(gift.get_by_role("heading", level=1)).to_have_text("What an interruption costs")
    assert "#" not in gift.url
    gift.get_by_role("button", name="Useful", exact=True).click()
    expect(gift.get_by_role("status")).to_contain_text("Claire")
    gift.close()

    stage.settle()
    member.goto("/app")
    lead = member.get_by_role("article").filter(has_text=name)
    expect(lead.locator(".reasons")).to_contain_text("“What an interruption costs”: said it was useful")
    expect(lead.locator(".reasons")).to_contain_text("“Meeting less”: asked for the next one")
    expect(lead.get_by_role("link", name="Read the invitation over")).to_be_visible()
    assert set(stage.events(who)) - observed == {"send_next", "useful"}
    assert ("visited" in stage.events(who)) == bool(observed)


def test_a_gesture_of_the_mail_works_without_javascript(stage: Stage, chromium: Browser) -> None:
    context = someone(chromium, stage, java_script_enabled=False)
    page = context.new_page()
    page.goto(stage.letter("paul").pressable["useful"].address)
    page.get_by_role("button", name="Yes, it was useful").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    context.close()
    stage.settle()
    assert stage.events("paul") == ["useful"]


def test_a_machine_that_opens_and_runs_everything_warms_nobody(stage: Stage, chromium: Browser) -> None:
    """A scanner with a real browser's engine: all links, with scripts, and not one POST."""
    context = someone(chromium, stage, user_agent="Mozilla/5.0 (compatible; LinkScanner/1.0; bot)")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    for link in stage.letter("noah").links:
        page.goto(link.address, wait_until="networkidle")
    context.close()
    stage.settle()
    assert set(asked) == {"GET"}
    assert set(stage.events("noah")) <= {"visited"}
    with stage.installation.database.reading() as session:
        warmed = session.scalars(select(Warmth.level).where(Warmth.prospect_id == stage.prospect("noah"))).all()
    assert not [level for level in warmed if level is not None]

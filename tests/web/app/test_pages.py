"""Campaigns, gifts, people, mails and the digest: what they say, and what may be pressed there."""

from email.message import EmailMessage

import pytest
from sqlalchemy import select

from prospecting.campaigns.models import Campaign, CampaignState, Enrolment, Touch
from prospecting.engagement import count_visit
from prospecting.prospects.models import Prospect
from prospecting.web.app.desk import HEADERS
from tests.web.app.conftest import Team

PAGES = ("/app", "/app/campaigns", "/app/campaigns/async-hr", "/app/gifts", "/app/people?q=Bel", "/app/people/1",
         "/app/leads/1", "/app/mails", "/app/digest")  # fmt: skip


def mail(sink: object, to: str, subject: str, *, html: str = "", touch: str = "") -> int:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Claire <claire@us.example>", f"Anne <{to}>", subject
    message["Date"] = "Thu, 10 Dec 2026 09:00:00 +0000"
    if touch:
        message["Message-ID"] = touch
    message.set_content("Bonjour en texte")
    if html:
        message.add_alternative(html, subtype="html")
    sink.take("claire@us.example", [to], message.as_bytes())  # type: ignore[attr-defined]
    return int(sink.messages()[-1].number)  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_is_small_in_its_language_and_lets_nothing_foreign_in(story: Team, language: str) -> None:
    for path in PAGES:
        answer = story.client.get(path, params={"lang": language} if "?" not in path else None)
        assert answer.status_code == 200, path
        assert len(answer.content) < 60_000, path
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers.items() >= {key.lower(): value for key, value in HEADERS.items()}.items()


def test_empty_pages_teach(team: Team) -> None:
    assert "prospecting campaign lint" in team.get("/app/campaigns").text
    assert "gifts/" in team.get("/app/gifts").text
    assert "Letters appear here" in team.get("/app/mails").text
    assert "team.yaml" in team.get("/app/digest").text
    assert "Two letters are enough" in team.get("/app/people").text


def test_a_campaign_is_paused_with_a_reason_and_goes_on(story: Team) -> None:
    page = story.get("/app/campaigns/async-hr")
    paused = story.press(page, "/pause", why="The holidays")
    assert "The holidays" in paused.text
    with story.installation.database.reading() as session:
        assert session.scalars(select(Campaign.state)).one() == CampaignState.PAUSED
    assert "It goes on." in story.press(paused, "/resume").text
    with story.installation.database.reading() as session:
        assert session.scalars(select(Campaign.state)).one() == CampaignState.RUNNING


def test_those_behind_the_first_ones_begin_when_somebody_says_so(story: Team) -> None:
    def hold(session: object) -> None:
        enrolment = session.scalars(select(Enrolment).order_by(Enrolment.id.desc())).first()  # type: ignore[attr-defined]
        enrolment.held = "first_ones"

    story.write(hold)
    page = story.get("/app/campaigns/async-hr")
    assert "One person waits behind the first ones" in page.text
    assert "The others begin." in story.press(page, "/confirm").text


def test_visits_of_a_gift_are_shown_from_twenty_people_on(story: Team) -> None:
    def visit(session: object) -> None:
        for _ in range(7):
            count_visit(session, "guide-async", story.clock.now().date())  # type: ignore[arg-type]

    story.write(visit)
    page = story.get("/app/gifts")
    assert "too few to show" in page.text
    assert "7 visits" not in page.text


def test_a_person_is_found_and_their_page_says_what_happened_and_what_we_think_of_it(story: Team) -> None:
    page = story.get("/app/people?q=nadia")
    link = next(str(a["href"]) for a in page.find_all("a", href=True) if "Nadia" in a.text)
    person = story.get(link)
    assert "a machine, not counted" in person.text
    assert "Only what they press or write" in person.text
    assert story.get("/app/people?q=%25").select("ul.rows") == []


def test_stopping_a_person_cancels_what_is_planned_and_says_so(story: Team) -> None:
    with story.installation.database.reading() as session:
        person = session.scalars(select(Prospect.id).where(Prospect.first_name == "Anne")).one()
    stopped = story.press(story.get(f"/app/people/{person}"), "/stop")
    assert "No campaign writes to them again" in stopped.text
    with story.installation.database.reading() as session:
        assert session.scalars(select(Enrolment.state).where(Enrolment.prospect_id == person)).all() == ["stopped"]
        assert session.scalars(select(Touch).where(Touch.prospect_id == person, Touch.state == "planned")).all() == []


def test_caught_mails_come_newest_first_with_the_flagged_ones_on_top(story: Team) -> None:
    ours = "<" + "A" * 27 + "@us.example>"
    numbers = [mail(story.sink, f"p{n}@org.example", f"Letter {n}", html="<p>x</p>", touch=ours) for n in range(30)]
    mail(story.sink, "claire@us.example", "A digest")
    story.flagged.add(numbers[3])
    page = story.get("/app/mails")
    subjects = [a.text for a in page.select(".rows a")]
    assert subjects[0] == "Letter 3"
    assert subjects[1:4] == ["Letter 29", "Letter 28", "Letter 27"]
    assert "A digest" not in subjects
    assert "A digest" in story.get("/app/mails?all=1").text
    assert [a.text for a in story.get("/app/mails?page=2").select(".rows a")][-1] == "Letter 0"
    assert [a.text for a in story.get("/app/mails?to=p7@").select("ul.sheet a")] == ["Letter 7"]
    assert "one press makes them warm" in story.get(f"/app/mails/{numbers[3]}").text
    assert "one press makes them warm" not in story.get(f"/app/mails/{numbers[4]}").text


def test_a_mail_is_shown_in_a_frame_that_runs_nothing(story: Team) -> None:
    number = mail(story.sink, "p@org.example", "Hi", html="<html><head></head><body><script>1</script>Hi</body></html>")
    page = story.get(f"/app/mails/{number}")
    assert "Bonjour en texte" in page.text
    frame = page.iframe
    assert frame is not None
    assert "allow-scripts" not in str(frame["sandbox"])
    assert "allow-popups-to-escape-sandbox" in str(frame["sandbox"])
    inside = story.client.get(str(frame["src"]))
    assert "script-src" not in inside.headers["content-security-policy"]
    assert "default-src 'none'" in inside.headers["content-security-policy"]
    assert '<base target="_blank">' in inside.text


def test_the_digest_is_shown_as_it_would_be_sent_now(story: Team) -> None:
    page = story.get("/app/digest?for=claire")
    assert "WAITING FOR YOUR ANSWER" in page.text
    assert "Nadia Belkacem" in page.text

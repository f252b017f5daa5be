"""The warm leads: what is said, what may be pressed, and what comes of it."""

from datetime import timedelta

from sqlalchemy import select

from prospecting.campaigns.models import Touch, TouchKind, TouchState
from prospecting.leads.models import Invitation, Lead, LeadState, Outcome, RaisedHand
from prospecting.simulation.browser import Browser
from prospecting.simulation.salesperson import Salesperson
from tests.web.app.conftest import Team, hrefs


def test_an_empty_installation_teaches_how_to_begin(team: Team) -> None:
    page = team.get("/app")
    assert page.h1 is not None
    assert page.h1.text == "Nobody is warm yet"
    assert "prospecting campaign launch" in page.text


def test_the_heading_is_the_news(story: Team) -> None:
    page = story.get("/app")
    assert page.h1 is not None
    assert page.h1.text == "One person waits for your answer. And two are ready to talk to you."
    french = story.get("/app?lang=fr")
    assert french.h1 is not None
    assert french.h1.text == "Une personne attend votre réponse. Et deux autres sont prêtes à vous parler."


def test_a_lead_says_why_what_was_left_out_and_what_cannot_be_known(story: Team) -> None:
    page = story.get("/app")
    told = page.select_one("article.lead:has(h3)")
    assert told is not None
    assert "Nadia Belkacem" in told.text
    assert "said it was useful" in told.text
    assert "of a bar of 50" in told.text
    assert any("machine" in off.text for off in told.select(".off"))
    assert "we know only what they told us" in told.text
    assert len(told.select("svg[role=img] .gift")) >= 2


def test_what_people_wrote_is_shown_as_words_and_never_as_html(story: Team) -> None:
    answer = story.client.get("/app")
    assert "Et &lt;b&gt;les urgences&lt;/b&gt; ?" in answer.text
    assert "<b>les urgences" not in answer.text


def test_the_invitation_is_read_over_as_it_will_be_read_and_reading_changes_nothing(story: Team) -> None:
    link = hrefs(story.get("/app"), "/invite/")[0]
    page = story.get(link)
    assert "Si vous souhaitez aller plus loin" in page.text
    frame = page.iframe
    assert frame is not None
    assert "allow-scripts" not in str(frame["sandbox"])
    letter = story.get(str(frame["src"]))
    assert "Bonjour Nadia" in letter.text or "Bonjour Tomás" in letter.text
    assert not letter.select("[href]")
    with story.installation.database.reading() as session:
        assert session.scalars(select(Invitation)).all() == []
        assert session.scalars(select(Touch).where(Touch.kind == TouchKind.INVITATION)).all() == []


def test_a_line_of_ones_own_is_read_in_the_letter_before_it_is_sent(story: Team) -> None:
    link = hrefs(story.get("/app"), "/invite/")[0]
    page = story.press(story.get(link), "/invite/", do="read", words="À bientôt à Lyon & ailleurs")
    frame = page.iframe
    assert frame is not None
    assert "À bientôt à Lyon & ailleurs" in story.get(str(frame["src"])).text
    story.press(page, "/invite/", words="À bientôt à Lyon")
    with story.installation.database.reading() as session:
        touch = session.scalars(select(Touch).where(Touch.kind == TouchKind.INVITATION)).one()
        assert touch.content == {"personal_line": "À bientôt à Lyon"}


def test_an_invitation_is_sent_once_and_can_be_taken_back_until_it_leaves(story: Team) -> None:
    link = hrefs(story.get("/app"), "/invite/")[0]
    page = story.get(link)
    home = story.press(page, "/invite/")
    assert "The invitation leaves" in home.text
    story.press(page, "/invite/", status=422)
    back = story.press(home, "/take-back")
    assert link in hrefs(back, "/invite/")
    with story.installation.database.reading() as session:
        assert session.scalars(select(Touch.state).where(Touch.kind == TouchKind.INVITATION)).all() == [
            TouchState.CANCELLED
        ]
        assert LeadState.INVITED not in session.scalars(select(Lead.state)).all()
    assert "The invitation leaves" in story.press(story.get(link), "/invite/").text


def test_a_question_is_answered_in_the_askers_language_and_leaves_the_list(story: Team) -> None:
    link = hrefs(story.get("/app"), "/answer/")[0]
    page = story.get(link)
    form = page.select_one("form:has(textarea[name=words])")
    assert form is not None
    assert form["lang"] == "fr"
    assert "En réponse à votre question" in str(form)
    story.press(page, "/answer/", status=422, words="  ")
    home = story.press(page, "/answer/", words="Bonne question.")
    assert hrefs(home, "/answer/") == []
    with story.installation.database.reading() as session:
        touch = session.scalars(select(Touch).where(Touch.kind == TouchKind.SERVICE)).one()
        assert touch.content == {"subject": "En réponse à votre question", "text": "Bonne question."}
        assert session.scalars(select(RaisedHand.answered_by)).all() == ["claire"]


def test_passing_says_until_when_and_can_be_undone(story: Team) -> None:
    page = story.get("/app")
    passed = story.press(page, r"/leads/\d+/pass$")
    assert "is out of the list until" in passed.text
    assert len(passed.select("article.lead")) == len(page.select("article.lead")) - 1
    back = story.press(passed, "/undo$")
    assert len(back.select("article.lead")) == len(page.select("article.lead"))


def test_an_outcome_is_noted_and_closes_the_lead(story: Team) -> None:
    with story.installation.database.reading() as session:
        lead = session.scalars(select(Lead.id).order_by(Lead.id)).first()
    page = story.get(f"/app/leads/{lead}")
    story.press(page, "/outcome", status=422, kind="marvellous")
    done = story.press(page, "/outcome", kind="not_now", note="In spring")
    assert "Not now" in done.text
    with story.installation.database.reading() as session:
        assert [(one.kind, one.note) for one in session.scalars(select(Outcome))] == [("not_now", "In spring")]
        assert session.get_one(Lead, lead).state == LeadState.CLOSED


def test_a_lead_that_is_not_there_is_said_plainly(story: Team) -> None:
    for path in (
        "/app/leads/999",
        "/app/leads/x",
        "/app/leads/1/invite/999",
        "/app/leads/999999999999999999999999",
        "/app/people/999",
        "/app/campaigns/none",
        "/app/mails/1",
        "/app/digest?for=nobody",
    ):
        assert "There is nothing here" in story.get(path, status=404).text


def test_the_demos_salesperson_can_work_the_list(story: Team) -> None:
    link = story.base + story.link()
    story.client.cookies.clear()
    salesperson = Salesperson(Browser(story.client, "Mozilla/5.0", "203.0.113.7"), f"{story.base}/app", lambda: link)
    salesperson.look(story.clock.now())
    assert (salesperson.invited, salesperson.answered) == (2, 1)
    home = story.get("/app")
    assert home.h1 is not None
    assert home.h1.text == "Nobody waits for you just now"
    salesperson.look(story.clock.now() + timedelta(days=1))
    assert (salesperson.invited, salesperson.answered) == (2, 1)

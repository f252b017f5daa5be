"""A diagnostic's answers stay in the page until the report is asked for; a class names who registers."""

from sqlalchemy import func, select

from prospecting.diagnostics.models import DiagnosticResult
from prospecting.journal import pending
from prospecting.tokens import Purpose
from tests.web.public.conftest import Site, database_away, events

ANSWERS = {"q-delay": "1", "q-trace": "0"}


def test_the_questions_are_there_without_a_script(site: Site) -> None:
    page = site.client.get("/d/calm").text
    assert page.count("<fieldset") == 2
    assert "Your answers stay in this page" in page


def test_a_report_without_a_token_is_nobodys(site: Site) -> None:
    report = site.client.post("/d/calm", data=ANSWERS)
    assert report.status_code == 200
    assert "In heads" in report.text
    assert "Too few teams" in report.text
    assert events(site, site.french) == []
    with site.installation.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DiagnosticResult)) == 1


def test_a_report_with_the_token_of_the_mail_is_the_persons(site: Site) -> None:
    token = site.installation.signer.touch(Purpose.FRAGMENT, site.french.touch)
    assert site.client.post("/d/calm", data=ANSWERS | {"token": token}).status_code == 200
    [event] = events(site, site.french)
    assert (event.kind, event.gift) == ("diagnostic_completed", "check")
    assert event.facts["scores"] == {"calm": [3, 3], "memory": [0, 3]}


def test_the_reports_address_opens_it_again_and_notes_nothing(site: Site) -> None:
    page = site.client.post("/d/calm", data=ANSWERS).text
    assert "/d/calm/10" in page
    site.drain()
    again = site.client.get("/d/calm/10")
    assert "In heads" in again.text
    assert pending(site.journal.folder) == 0


def test_answers_that_do_not_fit_are_asked_for_again(site: Site) -> None:
    for answers in (
        {},
        {"q-delay": "1"},
        ANSWERS | {"q-trace": "7"},
        ANSWERS | {"q-trace": "x"},
        ANSWERS | {"q-trace": "²"},
    ):
        assert site.client.post("/d/calm", data=answers).status_code == 422
    for path in ("/d/calm/1", "/d/calm/19", "/d/calm/é0", "/d/calm/100"):
        assert site.client.get(path).status_code == 404
    assert site.client.get("/d/nothing").status_code == 404
    assert site.drain() == 0


def test_a_report_is_shown_while_the_database_is_away(site: Site) -> None:
    with database_away(site):
        assert "In heads" in site.client.post("/d/calm", data=ANSWERS).text


def test_a_forged_token_is_no_anonymous_report(site: Site) -> None:
    assert site.client.post("/d/calm", data=ANSWERS | {"token": "forged"}).status_code == 404


def test_a_class_says_that_attendance_is_noted_and_takes_a_seat(site: Site) -> None:
    assert "we note who attended" in site.client.get("/e/class").text
    token = site.installation.signer.touch(Purpose.FRAGMENT, site.french.touch)
    assert site.client.post("/e/class", data={"token": token, "name": "Zoé"}).status_code == 200
    [event] = events(site, site.french)
    assert (event.kind, event.gift) == ("registered", "class")


def test_a_seat_belongs_to_somebody_we_wrote_to_and_needs_a_name(site: Site) -> None:
    token = site.installation.signer.touch(Purpose.FRAGMENT, site.french.touch)
    assert site.client.post("/e/class", data={"name": "Zoé"}).status_code == 404
    assert site.client.post("/e/class", data={"token": token}).status_code == 422
    assert site.client.get("/e/guide").status_code == 404
    assert events(site, site.french) == []

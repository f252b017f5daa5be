"""Who may come in, and what may be sent from where."""

import httpx
import pytest

from tests.web.app.conftest import Team


def test_without_a_sign_in_every_page_says_how_to_get_a_link(team: Team) -> None:
    team.client.cookies.clear()
    for path in ("/app", "/app/campaigns", "/app/mails", "/app/leads/1/invite/1", "/app/nothing"):
        page = team.get(path, status=401)
        assert "prospecting serve" in page.text
    assert team.client.post("/app/leads/1/pass").status_code == 401


def test_looking_at_the_link_uses_nothing_up_and_pressing_does(team: Team) -> None:
    team.client.cookies.clear()
    link = team.link()
    for _ in range(2):
        assert [form["action"] for form in team.get(link).find_all("form")] == [link]
    assert team.client.post(link).url.path == "/app"
    team.client.cookies.clear()
    assert team.client.post(link).status_code == 403
    assert team.client.get("/app").status_code == 401


def test_the_cookie_is_kept_from_scripts_from_other_sites_and_from_prospects_pages(team: Team) -> None:
    answer = httpx.post(team.base + team.link())
    cookie = answer.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=lax", "Path=/app"):
        assert part in cookie


def test_a_link_of_another_purpose_signs_nobody_in(team: Team) -> None:
    from datetime import timedelta  # noqa: PLC0415

    from prospecting import engagement  # noqa: PLC0415

    team.client.cookies.clear()
    with team.installation.database.writing() as session:
        token = engagement.new_one_time_link(session, "prospect:1", now=team.clock.now(), lives=timedelta(hours=1))
    assert team.client.post(f"/app/enter/{token}").status_code == 403


def test_a_forged_cookie_is_no_sign_in(team: Team) -> None:
    good = team.client.cookies["team"]
    for forged in ("", "x", good[:-2], good.replace(".", "-"), "ünïcode".encode().decode("latin-1")):
        answer = httpx.get(f"{team.base}/app", headers={b"Cookie": b"team=" + forged.encode("latin-1")})
        assert answer.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_what_another_site_sends_is_not_followed(story: Team, headers: dict[str, str]) -> None:
    key = story.get("/app").select_one("input[name=key]")
    assert key is not None
    answer = story.client.post("/app/leads/1/pass", data={"key": str(key["value"])}, headers=headers)
    assert answer.status_code == 403
    assert "/app/leads/1/pass" in story.client.get("/app").text


def test_a_form_without_its_key_is_not_followed(story: Team) -> None:
    for key in ("", "x", "null"):
        assert story.client.post("/app/leads/1/pass", data={"key": key}).status_code == 403


def test_the_pages_speak_the_language_one_chose_until_signing_out(team: Team) -> None:
    page = team.press(team.get("/app"), "/app/language", language="fr")
    assert page.html is not None
    assert page.html["lang"] == "fr"
    assert "Chauds" in team.get("/app/campaigns").text
    team.press(team.get("/app"), "/app/leave", status=401)
    assert team.client.get("/app").status_code == 401

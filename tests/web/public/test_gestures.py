"""What people press and write: durable before it is answered, once, and never by a GET."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prospecting.engagement import GESTURES, EventKind, Mode
from prospecting.journal import NotDurable
from prospecting.tokens import Purpose
from tests.web.public.conftest import Site, database_away, events

JSON = {"accept": "application/json"}


def fragment(site: Site) -> str:
    return site.installation.signer.touch(Purpose.FRAGMENT, site.french.touch)


@pytest.mark.parametrize("kind", [kind for kind in GESTURES if kind is not EventKind.QUESTION])
def test_a_press_on_the_gifts_page_is_heard(site: Site, kind: EventKind) -> None:
    answer = site.client.post("/g/guide", data={"token": fragment(site), "gesture": kind.value})
    assert answer.status_code == 200
    [event] = events(site, site.french)
    assert (event.kind, event.touch_id, event.gift, event.mode) == (kind, site.french.touch, "guide", "declared")
    assert event.facts == {"link": "page"}


def test_our_script_is_answered_in_words(site: Site) -> None:
    answer = site.client.post(
        "/g/guide", data={"token": fragment(site), "gesture": "useful"}, headers=JSON | {"accept-language": "fr"}
    )
    assert "Claire" in answer.json()["words"]


@pytest.mark.parametrize("kind", [kind for kind in GESTURES if kind is not EventKind.QUESTION])
def test_a_link_in_the_mail_opens_a_page_with_one_button_and_the_button_is_the_gesture(
    site: Site, kind: EventKind
) -> None:
    path = site.path(site.links.gesture(site.french.touch, kind))
    page = site.client.get(path)
    assert page.text.count("<button") == 1
    assert "Travailler sans s’interrompre" in page.text
    assert events(site, site.french) == []
    assert site.client.post(path).status_code == 200
    assert [event.kind for event in events(site, site.french)] == [kind]


def test_a_question_is_heard_word_for_word_and_escaped_where_it_is_shown(site: Site) -> None:
    path = site.path(site.links.gesture(site.french.touch, EventKind.QUESTION))
    words = "Et <b>les urgences</b> ?\x00 " + "é" * 5000
    assert site.client.post(path, data={"words": words}).status_code == 200
    [event] = events(site, site.french)
    assert event.words is not None
    assert event.words.startswith("Et <b>les urgences</b> ?")
    assert len(event.words) == 4000


def test_a_question_without_words_is_asked_for_again(site: Site) -> None:
    path = site.path(site.links.gesture(site.french.touch, EventKind.QUESTION))
    assert site.client.post(path, data={"words": "  "}).status_code == 422
    assert events(site, site.french) == []


def test_the_same_press_twice_counts_once(site: Site) -> None:
    path = site.path(site.links.gesture(site.french.touch, EventKind.USEFUL))
    assert {site.client.post(path).status_code for _ in range(40)} == {200}
    site.client.post("/g/guide", data={"token": fragment(site), "gesture": "useful"})
    assert len(events(site, site.french)) == 1


def test_a_filled_trap_is_noted_with_the_gesture(site: Site) -> None:
    site.client.post("/g/guide", data={"token": fragment(site), "gesture": "useful", "website": "https://spam.example"})
    assert events(site, site.french)[0].facts == {"link": "page", "trap": True}


def test_a_press_on_a_personal_page_says_by_what_it_came_where_that_is_allowed(site: Site) -> None:
    token = site.installation.signer.touch(Purpose.VISIT, site.american.touch)
    site.client.post("/g/guide", data={"token": token, "gesture": "useful"}, headers={"user-agent": "Firefox"})
    [event] = events(site, site.american)
    assert event.facts["agent"] == "Firefox"
    assert event.mode == "full"


def test_a_press_in_declared_keeps_neither_agent_nor_network_even_with_a_personal_token(site: Site) -> None:
    token = site.installation.signer.touch(Purpose.VISIT, site.french.touch)
    site.client.post("/g/guide", data={"token": token, "gesture": "useful"}, headers={"user-agent": "Firefox"})
    [event] = events(site, site.french)
    assert event.facts == {"link": "page"}


def test_forged_cut_unknown_and_foreign_tokens_get_the_same_page_and_code(site: Site) -> None:
    good = fragment(site)
    bad = ["", "x", good[:-1], good[:-1] + ("A" if good[-1] != "A" else "B"), good + "A", "é" * 27, "A" * 5000]
    bad += [site.installation.signer.touch(Purpose.SPACE, site.french.touch)]
    answers = [site.client.post("/g/guide", data={"token": token, "gesture": "useful"}) for token in bad]
    answers += [site.client.get(f"/{where}/{token or 'x'}") for where in "apmuc" for token in ("x", good)]
    answers += [
        site.client.get(site.path(site.links.space(4_000_000))),
        site.client.get(site.path(site.links.gesture(4_000_000, EventKind.USEFUL))),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


def test_a_gesture_that_is_none_is_refused_like_a_forged_one(site: Site) -> None:
    assert site.client.post("/g/guide", data={"token": fragment(site), "gesture": "booked"}).status_code == 404
    assert (
        site.client.get(f"/a/{site.installation.signer.touch(Purpose.GESTURE, site.french.touch, 77)}").status_code
        == 404
    )


def test_a_press_on_a_touch_that_is_gone_is_nobodys(site: Site) -> None:
    token = site.installation.signer.touch(Purpose.FRAGMENT, 4_000_000)
    assert site.client.post("/g/guide", data={"token": token, "gesture": "useful"}).status_code == 200
    assert events(site, site.french) == []
    assert list(site.journal.folder.glob("*.refused")) == []


def test_a_body_too_large_is_refused_before_it_is_read(site: Site) -> None:
    assert site.client.post("/g/guide", content=b"token=" + b"x" * 200_000).status_code == 413


def test_a_gesture_is_taken_while_the_database_is_away_and_in_the_log_once_afterwards(site: Site) -> None:
    with database_away(site):
        assert site.client.post("/g/guide", data={"token": fragment(site), "gesture": "useful"}).status_code == 200
        path = site.path(site.links.gesture(site.french.touch, EventKind.SEND_NEXT))
        assert site.client.post(path).status_code == 200
    assert sorted(event.kind for event in events(site, site.french)) == ["send_next", "useful"]


def test_what_cannot_be_made_durable_is_not_answered_as_done(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object, **__: object) -> None:
        raise NotDurable("no space")

    monkeypatch.setattr(site.journal, "append_async", full)
    answer = site.client.post("/g/guide", data={"token": fragment(site), "gesture": "useful"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=300),
    kind=st.sampled_from(["application/x-www-form-urlencoded", "application/json", "multipart/form-data", "x"]),
)
def test_no_body_breaks_the_page(site: Site, body: bytes, kind: str) -> None:
    path = site.path(site.links.gesture(site.french.touch, EventKind.NOT_FOR_ME))
    for where in (path, "/g/guide", "/d/calm", "/e/class", site.path(site.links.space(site.french.touch))):
        assert site.client.post(where, content=body, headers={"content-type": kind}).status_code in (200, 404, 422)


def test_the_person_finds_their_space_from_the_gifts_page_without_its_address(site: Site) -> None:
    page = site.client.post("/g/guide", data={"token": fragment(site), "gesture": "space"})
    assert "Vous avez reçu un cadeau" in page.text
    assert site.links.objection(site.french.address_hash) in page.text
    assert Mode.DECLARED not in page.text

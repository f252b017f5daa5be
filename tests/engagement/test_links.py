"""Every address has a token of one purpose, and none where none is allowed."""

from datetime import date, timedelta

import pytest

from prospecting.db import Database
from prospecting.engagement import (
    GESTURES,
    Links,
    Mode,
    count_visit,
    count_visits,
    new_one_time_link,
    use_one_time_link,
    visits,
)
from prospecting.tokens import BadToken, Purpose, Signer
from tests.conftest import TUESDAY


@pytest.fixture
def links(signer: Signer) -> Links:
    return Links(signer, "https://gifts.example/")


def test_a_gifts_address_says_only_what_the_mode_allows(links: Links, signer: Signer) -> None:
    assert links.gift("guide", 7, Mode.NONE) == "https://gifts.example/g/guide"
    assert links.gift("guide", 7, Mode.NONE, own="https://elsewhere.example/x") == "https://elsewhere.example/x"
    before, token = links.gift("guide", 7, Mode.DECLARED).split("#")
    assert before == "https://gifts.example/g/guide"
    assert signer.read(token, Purpose.FRAGMENT).touch == 7
    for mode in (Mode.CONSENTED, Mode.FULL):
        personal = links.gift("guide", 7, mode)
        assert "#" not in personal
        assert signer.read(personal.rsplit("/", 1)[1], Purpose.VISIT).touch == 7


def test_a_gestures_token_names_it_and_opens_nothing_else(links: Links, signer: Signer) -> None:
    for number, kind in enumerate(GESTURES):
        token = links.gesture(7, kind).removeprefix("https://gifts.example/a/")
        read = signer.read(token, Purpose.GESTURE)
        assert (read.touch, read.target) == (7, number)
        with pytest.raises(BadToken):
            signer.read(token, Purpose.SPACE, Purpose.VISIT, Purpose.FRAGMENT)


def test_each_address_stands_where_the_product_says(links: Links, signer: Signer) -> None:
    assert links.space(1).startswith("https://gifts.example/p/")
    assert links.invitation(1).startswith("https://gifts.example/m/")
    assert links.tracked(1, 3).startswith("https://gifts.example/c/")
    assert links.private("x").endswith("/p/private/x")
    address_hash = signer.hash_address("ada@example.org")
    objection = links.objection(address_hash)
    assert signer.read_objection(objection.removeprefix("https://gifts.example/u/")) == address_hash


def test_a_one_time_link_works_once_and_not_too_late(database: Database) -> None:
    hour = timedelta(hours=1)
    with database.writing() as session:
        one, late = (new_one_time_link(session, "prospect:1", now=TUESDAY, lives=hour) for _ in range(2))
    with database.writing() as session:
        assert use_one_time_link(session, one, now=TUESDAY) == "prospect:1"
        assert use_one_time_link(session, one, now=TUESDAY) is None
        assert use_one_time_link(session, late, now=TUESDAY + hour) is None
        assert use_one_time_link(session, "forged", now=TUESDAY) is None


def test_visits_are_counted_by_gift_and_week_and_nothing_else(database: Database) -> None:
    with database.writing() as session:
        count_visit(session, "guide", date(2026, 12, 2))
        count_visits(
            session, [("guide", date(2026, 11, 30)), ("guide", date(2026, 12, 7)), ("study", date(2026, 12, 6))]
        )
    with database.reading() as session:
        assert visits(session, "guide") == {date(2026, 11, 30): 2, date(2026, 12, 7): 1}
        assert visits(session, "study") == {date(2026, 11, 30): 1}
        assert visits(session, "unknown") == {}

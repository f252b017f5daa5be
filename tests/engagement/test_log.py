"""The log takes each fact once, and nothing beyond what may be known of the person."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from prospecting.db import Database, new_event_id
from prospecting.engagement import (
    EventKind,
    Mode,
    NewEvent,
    erase_person,
    events_of,
    export_person,
    first_time,
    new_one_time_link,
    record,
    take_news,
    use_one_time_link,
)
from prospecting.engagement.models import Event, EventNews
from prospecting.prospects.models import Consent, Prospect
from tests.conftest import TUESDAY

NOW = TUESDAY + timedelta(hours=1)


def person(
    session: Session, country: str | None = "US", wish: bool | None = None, address: str = "ada@example.org"
) -> int:
    prospect = Prospect(
        address=address,
        address_hash=address.encode()[:16],
        domain=address.split("@")[1],
        country=country,
        tracking_wish=wish,
        source="test",
        source_at=TUESDAY,
        created_at=TUESDAY,
    )
    session.add(prospect)
    session.flush()
    return prospect.id


def happened(kind: EventKind, prospect: int, seconds: float = 0, **given: Any) -> NewEvent:
    at = TUESDAY + timedelta(seconds=seconds)
    values: dict[str, Any] = {"mode": Mode.FULL, "touch_id": 7, "gift": "guide"} | given
    return NewEvent(new_event_id(at, os.urandom(10)), at, kind, prospect, **values)


def test_a_fact_is_recorded_once_however_often_it_is_drained(database: Database) -> None:
    with database.writing() as session:
        event = happened(EventKind.USEFUL, person(session))
        assert record(session, [event, event], now=NOW) == 1
    with database.writing() as session:
        assert record(session, [event], now=NOW) == 0
        [stored] = events_of(session, event.prospect_id)
        assert (stored.id, stored.at, stored.kind, stored.recorded_at) == (event.id, event.at, "useful", NOW)


def test_a_gesture_of_one_touch_counts_once_but_words_are_heard(database: Database) -> None:
    with database.writing() as session:
        who = person(session)
        said = [
            happened(EventKind.USEFUL, who, 1),
            happened(EventKind.USEFUL, who, 2),
            happened(EventKind.USEFUL, who, 3, touch_id=8),
            happened(EventKind.QUESTION, who, 4, words="How long?"),
            happened(EventKind.QUESTION, who, 5, words="How long?"),
            happened(EventKind.QUESTION, who, 6, words="How much?"),
            happened(EventKind.QUESTION, who, 7),
        ]
        assert record(session, said[:2], now=NOW) == 1
        assert record(session, said, now=NOW) == 3
        kinds = [(event.kind, event.touch_id, event.words) for event in events_of(session, who)]
    assert kinds == [
        ("useful", 7, None),
        ("useful", 8, None),
        ("question", 7, "How long?"),
        ("question", 7, "How much?"),
    ]


def test_repeated_visits_are_all_facts_where_they_may_be_known(database: Database) -> None:
    with database.writing() as session:
        who = person(session)
        assert record(session, [happened(EventKind.VISITED, who, n) for n in range(3)], now=NOW) == 3


@pytest.mark.parametrize(
    ("country", "wish", "link", "known"),
    [
        ("US", None, Mode.FULL, True),
        ("US", False, Mode.FULL, False),
        ("FR", None, Mode.FULL, False),
        ("FR", True, Mode.CONSENTED, True),
        ("FR", True, Mode.DECLARED, False),
        (None, None, Mode.FULL, False),
        ("US", None, Mode.DECLARED, False),
        ("US", None, Mode.NONE, False),
    ],
)
def test_a_visit_is_recorded_only_where_person_and_link_allow_it(
    database: Database, country: str | None, wish: bool | None, link: Mode, known: bool
) -> None:
    with database.writing() as session:
        who = person(session, country, wish)
        assert record(session, [happened(EventKind.VISITED, who, mode=link)], now=NOW) == int(known)
        assert record(session, [happened(EventKind.USEFUL, who, mode=link)], now=NOW) == 1


def test_a_visit_after_a_withdrawal_is_dropped_and_one_before_it_stays(database: Database) -> None:
    with database.writing() as session:
        who = person(session, "FR", wish=False)
        for given_, minutes in ((True, 0), (False, 10)):
            at = TUESDAY + timedelta(minutes=minutes)
            session.add(Consent(prospect_id=who, given=given_, wording="…", through="space", at=at))
        session.flush()
        visits = [
            happened(EventKind.VISITED, who, seconds, mode=Mode.CONSENTED) for seconds in (-60, 60, 599, 600, 900)
        ]
        record(session, visits, now=NOW)
        assert [event.at - TUESDAY for event in events_of(session, who)] == [
            timedelta(seconds=60),
            timedelta(seconds=599),
        ]


def test_a_gesture_in_declared_keeps_no_agent_and_no_network(database: Database) -> None:
    facts = {"agent": "Mozilla", "network": "ab12", "trap": True, "link": "page"}
    with database.writing() as session:
        seen = person(session, "US")
        unseen = person(session, "FR", address="bob@example.org")
        record(session, [happened(EventKind.USEFUL, who, touch_id=who, facts=facts) for who in (seen, unseen)], now=NOW)
        assert events_of(session, seen)[0].facts == facts
        [stored] = events_of(session, unseen)
        assert (stored.facts, stored.mode) == ({"trap": True, "link": "page"}, "declared")


def test_events_of_people_who_are_gone_are_left_out(database: Database) -> None:
    with database.writing() as session:
        assert record(session, [happened(EventKind.USEFUL, 12345)], now=NOW) == 0


def test_words_and_facts_are_cut_and_cleaned(database: Database) -> None:
    with database.writing() as session:
        who = person(session)
        long = happened(EventKind.QUESTION, who, words="a\x00b\ud800" + "x" * 9000, facts={"agent": "<script>" * 8000})
        record(session, [long], now=NOW)
    with database.reading() as session:
        [stored] = events_of(session, who)
        assert stored.words is not None
        assert stored.words.startswith("ab?x")
        assert len(stored.words) == 4000
        assert len(stored.facts["agent"]) == 500


def test_news_are_taken_once_in_the_order_of_what_happened(database: Database) -> None:
    with database.writing() as session:
        who = person(session)
        events = [happened(EventKind.VISITED, who, seconds) for seconds in (3, 1, 2)]
        record(session, events, now=NOW)
    with database.writing() as session:
        assert [event.at.second for event in take_news(session, 2)] == [1, 2]
    with database.writing() as session:
        assert [event.at.second for event in take_news(session, 9)] == [3]
        assert take_news(session, 9) == []
        record(session, events, now=NOW)  # drained again: no news
        assert session.scalar(select(func.count()).select_from(EventNews)) == 0


def test_news_taken_by_a_transaction_that_fails_are_news_again(database: Database) -> None:
    with database.writing() as session:
        record(session, [happened(EventKind.USEFUL, person(session))], now=NOW)
    with database.reading() as session:
        assert len(take_news(session, 5)) == 1
    with database.writing() as session:
        assert len(take_news(session, 5)) == 1


def test_a_person_takes_away_and_erases_everything(database: Database) -> None:
    with database.writing() as session:
        who, other = person(session), person(session, address="bob@example.org")
        record(session, [happened(EventKind.QUESTION, p, touch_id=p, words="marker") for p in (who, other)], now=NOW)
        link = new_one_time_link(session, f"prospect:{who}", now=NOW, lives=timedelta(hours=1))
    with database.writing() as session:
        [event] = export_person(session, who)["events"]
        assert (event["kind"], event["words"]) == ("question", "marker")
        erase_person(session, who, now=NOW)
    with database.writing() as session:
        assert export_person(session, who) == {"events": []}
        assert use_one_time_link(session, link, now=NOW) is None
        assert len(events_of(session, other)) == 1
        assert len(take_news(session, 9)) == 1


def test_a_record_without_a_key_of_its_own_has_its_effect_once(database: Database) -> None:
    ids = [(new_event_id(TUESDAY, os.urandom(10)), TUESDAY) for _ in range(3)]
    with database.writing() as session:
        assert first_time(session, ids[:2]) == {ids[0][0], ids[1][0]}
    with database.writing() as session:
        assert first_time(session, ids) == {ids[2][0]}
        assert first_time(session, []) == set()


KINDS = st.sampled_from([EventKind.VISITED, EventKind.READ, EventKind.USEFUL, EventKind.NOT_FOR_ME, EventKind.QUESTION])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.tuples(KINDS, st.integers(0, 3)), max_size=12), data=st.data())
def test_any_grouping_and_repetition_of_records_gives_the_same_log(
    database: Database, said: list[tuple[EventKind, int]], data: st.DataObject
) -> None:
    with database.writing() as session:
        session.execute(delete(EventNews))
        session.execute(delete(Event))
        session.execute(delete(Prospect))
        who = person(session)
    events = [happened(kind, who, n, touch_id=touch) for n, (kind, touch) in enumerate(said)]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=4)))
    for start, end in zip([0, *cuts], [*cuts, len(events)], strict=True):
        with database.writing() as session:
            record(session, events[max(0, start - 2) : end], now=NOW)  # the last two come again
    expected = first_of_each(events)
    with database.reading() as session:
        assert [event.id for event in events_of(session, who)] == [event.id for event in expected]


def first_of_each(events: Sequence[NewEvent]) -> list[NewEvent]:
    seen: set[Any] = set()
    kept = []
    for event in events:
        key = (event.touch_id, event.kind) if event.kind not in (EventKind.VISITED, EventKind.READ) else event.id
        if key not in seen:
            kept.append(event)
        seen.add(key)
    return kept


def test_an_event_knows_only_the_lower_of_two_modes(database: Database) -> None:
    with database.writing() as session:
        who = person(session, "US")
        event = happened(EventKind.USEFUL, who)
        record(session, [replace(event, mode=Mode.CONSENTED)], now=NOW)
        assert events_of(session, who)[0].mode == "consented"

"""No mailbox sends more, faster or to one domain more than it may, and its free instants are handed out so."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from prospecting.clock import SetClock
from prospecting.db import Database
from prospecting.senders import limits, pause_mailbox, rest, resume_mailbox
from prospecting.senders.allocation import DAY, Allocation
from prospecting.senders.models import Mailbox, User
from prospecting.senders.ramp import MailboxLimits, cap_on, working_days

TUESDAY = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
TWO_DAYS = timedelta(days=2)


def box(session: Session, **given: object) -> int:
    owner = User(handle="claire", name="Claire", address="claire@x.fr")
    session.add(owner)
    session.flush()
    values = {
        "gap_s": 0,
        "ramp_from": 10,
        "ramp_step": 5,
        "per_day": 40,
        "per_domain_per_day": 3,
        "started_at": TUESDAY,
    }
    mailbox = Mailbox(
        slug="claire",
        user_id=owner.id,
        address="claire@x.fr",
        name="C",
        organisation="X",
        postal_address="Y",
        **(values | given),
    )
    session.add(mailbox)
    session.flush()
    return mailbox.id


def rules(**given: object) -> MailboxLimits:
    values: dict[str, object] = {
        "per_day": 4, "ramp_from": 2, "ramp_step": 1, "gap": timedelta(), "per_domain_per_day": 9, "started_on": date(2026, 12, 1),
    }  # fmt: skip
    return MailboxLimits(**(values | given))  # type: ignore[arg-type]


def test_a_new_mailbox_grows_by_working_days() -> None:
    caps = [cap_on(rules(per_day=5), date(2026, 12, day)) for day in range(1, 9)]
    assert caps == [2, 3, 4, 5, 5, 5, 5, 5]
    assert [cap_on(rules(started_on=date(2026, 12, 4)), date(2026, 12, day)) for day in (4, 5, 6, 7, 8)] == [
        2,
        2,
        2,
        3,
        4,
    ]


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_working_days_are_counted_like_on_the_fingers(start: date, days: int) -> None:
    counted = sum((start + timedelta(days=n)).weekday() < 5 for n in range(1, days + 1))
    assert working_days(start, start + timedelta(days=days)) == counted


def test_slots_are_taken_up_to_the_cap_and_given_back(database: Database) -> None:
    with database.writing() as session:
        mailbox_id = box(session, ramp_from=4, per_domain_per_day=2)
        touches = [(1, "a.fr"), (2, "a.fr"), (3, "a.fr"), (4, "b.fr"), (5, "c.fr"), (6, "d.fr")]
        assert limits.take(session, touches, mailbox_id, TUESDAY) == {1, 2, 4, 5}
        assert limits.room(session, mailbox_id, TUESDAY) == 0
        limits.give_back(session, 5)
        assert limits.take(session, [(2, "a.fr"), (6, "d.fr"), (7, "e.fr")], mailbox_id, TUESDAY) == {2, 6}


def test_the_day_slides(database: Database) -> None:
    with database.writing() as session:
        mailbox_id = box(session, ramp_from=2, ramp_step=0)
        limits.take(session, [(1, "a.fr")], mailbox_id, TUESDAY)
        limits.take(session, [(2, "b.fr")], mailbox_id, TUESDAY + timedelta(hours=20))
        assert limits.room(session, mailbox_id, TUESDAY + timedelta(hours=23)) == 0
        assert limits.room(session, mailbox_id, TUESDAY + DAY) == 1
        assert limits.room_everywhere(session, TUESDAY + DAY, per_day=100) == 99
        assert limits.forget(session, TUESDAY + DAY) == 1


def test_a_mailbox_with_a_gap_sends_one_and_waits(database: Database) -> None:
    with database.writing() as session:
        mailbox_id = box(session, gap_s=60)
        assert limits.take(session, [(1, "a.fr"), (2, "b.fr")], mailbox_id, TUESDAY) == {1}
        assert limits.room(session, mailbox_id, TUESDAY + timedelta(seconds=59)) == 0
        assert limits.room(session, mailbox_id, TUESDAY + timedelta(seconds=60)) == 1


def test_nothing_leaves_a_mailbox_that_is_paused_or_rests(database: Database) -> None:
    with database.writing() as session:
        mailbox_id = box(session)
        rest(session, mailbox_id, TUESDAY + timedelta(hours=2), "421 try later")
        rest(session, mailbox_id, TUESDAY + timedelta(hours=1), "421 try later")
        assert limits.room(session, mailbox_id, TUESDAY + timedelta(minutes=90)) == 0
        assert limits.room(session, mailbox_id, TUESDAY + timedelta(hours=2)) == 10
        pause_mailbox(session, mailbox_id, why="three refused logins")
        assert limits.take(session, [(1, "a.fr")], mailbox_id, TUESDAY + timedelta(hours=3)) == set()
        resume_mailbox(session, mailbox_id)
        assert limits.take(session, [(1, "a.fr")], mailbox_id, TUESDAY + timedelta(hours=3)) == {1}


def test_two_processes_never_take_more_than_there_is(database: Database) -> None:
    with database.writing() as session:
        mailbox_id = box(session, ramp_from=25, per_domain_per_day=1000)

    def gate(first: int) -> int:
        with database.writing() as session:
            return len(limits.take(session, [(first + n, "a.fr") for n in range(10)], mailbox_id, TUESDAY))

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(gate, range(0, 60, 10))) == 25


def test_instants_are_handed_out_a_gap_apart_and_by_day(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        mailbox_id = box(session, ramp_from=3, ramp_step=0, gap_s=60)
        limits.take(session, [(1, "a.fr")], mailbox_id, TUESDAY)
        free = limits.allocation(session, mailbox_id, [(TUESDAY + timedelta(minutes=5), "b.fr")], now=TUESDAY)
    handed = []
    for number in range(3):
        at = free.next_free(TUESDAY, TUESDAY + TWO_DAYS, domain=f"{number}.fr", key=str(number))
        assert at is not None
        free.take(at, f"{number}.fr")
        handed.append(at - TUESDAY)
    assert timedelta(seconds=60) <= handed[0] <= timedelta(seconds=90)
    assert handed[1] == DAY
    assert handed[2] >= DAY + timedelta(seconds=60)
    assert free.next_free(TUESDAY, TUESDAY + timedelta(hours=8), domain="z.fr", key="z") is None
    assert free.load() == {"2026-12-01": 3, "2026-12-02": 2}


def test_the_same_touch_gets_the_same_gap_again() -> None:
    def first(key: str) -> datetime | None:
        free = Allocation(rules(gap=timedelta(seconds=60)), [(TUESDAY, "a.fr")], not_before=TUESDAY)
        return free.next_free(TUESDAY, TUESDAY + DAY, domain="b.fr", key=key)

    assert first("12:guide") == first("12:guide") != first("13:guide")


def test_nothing_is_handed_out_while_a_mailbox_rests(database: Database) -> None:
    with database.writing() as session:
        mailbox_id = box(session)
        until = TUESDAY + timedelta(hours=2)
        rest(session, mailbox_id, until, "429")
        free = limits.allocation(session, mailbox_id, [], now=TUESDAY)
        assert free.next_free(TUESDAY, TUESDAY + DAY, domain="a.fr", key="x") == until
        with pytest.raises(LookupError):
            limits.allocation(session, 999, [], now=TUESDAY)


instants = st.integers(0, 5 * 24 * 60).map(lambda minutes: TUESDAY + timedelta(minutes=minutes))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(instants, st.sampled_from(["a.fr", "b.fr"])), max_size=60),
    st.integers(1, 6),
    st.integers(0, 3),
    st.integers(1, 4),
    st.sampled_from([timedelta(), timedelta(seconds=90), timedelta(minutes=10)]),
)
def test_what_is_handed_out_keeps_every_limit(
    asked: list[tuple[datetime, str]], ramp_from: int, step: int, per_domain: int, gap: timedelta
) -> None:
    given = rules(per_day=8, ramp_from=ramp_from, ramp_step=step, per_domain_per_day=per_domain, gap=gap)
    free = Allocation(given, [], not_before=TUESDAY)
    taken: list[tuple[datetime, str]] = []
    for number, (after, domain) in enumerate(asked):
        at = free.next_free(after, after + timedelta(days=6), domain=domain, key=str(number))
        if at is not None:
            assert at >= after
            free.take(at, domain)
            taken.append((at, domain))
    taken.sort()
    for number, (at, domain) in enumerate(taken):
        day = [other for other in taken[: number + 1] if other[0] > at - DAY]
        if all(later != at for later, _ in taken[number + 1 :]):
            assert len(day) <= cap_on(given, at.date())
            assert sum(one[1] == domain for one in day) <= per_domain
        if number:
            assert at - taken[number - 1][0] >= gap

"""Nobody is told anything outside the hours they chose."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospecting.clock import SetClock
from prospecting.db import Database
from prospecting.senders import in_hours, next_digest_at, next_second_digest_at, sending_enabled, set_sending
from prospecting.senders.models import User


def somebody(zone: str = "Europe/Paris", digest_at: str = "08:30") -> User:
    return User(
        handle="c",
        name="C",
        address="c@x.fr",
        zone=zone,
        hours=["09:00-12:00", "14:00-24:00"],
        digest_at=digest_at,
        second_digest_at="14:00",
    )


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("01T07:59", False),
        ("01T08:00", True),
        ("01T11:00", False),
        ("01T13:00", True),
        ("01T22:59", True),
        ("05T09:00", False),
    ],
)
def test_hours_are_local_and_of_working_days(local: str, expected: bool) -> None:
    # Paris is an hour ahead of UTC in December; the 5th is a Saturday.
    assert in_hours(somebody(), datetime.fromisoformat(f"2026-12-{local}").replace(tzinfo=UTC)) is expected


def test_the_next_digest_is_at_the_hour_they_chose() -> None:
    friday = datetime(2026, 12, 4, 7, 30, tzinfo=UTC)
    assert next_digest_at(somebody(), friday - timedelta(seconds=1)) == friday
    assert next_digest_at(somebody(), friday) == datetime(2026, 12, 7, 7, 30, tzinfo=UTC)
    assert next_second_digest_at(somebody(), friday) == datetime(2026, 12, 4, 13, 0, tzinfo=UTC)


@given(
    st.integers(0, 4 * 365 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]),
    st.sampled_from(["00:00", "02:15", "02:30", "08:30", "23:59"]),
)
def test_a_digest_comes_every_working_day_and_no_other(after: datetime, zone: str, digest_at: str) -> None:
    one = somebody(zone, digest_at)
    found = next_digest_at(one, after)
    assert timedelta() < found - after <= timedelta(days=3, hours=2)
    assert next_digest_at(one, found) > found


def test_the_switch_stops_everything(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        assert sending_enabled(session)
        set_sending(session, False, why="the law office called", now=clock.now())
    with database.writing() as session:
        assert not sending_enabled(session)
        set_sending(session, True, why=None, now=clock.now())
        assert sending_enabled(session)

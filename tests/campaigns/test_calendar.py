"""When a message may leave: windows, holidays, quiet spans, transitions, the civil floor, the pace."""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prospecting.campaigns.calendar import (
    CIVIL,
    Calendar,
    Later,
    Opening,
    Slot,
    Windows,
    at_local,
    calendar_of,
    next_opening,
    openings_on,
    seed_of,
    when,
)
from prospecting.campaigns.closed import Closed, holidays_of, quiet_spans, weekend_of
from prospecting.campaigns.pace import MONTH, Pace, Spacing, slowdown, strictest
from prospecting.campaigns.spans import Quiet, Span, Window

PARIS, NEW_YORK, LORD_HOWE, APIA = map(
    ZoneInfo, ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
)
ALWAYS = Windows(frozenset(range(7)), ((time(0), time(23, 59)),))
OFFICE = (Window.read("08:30-11:30"), Window.read("14:00-17:00"))
MIDWEEK = (1, 2, 3)
NO_PACE = Pace.of(Spacing(0, 30), [])
TEN_YEARS = (datetime(2024, 1, 1, tzinfo=UTC), datetime(2034, 1, 1, tzinfo=UTC))
ZONES = sorted(available_timezones() - {"Factory", "localtime"})


def paris(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=PARIS).astimezone(UTC)


def french(**changes: object) -> Calendar:
    given: dict[str, object] = {
        "days": MIDWEEK,
        "hours": OFFICE,
        "zone": None,
        "home": PARIS,
        "closed": Closed([("FR", None)]),
        "country": "FR",
    }
    return calendar_of(**(given | changes))  # type: ignore[arg-type]


def test_the_next_opening_is_now_within_a_window_and_the_next_morning_after_it() -> None:
    windows = Windows.of(MIDWEEK, OFFICE)
    assert next_opening(windows, paris(2026, 12, 1, 9), PARIS, closed=()) == paris(2026, 12, 1, 9)
    assert next_opening(windows, paris(2026, 12, 1, 12), PARIS, closed=()) == paris(2026, 12, 1, 14)
    assert next_opening(windows, paris(2026, 12, 3, 17), PARIS, closed=()) == paris(2026, 12, 8, 8, 30)


def test_a_closed_day_is_passed_over() -> None:
    windows = Windows.of(MIDWEEK, OFFICE)
    assert next_opening(windows, paris(2026, 12, 1, 6), PARIS, closed={date(2026, 12, 1)}) == paris(2026, 12, 2, 8, 30)


def test_nothing_opens_where_every_day_is_closed() -> None:
    class Everything:
        def __contains__(self, day: object) -> bool:
            return True

    assert next_opening(ALWAYS, paris(2026, 12, 1), PARIS, closed=Everything()) is None
    assert when(french(hours=(Window.read("22:00-23:00"),)), paris(2026, 12, 1), pace=NO_PACE, seed=1) is None


def test_a_start_that_spring_skips_opens_at_the_next_valid_minute() -> None:
    assert at_local(date(2027, 3, 28), time(2, 30), PARIS) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert at_local(date(2026, 10, 4), time(2, 15), LORD_HOWE) == datetime(2026, 10, 3, 15, 30, tzinfo=UTC)


def test_a_start_that_happens_twice_opens_the_first_time() -> None:
    assert at_local(date(2026, 10, 25), time(2, 30), PARIS) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_day_that_a_zone_left_out_has_no_opening() -> None:
    assert openings_on(ALWAYS, date(2011, 12, 30), APIA) == []


def test_the_civil_floor_cuts_what_a_campaign_says() -> None:
    assert Windows.of(range(7), (Window.read("05:00-08:00"), Window.read("20:00-23:00"))).hours == (
        (time(7), time(8)),
        (time(20), time(21)),
    )


def test_a_campaign_in_a_named_zone_keeps_the_recipients_civil_hours_and_holidays() -> None:
    calendar = french(zone=PARIS, home=NEW_YORK, closed=Closed([("US", None)]), country="US", days=tuple(range(7)))
    opening = next(opening for _, opening in calendar.openings(paris(2026, 12, 1)))
    assert opening == Opening(datetime(2026, 12, 1, 13, 0, tzinfo=UTC), paris(2026, 12, 1, 17))
    thanksgiving = [opening for day, opening in calendar.openings(paris(2026, 11, 26)) if day == date(2026, 11, 26)]
    assert thanksgiving == []


def test_working_days_leave_out_weekends_and_public_holidays_but_not_quiet_spans() -> None:
    calendar = french(closed=Closed([("FR", None)], [Quiet.read("fr-christmas")]))
    assert calendar.later(Span(5, working=True), paris(2026, 12, 22, 10)) == paris(
        2026, 12, 30
    )  # 25 December, a Friday
    assert calendar.later(Span(2), paris(2026, 12, 22, 10)) == paris(2026, 12, 24)


@pytest.mark.parametrize(
    ("country", "place", "day"),
    [("FR", "57", date(2026, 12, 26)), ("FR", None, date(2026, 7, 14)), ("DE", "BY", date(2026, 1, 6))],
)
def test_holidays_are_those_of_the_country_and_its_part(country: str, place: str | None, day: date) -> None:
    assert day in holidays_of(country, place, day.year)


def test_an_unknown_country_or_part_has_the_holidays_that_are_known() -> None:
    assert holidays_of("XX", None, 2026) == frozenset()
    assert holidays_of("FR", "nowhere", 2026) == holidays_of("FR", None, 2026)
    assert weekend_of("SA") == {4, 5}
    assert weekend_of(None) == {5, 6}


def test_quiet_spans_hold_by_name_over_the_new_year_and_by_date() -> None:
    closed = Closed((), [Quiet.read("fr-christmas"), Quiet.read("2027-05-03/2027-05-05")])
    assert date(2026, 12, 31) in closed
    assert date(2027, 1, 4) in closed
    assert date(2027, 1, 5) not in closed
    assert date(2027, 5, 5) in closed
    assert date(2027, 5, 6) not in closed
    assert {"fr-august", "fr-christmas", "en-christmas"} <= set(quiet_spans())


def test_touches_are_spread_over_the_window_and_each_stays_where_it_is() -> None:
    slots = [when(french(), paris(2026, 12, 1), pace=NO_PACE, seed=seed_of(person, "guide")) for person in range(200)]
    dues = [slot.due_at for slot in slots if isinstance(slot, Slot)]
    assert len(set(dues)) > 190
    assert min(dues) < paris(2026, 12, 1, 8, 45)
    assert max(dues) > paris(2026, 12, 1, 11, 5)
    again = when(french(), paris(2026, 12, 1), pace=NO_PACE, seed=seed_of(7, "guide"))
    assert isinstance(again, Slot)
    assert again.due_at == dues[7]


class Full:
    """A sender who has no room before an instant."""

    def __init__(self, until: datetime) -> None:
        self.until = until

    def near(self, wanted: datetime, opening: Opening) -> datetime | None:
        return wanted if opening.starts >= self.until else None


def test_a_full_day_is_looked_at_again_on_the_next_one_that_is_open() -> None:
    found = when(french(), paris(2026, 12, 3, 7), pace=NO_PACE, seed=3, room=Full(paris(2026, 12, 5)))
    assert found == Later(paris(2026, 12, 8))


def test_a_full_morning_leaves_the_afternoon() -> None:
    found = when(french(), paris(2026, 12, 3, 7), pace=NO_PACE, seed=3, room=Full(paris(2026, 12, 3, 12)))
    assert isinstance(found, Slot)
    assert paris(2026, 12, 3, 14) <= found.due_at < found.window_ends_at == paris(2026, 12, 3, 17)


def test_nothing_is_planned_after_the_last_day() -> None:
    assert when(french(), paris(2026, 12, 4), pace=NO_PACE, seed=3, ends=date(2026, 12, 7)) is None


def test_the_strictest_pace_holds() -> None:
    assert strictest([Spacing(2, 6), Spacing(4, 3)]) == Spacing(4, 3)
    assert strictest([Spacing(2, 6)], wish_days=14) == Spacing(14, 6)


def test_unused_gifts_slow_a_campaign_down_and_then_end_it() -> None:
    assert [slowdown(unused, 3) for unused in range(6)] == [1, 1, 1, 2, 2, None]


instants = st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.lists(instants, max_size=8), instants, st.integers(0, 20), st.integers(1, 6))
def test_the_pace_is_kept_with_every_touch_that_is_taken(
    taken: list[datetime], at: datetime, days: int, most: int
) -> None:
    pace = Pace.of(Spacing(days, most), taken)
    found = pace.first(at)
    assert found >= at
    assert all(abs(found - one) >= timedelta(days=days) for one in taken)
    together = sorted([*taken, found])
    place = bisect_left(together, found)
    for start in range(max(0, place - most), place + 1):
        if start + most < len(together):
            assert together[start + most] - together[start] >= MONTH


@cache
def transitions(name: str) -> list[datetime]:
    """Every instant of ten years at which a zone's offset changes."""
    zone, found, step = ZoneInfo(name), [], timedelta(days=7)
    at = TEN_YEARS[0]
    while at < TEN_YEARS[1]:
        low, high = at, at + step
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high.replace(microsecond=0))
        at += step
    return found


def holds(slot: Slot, calendar: Calendar, pace: Pace, after: datetime, days: tuple[int, ...]) -> None:
    assert after <= slot.due_at < slot.window_ends_at
    assert pace.keeps(slot.due_at)
    for instant in (slot.due_at, slot.window_ends_at - timedelta(seconds=1)):
        here, there = instant.astimezone(calendar.home), instant.astimezone(calendar.zone)
        assert CIVIL[0] <= here.time() < CIVIL[1]
        assert here.date() not in calendar.closed
        assert there.date() not in calendar.closed
        assert there.weekday() in days
        assert any(start <= there.time() < end for start, end in calendar.windows.hours)


spans_of_day = st.tuples(st.integers(0, 95), st.integers(1, 95)).filter(lambda pair: pair[0] < pair[1])
hours = st.lists(spans_of_day, min_size=1, max_size=3).map(
    lambda pairs: tuple(Window(time(a * 15 // 60, a * 15 % 60), time(b * 15 // 60, b * 15 % 60)) for a, b in pairs)
)


@settings(max_examples=400, deadline=None)
@given(
    home=st.sampled_from(ZONES),
    zone=st.none() | st.sampled_from(ZONES),
    country=st.sampled_from(["FR", "US", "DE", "JP", "SA", "BR", None]),
    days=st.sets(st.integers(0, 6), min_size=1).map(tuple),
    hours=hours,
    quiet=st.sets(st.sampled_from(sorted(quiet_spans())), max_size=3),
    after=instants,
    taken=st.lists(instants, max_size=3),
    between=st.integers(0, 10),
    seed=st.integers(0, 2**64 - 1),
)
def test_no_touch_is_planned_outside_its_window_on_a_holiday_in_a_quiet_span_or_closer_than_the_pace(
    home: str,
    zone: str | None,
    country: str | None,
    days: tuple[int, ...],
    hours: tuple[Window, ...],
    quiet: set[str],
    after: datetime,
    taken: list[datetime],
    between: int,
    seed: int,
) -> None:
    closed = Closed([(country, None)] if country else [], [Quiet.read(name) for name in quiet])
    calendar = calendar_of(
        days=days,
        hours=hours,
        zone=ZoneInfo(zone) if zone else None,
        home=ZoneInfo(home),
        closed=closed,
        country=country,
    )
    pace = Pace.of(Spacing(between, 30), taken)
    found = when(calendar, after, pace=pace, seed=seed)
    assert not isinstance(found, Later)
    if found:
        holds(found, calendar, pace, after, days)


@pytest.mark.parametrize("part", range(4))
def test_at_every_transition_of_every_zone_for_ten_years(part: int) -> None:
    everything = (Window.read("00:00-23:59"),)
    days = tuple(range(7))
    seen = 0
    for name in ZONES[part::4]:
        calendar = calendar_of(
            days=days, hours=everything, zone=None, home=ZoneInfo(name), closed=Closed(), country=None
        )
        for transition in transitions(name):
            for minutes in (-61, -30, -1, 0, 1, 30, 61):
                after = transition + timedelta(minutes=minutes)
                found = when(calendar, after, pace=NO_PACE, seed=seed_of(name, minutes))
                assert isinstance(found, Slot), name
                holds(found, calendar, NO_PACE, after, days)
                seen += 1
    assert seen > 1000


@pytest.mark.parametrize(
    "name", ["Europe/Paris", "Australia/Lord_Howe", "America/Scoresbysund", "Africa/Cairo", "America/Santiago"]
)
def test_openings_on_both_sides_of_a_transition_cover_what_the_wall_clock_shows(name: str) -> None:
    """Without the civil floor, every minute near a transition is open if and only if its local time is in the window."""
    zone = ZoneInfo(name)
    windows = Windows(frozenset(range(7)), ((time(0, 15), time(2, 40)), (time(23, 0), time(23, 45))))
    for transition in transitions(name)[:8]:
        day = transition.astimezone(zone).date()
        opened = [opening for near in (-1, 0, 1) for opening in openings_on(windows, day + timedelta(days=near), zone)]
        for minutes in range(-300, 300, 5):
            instant = transition + timedelta(minutes=minutes)
            local = instant.astimezone(zone)
            inside = any(start <= local.time() < end for start, end in windows.hours)
            if any(opening.starts <= instant < opening.ends for opening in opened):
                assert inside
            elif local.fold == 0:
                assert not inside

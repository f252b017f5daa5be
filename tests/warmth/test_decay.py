"""Forward decay: the same number in any order of arrival, and an order between people that time never changes."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospecting.warmth.decay import LANDMARK, Term, falls_to, level_for, level_of, reached, warmth_at

HALF = timedelta(days=21)
instants = st.integers(0, 10 * 365 * 86_400).map(lambda seconds: LANDMARK + timedelta(seconds=seconds))
terms = st.lists(st.builds(Term, instants, st.floats(0.01, 200)), min_size=1, max_size=40)


@given(terms, st.randoms())
def test_any_order_of_arrival_gives_the_same_level(acts: list[Term], random: object) -> None:
    shuffled = list(acts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = level_of(acts, HALF), level_of(shuffled, HALF)
    assert one == pytest.approx(other, abs=1e-9)


@given(terms, terms, instants, instants)
def test_the_order_between_two_people_never_changes(
    one: list[Term], other: list[Term], now: datetime, later: datetime
) -> None:
    a, b = level_of(one, HALF), level_of(other, HALF)
    assert a is not None
    assert b is not None
    if abs(a - b) > 1e-9:
        for instant in (now, later):
            assert (warmth_at(a, HALF, instant) >= warmth_at(b, HALF, instant)) == (a > b)


@given(terms, instants)
def test_the_level_is_the_sum_of_decayed_points(acts: list[Term], now: datetime) -> None:
    plain = sum(term.points * 0.5 ** ((now - term.at) / HALF) for term in acts)
    assert warmth_at(level_of(acts, HALF), HALF, now) == pytest.approx(plain, rel=1e-9)


def test_points_halve_every_half_life() -> None:
    level = level_of([Term(LANDMARK, 40)], HALF)
    assert warmth_at(level, HALF, LANDMARK) == pytest.approx(40)
    assert warmth_at(level, HALF, LANDMARK + HALF) == pytest.approx(20)


def test_nothing_is_cold_at_any_time() -> None:
    assert level_of([], HALF) is None
    assert level_of([Term(LANDMARK, 0)], HALF) is None
    assert warmth_at(None, HALF, LANDMARK) == 0


def test_a_clock_that_is_centuries_off_overflows_nothing() -> None:
    far = datetime(9999, 1, 1, tzinfo=LANDMARK.tzinfo)
    level = level_of([Term(far, 20)], HALF)
    assert warmth_at(level, HALF, LANDMARK) < float("inf")
    assert warmth_at(level_of([Term(LANDMARK, 20)], HALF), HALF, far) == pytest.approx(0)


def test_twenty_and_thirty_reach_fifty_at_once() -> None:
    at = LANDMARK + timedelta(days=334, hours=9)
    assert reached([Term(at, 20), Term(at, 30)], 50, HALF, after=at) == at


def test_a_bar_is_reached_not_before_the_acts_that_the_campaign_demands() -> None:
    seen, pressed = LANDMARK, LANDMARK + timedelta(days=1)
    acts = [Term(seen, 80), Term(pressed, 20)]
    assert reached(acts, 50, HALF, after=pressed) == pressed
    assert reached(acts, 500, HALF, after=pressed) is None


@given(terms, st.floats(1, 300))
def test_a_bar_once_reached_is_worth_its_points_at_that_instant(acts: list[Term], bar: float) -> None:
    first = min(term.at for term in acts)
    at = reached(acts, bar, HALF, after=first)
    highest = max(warmth_at(level_of([t for t in acts if t.at <= term.at], HALF), HALF, term.at) for term in acts)
    if at is None:
        assert highest <= bar * (1 + 1e-6)
    else:
        assert warmth_at(level_of([t for t in acts if t.at <= at], HALF), HALF, at) >= bar * (1 - 1e-6)


@given(st.floats(1, 500), instants)
def test_the_day_it_falls_under_the_bar_is_the_day_it_does(points: float, at: datetime) -> None:
    level = level_for(points, HALF, at)
    falls = falls_to(points / 4, level, HALF)
    assert abs(falls - (at + 2 * HALF)) < timedelta(seconds=1)

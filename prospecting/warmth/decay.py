"""Forward decay (Cormode et al., 2009): one number a person, whose order never changes as time passes.

A level is log2 of Σ pᵢ·2^((tᵢ − L)/h), with L the landmark and h the half-life; the warmth at `now` is
2^(level − (now − L)/h). Kept as a logarithm, it neither overflows nor needs to be touched because time went by.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp2, fsum, log2

LANDMARK = datetime(2026, 1, 1, tzinfo=UTC)
ROUNDING = 1e-9
"""A level so little under a bar has reached it: 20 and 30 are 50, whatever the logarithms say."""
MAX_EXPONENT = 1000.0
"""Beyond 2 to this nobody's warmth can be; a clock that is years off must not overflow a float."""


@dataclass(frozen=True)
class Term:
    """Points that were worth `points` at `at`."""

    at: datetime
    points: float


def since_landmark(at: datetime, half_life: timedelta) -> float:
    """Half-lives from the landmark to `at`."""
    return (at - LANDMARK) / half_life


def level_of(terms: Iterable[Term], half_life: timedelta) -> float | None:
    """The level of `terms`; None if none has points. The same for any order of them (fsum rounds once)."""
    exponents = [log2(term.points) + since_landmark(term.at, half_life) for term in terms if term.points > 0]
    return add_levels(exponents)


def add_levels(levels: Iterable[float]) -> float | None:
    """The level of the sum of what `levels` stand for (logsumexp, base 2)."""
    there = list(levels)
    if not there:
        return None
    highest = max(there)
    return highest + log2(fsum(exp2(level - highest) for level in there))


def warmth_at(level: float | None, half_life: timedelta, now: datetime) -> float:
    """The warmth at `now` of a stored level; 0.0 where nothing contributes."""
    if level is None:
        return 0.0
    return exp2(min(level - since_landmark(now, half_life), MAX_EXPONENT))


def level_for(points: float, half_life: timedelta, now: datetime) -> float:
    """The level that is worth `points` (above 0) at `now`: where an index range over a bar begins."""
    return log2(points) + since_landmark(now, half_life)


def falls_to(points: float, level: float, half_life: timedelta) -> datetime:
    """When a level will be worth only `points` (above 0), if nothing more happens."""
    return LANDMARK + half_life * (level - log2(points))


def reached(terms: Iterable[Term], points: float, half_life: timedelta, *, after: datetime) -> datetime | None:
    """The first instant, not before `after`, at which the warmth of `terms` is `points` or more; None: never.

    Warmth rises only by acts, so that `after` and the instants of later acts are all that need a look.
    """
    ordered = sorted((term for term in terms if term.points > 0), key=lambda term: (term.at, term.points))
    earlier = [term for term in ordered if term.at <= after]
    level = level_of(earlier, half_life)
    if level is not None and level >= level_for(points, half_life, after) - ROUNDING:
        return after
    for term in ordered[len(earlier) :]:
        more = log2(term.points) + since_landmark(term.at, half_life)
        level = more if level is None else add_levels((level, more))
        if level is not None and level >= level_for(points, half_life, term.at) - ROUNDING:
            return term.at
    return None

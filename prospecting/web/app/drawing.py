"""Small pictures as plain numbers: the curve of warmth, the weeks of a gift. Templates only print them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH, HEIGHT = 240, 72
"""Of the curve, in the picture's own units; dots and words stand below."""
TABLED = 8


@dataclass(frozen=True)
class Curve:
    """Warmth over time, as an SVG path of lines; y of the bar; x of each gift."""

    path: str
    bar: float
    gifts: list[float]
    end: tuple[float, float]
    crossed_at: datetime | None
    """When it last rose over the bar and stayed, if it is over it now."""
    fell_at: datetime | None
    """When it was last over the bar, if it is under it now."""
    weeks: list[tuple[datetime, float]]
    """The same as numbers, one a week and the last."""


def curve(points: Sequence[tuple[datetime, float]], *, bar: float, gifts: Sequence[datetime]) -> Curve:
    """The drawing of `points` (instant and warmth, in order of time, at least two)."""
    begins, ends = points[0][0], points[-1][0]
    span = (ends - begins).total_seconds() or 1.0
    top = max(bar * 1.25, *(value for _, value in points)) * 1.06

    def x(at: datetime) -> float:
        return round((at - begins).total_seconds() / span * WIDTH, 1)

    def y(value: float) -> float:
        return round(HEIGHT - value / top * HEIGHT, 1)

    drawn = _without_flats([(x(at), y(value)) for at, value in points])
    path = "M" + " L".join(f"{left:g} {down:g}" for left, down in drawn)
    shown = sorted({x(at) for at in gifts if begins <= at <= ends})
    over = [at for at, value in points if value >= bar]
    fell_at = over[-1] if over and points[-1][1] < bar else None
    return Curve(path, y(bar), shown, drawn[-1], _crossed(points, bar), fell_at, _weekly(points))


def _without_flats(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same line without points in the middle of a level stretch."""
    kept = [
        point
        for place, point in enumerate(points)
        if place in (0, len(points) - 1) or not points[place - 1][1] == point[1] == points[place + 1][1]
    ]
    return list(dict.fromkeys(kept))


def _weekly(points: Sequence[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
    last, value = points[-1]
    marks = [last - timedelta(weeks=back) for back in range(TABLED, 0, -1)]
    before = [[point for point in points if point[0] <= mark] for mark in marks]
    return [(mark, known[-1][1]) for mark, known in zip(marks, before, strict=True) if known] + [(last, value)]


def _crossed(points: Sequence[tuple[datetime, float]], bar: float) -> datetime | None:
    crossed = None
    for at, value in points:
        if value < bar:
            crossed = None
        elif crossed is None:
            crossed = at
    return crossed

"""How often at most one person is written to: across all campaigns, gifts given by hand, and invitations."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MONTH = timedelta(days=30)
UNUSED_BEFORE_THE_END = 2
"""So many unused gifts more than those that slow a campaign down end it."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Spacing:
    """At least so many days between two touches, and at most so many touches in any 30 days."""

    days_between: int
    per_30_days: int

    @property
    def gap(self) -> timedelta:
        return timedelta(days=self.days_between)

    def slower(self, times: int) -> "Spacing":
        """`times` as slow."""
        return Spacing(self.days_between * times, max(1, self.per_30_days // times))


def strictest(spacings: Iterable[Spacing], *, wish_days: int | None = None) -> Spacing:
    """The strictest of `spacings` (at least one: the installation's) and of the days the person asked for."""
    every = list(spacings)
    return Spacing(
        max(*(spacing.days_between for spacing in every), wish_days or 0),
        min(spacing.per_30_days for spacing in every),
    )


def slowdown(unused: int, after_unused: int) -> int | None:
    """How many times as slow a campaign goes on after `unused` gifts in a row that nobody used; None: it ends.

    There is no message about it: who does not use gifts is not asked why.
    """
    if unused >= after_unused + UNUSED_BEFORE_THE_END:
        return None
    return 2 if unused >= after_unused else 1


@dataclass(frozen=True)
class Pace:
    """One person's spacing, and the instants that are taken already, past and planned, in order."""

    spacing: Spacing
    taken: tuple[datetime, ...] = ()
    not_before: datetime = LONG_AGO
    """The person's next allowed instant, as the gate left it."""

    @classmethod
    def of(cls, spacing: Spacing, taken: Iterable[datetime], *, not_before: datetime | None = None) -> "Pace":
        return cls(spacing, tuple(sorted(taken)), not_before or LONG_AGO)

    def first(self, at: datetime) -> datetime:
        """The first instant, not before `at`, at which one more touch keeps the pace with all that are taken."""
        at = max(at, self.not_before)
        while self.taken:
            moved = self._in_30_days(self._between(at))
            if moved == at:
                break
            at = moved
        return at

    def keeps(self, at: datetime) -> bool:
        """Whether one more touch at `at` keeps the pace."""
        return self.first(at) == at

    def _between(self, at: datetime) -> datetime:
        gap = self.spacing.gap
        for taken in self.taken:
            if taken - gap < at < taken + gap:
                at = taken + gap
        return at

    def _in_30_days(self, at: datetime) -> datetime:
        return _thinned(self.taken, at, most=self.spacing.per_30_days)


def _thinned(taken: Sequence[datetime], at: datetime, *, most: int) -> datetime:
    """`at`, moved on if with it more than `most` of `taken` would stand within 30 days."""
    if len(taken) < most:
        return at
    place = bisect_left(taken, at)
    together = [*taken[:place], at, *taken[place:]]
    for start in range(max(0, place - most), place + 1):
        if start + most < len(together) and together[start + most] - together[start] < MONTH:
            first = together[start] if start < place else together[place + 1]
            return first + MONTH
    return at

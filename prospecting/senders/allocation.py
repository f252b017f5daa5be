"""Handing out a mailbox's free instants, so that the gate rarely has to refuse what the planner planned."""

import hashlib
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from prospecting.senders.ramp import MailboxLimits, cap_on

DAY = timedelta(days=1)
JITTER = 0.5
"""A gap is up to so much longer than the least, by a share that is the touch's own."""


class Allocation:
    """The instants taken in one mailbox, lately and to come; built once a planner's run."""

    def __init__(self, limits: MailboxLimits, taken: Iterable[tuple[datetime, str]], *, not_before: datetime) -> None:
        self._limits = limits
        self._not_before = not_before
        self._all: list[datetime] = []
        self._by_domain: dict[str, list[datetime]] = {}
        for at, domain in taken:
            self._all.append(at)
            self._by_domain.setdefault(domain, []).append(at)
        for instants in (self._all, *self._by_domain.values()):
            instants.sort()

    def next_free(self, after: datetime, until: datetime, *, domain: str, key: str) -> datetime | None:
        """The first instant from `after` on and before `until` at which one more may leave to `domain`; None if all is
        taken. `key` names the touch: the same one keeps the same gap however often it is planned."""
        at = max(after, self._not_before)
        near = self._by_domain.get(domain, [])
        while at < until:
            later = max(
                self._after_gap(at, key),
                _after_full_day(self._all, at, self._cap),
                _after_full_day(near, at, self._domain_cap),
            )
            if later == at:
                return at
            at = later
        return None

    def take(self, at: datetime, domain: str) -> None:
        """This instant is taken."""
        insort(self._all, at)
        insort(self._by_domain.setdefault(domain, []), at)

    def load(self) -> dict[str, int]:
        """How many are taken on each day (UTC, ISO date)."""
        days: dict[str, int] = {}
        for at in self._all:
            day = at.astimezone(UTC).date().isoformat()
            days[day] = days.get(day, 0) + 1
        return days

    def _cap(self, at: datetime) -> int:
        return cap_on(self._limits, at.astimezone(UTC).date())

    def _domain_cap(self, _at: datetime) -> int:
        return self._limits.per_domain_per_day

    def _after_gap(self, at: datetime, key: str) -> datetime:
        """`at`, or the first instant after it that keeps its distance from what is taken on both sides."""
        if not self._limits.gap:
            return at
        own = self._limits.gap * (1 + JITTER * _share(key))
        place = bisect_right(self._all, at)
        if place and at - self._all[place - 1] < own:
            return self._all[place - 1] + own
        if place < len(self._all) and self._all[place] - at < self._limits.gap:
            return self._all[place] + own
        return at


def _after_full_day(taken: list[datetime], at: datetime, cap: Callable[[datetime], int]) -> datetime:
    """`at`, or the first instant after it at which one more keeps every sliding day within its cap: the day that ends
    at `at`, and the days that end at what is taken up to 24 hours later."""
    first, here = bisect_right(taken, at - DAY), bisect_right(taken, at)
    allowed = cap(at)
    if allowed < 1:
        return at + DAY
    if here - first >= allowed:
        return taken[here - allowed] + DAY
    after = bisect_left(taken, at + DAY, here)
    # Caps only grow: if all of both days fit under today's, no day between can be too full.
    if after - first < allowed:
        return at
    full = None
    oldest = first
    for number in range(here, after):
        while taken[oldest] <= taken[number] - DAY:
            oldest += 1
        if number + 1 - oldest >= cap(taken[number]):
            full = taken[number]
    # Nothing may be added to a full day before its end; after its last message it is no longer counted there.
    return at if full is None else full + timedelta(seconds=1)


def _share(key: str) -> float:
    """From 0 to 1, always the same for one key."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest()) / 2**32

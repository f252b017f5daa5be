"""When a message may leave, in the recipient's own time; pure rules, no session and no clock.

One function, `when`, decides a touch's time; the planner, the preview and the simulation all call it.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import Protocol
from zoneinfo import ZoneInfo

from prospecting.campaigns.closed import Closed, weekend_of
from prospecting.campaigns.pace import Pace
from prospecting.campaigns.spans import Span, Window

CIVIL = (time(7), time(21))
"""No campaign writes to anybody before or after, in the recipient's local time (product.md)."""

EVERY_DAY = frozenset(range(7))
A_YEAR = 366
MARGIN = timedelta(minutes=10)
"""A touch is not planned for the last minutes of a window, or a slow server would push it out."""

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Opening:
    """From `starts` up to, and not including, `ends`; instants in UTC."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Windows:
    """Local hours, within the civil floor, on days of the week numbered as `date.weekday()` does."""

    days: frozenset[int]
    hours: tuple[tuple[time, time], ...]

    @classmethod
    def of(cls, days: Container[int], hours: Iterable[Window]) -> "Windows":
        """Windows cut to the civil floor; what lies outside of it altogether is no window."""
        cut = ((max(window.start, CIVIL[0]), min(window.end, CIVIL[1])) for window in hours)
        return cls(frozenset(day for day in range(7) if day in days), tuple(sorted((a, b) for a, b in cut if a < b)))


AWAKE = Windows(EVERY_DAY, (CIVIL,))


def at_local(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant of a local time: the next valid one where the zone skips it, the first where it happens twice."""
    local = datetime.combine(day, at, zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    # Skipped. The offset after the gap puts it before the gap, the offset before puts it after: the gap is between.
    low, high = local.replace(fold=1).astimezone(UTC), instant
    after = high.astimezone(zone).utcoffset()
    while high - low > SECOND:
        middle = low + (high - low) // 2
        low, high = (low, middle) if middle.astimezone(zone).utcoffset() == after else (middle, high)
    return high.replace(microsecond=0)


def openings_on(windows: Windows, day: date, zone: ZoneInfo) -> list[Opening]:
    """The openings of one local day, in order."""
    if day.weekday() not in windows.days:
        return []
    pairs = ((at_local(day, start, zone), at_local(day, end, zone)) for start, end in windows.hours)
    return [Opening(starts, ends) for starts, ends in pairs if starts < ends]


def next_opening(windows: Windows, after: datetime, zone: ZoneInfo, *, closed: Container[date]) -> datetime | None:
    """First instant, not before `after`, at which all of `windows` allow a message.

    Times are aware; the answer is UTC. A window's start that a zone skips (spring) opens at the next valid minute; one
    that happens twice (autumn) opens the first time. None if nothing opens within a year.
    """
    first = after.astimezone(zone).date() - timedelta(days=1)
    for number in range(A_YEAR + 2):
        day = first + timedelta(days=number)
        if day in closed:
            continue
        for opening in openings_on(windows, day, zone):
            if opening.ends > after:
                return max(opening.starts, after.astimezone(UTC))
    return None


@dataclass(frozen=True)
class Calendar:
    """When one kind of recipient may be written to: the campaign's windows in their zone, and the recipient's own day.

    `zone` is where the windows are read, `home` where the recipient lives; they differ where a campaign names a zone.
    The civil floor and `closed` hold in both.
    """

    windows: Windows
    zone: ZoneInfo
    home: ZoneInfo
    closed: Closed
    weekend: frozenset[int] = frozenset({5, 6})
    _days: dict[date, tuple[Opening, ...]] = field(default_factory=dict, compare=False, repr=False)

    def on(self, day: date) -> tuple[Opening, ...]:
        """The openings of one day of `zone`, in order; remembered."""
        known = self._days.get(day)
        if known is None:
            known = self._days[day] = () if day in self.closed else tuple(self._open(day))
        return known

    def _open(self, day: date) -> Iterator[Opening]:
        for opening in openings_on(self.windows, day, self.zone):
            if self.zone == self.home:
                yield opening
                continue
            first = opening.starts.astimezone(self.home).date()
            for near in (first, first + timedelta(days=1)):
                for awake in openings_on(AWAKE, near, self.home):
                    starts, ends = max(opening.starts, awake.starts), min(opening.ends, awake.ends)
                    if starts < ends and near not in self.closed:
                        yield Opening(starts, ends)

    def openings(self, after: datetime) -> Iterator[tuple[date, Opening]]:
        """Day by day, the openings that end after `after`, for a year."""
        first = after.astimezone(self.zone).date()
        for number in range(A_YEAR + 1):
            day = first + timedelta(days=number)
            for opening in self.on(day):
                if opening.ends > after:
                    yield day, opening

    def later(self, span: Span, since: datetime) -> datetime:
        """The first instant of the recipient's day that comes `span` after that of `since`."""
        day = since.astimezone(self.home).date()
        if not span.working:
            return self.midnight(day + timedelta(days=span.count))
        return self.midnight(self.add_working_days(day, span.count))

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`th working day after `day`; weekends and public holidays of the recipient do not count."""
        for _ in range(count):
            day += timedelta(days=1)
            while day.weekday() in self.weekend or self.closed.holiday(day):
                day += timedelta(days=1)
        return day

    def midnight(self, day: date) -> datetime:
        """The first instant of a day where the recipient lives."""
        return at_local(day, time(0), self.home)


def calendar_of(
    *,
    days: Container[int],
    hours: tuple[Window, ...],
    zone: ZoneInfo | None,
    home: ZoneInfo,
    closed: Closed,
    country: str | None,
) -> Calendar:
    """The calendar of recipients who live in `home`; `zone` where the windows are read, theirs if None."""
    return Calendar(Windows.of(days, hours), zone or home, home, closed, weekend_of(country))


class Room(Protocol):
    """What a sender's limits leave free."""

    def near(self, wanted: datetime, opening: Opening) -> datetime | None:
        """A free instant in `opening`, `wanted` itself if it can be; None: it is full. Nothing is taken by asking."""
        ...


@dataclass(frozen=True)
class Slot:
    """When a touch is due, and until when it may leave."""

    due_at: datetime
    window_ends_at: datetime


@dataclass(frozen=True)
class Later:
    """The first day that is open is full; look again at `at`, on the next one."""

    at: datetime


def when(
    calendar: Calendar, after: datetime, *, pace: Pace, seed: int, room: Room | None = None, ends: date | None = None
) -> Slot | Later | None:
    """The time of one touch, not before `after`: within a window, at the person's pace, where the sender has room.

    `seed` spreads touches over the window and is the same for one touch for ever. Only the first day that is open is
    tried: a day that is full is looked at again the next one, so that people who go on come before those who begin.
    None: nothing opens within a year, or before `ends` (the last local day).
    """
    at = pace.first(after)
    full: tuple[date, Opening] | None = None
    for day, opening in calendar.openings(at):
        if ends and day > ends:
            return None
        if full and day > full[0]:
            midnight = calendar.midnight(opening.starts.astimezone(calendar.home).date())
            return Later(max(midnight, full[1].ends))
        rest = _rest(opening, pace.first(max(opening.starts, at)))
        if rest is None:
            continue
        wanted = _spread(rest, seed)
        if not pace.keeps(wanted):
            wanted = rest.starts
        due = room.near(wanted, rest) if room else wanted
        if due is None:
            full = (day, opening)
        elif pace.keeps(due):
            return Slot(due, opening.ends)
    return None


def _rest(opening: Opening, start: datetime) -> Opening | None:
    """What is left of `opening` from `start` on, without its last minutes; None where nothing is."""
    margin = min(MARGIN, (opening.ends - opening.starts) / 4)
    last = opening.ends - margin
    return Opening(start, last) if start < last else None


def _spread(opening: Opening, seed: int) -> datetime:
    """An instant of `opening`, on a whole second, that depends on nothing but `seed`."""
    whole = opening.starts.replace(microsecond=0) + (SECOND if opening.starts.microsecond else timedelta(0))
    seconds = int((opening.ends - whole).total_seconds())
    return whole + timedelta(seconds=seed % seconds) if seconds > 0 else opening.starts


def seed_of(*parts: str | int) -> int:
    """64 bits that depend on `parts` alone: the jitter of a touch, the arm of a person."""
    return int.from_bytes(blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest())

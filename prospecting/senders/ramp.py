"""A mailbox's limits as plain values, and how they grow while receivers get to know it."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class MailboxLimits:
    """What may leave in any sliding 24 hours, to one recipient domain and at all, and how far apart."""

    per_day: int
    ramp_from: int
    ramp_step: int
    gap: timedelta
    per_domain_per_day: int
    started_on: date
    """In UTC, as the days of the ramp are."""


def cap_on(limits: MailboxLimits, day: date) -> int:
    """The most that may leave in the 24 hours that end on `day`: `ramp_from` at first, `ramp_step` more with each
    working day since, until it is `per_day`."""
    grown = limits.ramp_from + limits.ramp_step * max(0, working_days(limits.started_on, day))
    return min(limits.per_day, grown)


def working_days(start: date, end: date) -> int:
    """Days from Monday to Friday after `start`, up to `end` and with it; below 0 if it comes before."""
    return _working_days_before(end + timedelta(days=1)) - _working_days_before(start + timedelta(days=1))


def _working_days_before(day: date) -> int:
    """From the first Monday of the calendar on."""
    weeks, weekday = divmod(day.toordinal() - 1, 7)  # 1 January of year 1 was a Monday
    return weeks * 5 + min(weekday, 5)

"""The only file that asks what time it is.

Engine time decides all business (due, windows, pace, warmth) and is handed down as `now`; a simulation or the demo
hands in another clock. Liveness time (leases, sweeps, sockets) is never accelerated: it is the database's
(`prospecting.db`) or `monotonic` here.
"""

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Engine time."""

    def now(self) -> datetime:
        """The current instant of the engine, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SetClock:
    """A clock that stands still until somebody sets it; once joined to another, it goes on with that one."""

    def __init__(self, start: datetime) -> None:
        self._lock = threading.Lock()
        self._now = aware(start)
        self._joined: Clock | None = None

    def now(self) -> datetime:
        with self._lock:
            return self._joined.now() if self._joined else self._now

    def set(self, instant: datetime) -> None:
        """Move on to `instant`; time never goes back (ValueError)."""
        with self._lock:
            if aware(instant) < self._now:
                raise ValueError(f"engine time goes forward only: {instant} is before {self._now}")
            self._now = aware(instant)

    def join(self, other: Clock) -> None:
        """From now on tell the time of `other`."""
        with self._lock:
            self._joined = other


def aware(instant: datetime) -> datetime:
    """`instant` in UTC; a naive one is refused (ValueError), because guessing its zone is how mails leave at night."""
    if instant.tzinfo is None:
        raise ValueError(f"a time without a zone: {instant!r}")
    return instant.astimezone(UTC)


def monotonic() -> float:
    """Seconds that only grow: for sockets, deadlines and pauses, never for business."""
    return time.monotonic()


def wall() -> datetime:
    """The machine's time in UTC, for what is about this machine: log lines, certificates, file names."""
    return datetime.now(UTC)

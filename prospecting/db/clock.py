"""Engine time in production: the database's, so that all processes of an installation agree."""

import threading
from datetime import datetime, timedelta

from prospecting.clock import monotonic, wall
from prospecting.db.engine import Database, Unreachable, liveness_now

ASK_EVERY = 10.0


class DatabaseClock:
    """The database's time, asked every ten seconds and carried on by the machine's monotonic clock in between."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._known: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        with self._lock:
            if self._known is None or monotonic() - self._known[1] > ASK_EVERY:
                self._ask()
            assert self._known is not None
            instant, at = self._known
            return instant + timedelta(seconds=monotonic() - at)

    def _ask(self) -> None:
        before = monotonic()
        try:
            with self._database.reading() as session:
                asked = liveness_now(session)
        except Unreachable:
            # The database is away: go on from the last answer, or from the machine's time if there never was one.
            last, at = self._known or (wall(), before)
            self._known = (last + timedelta(seconds=monotonic() - at), monotonic())
            return
        middle = (before + monotonic()) / 2
        if self._known is not None:
            # Never backwards by a rounding of the two clocks.
            asked = max(asked, self._known[0])
        self._known = (asked, middle)

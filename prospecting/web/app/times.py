"""Times as the team reads them: near ones in words, far ones as dates, with the exact one behind."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from prospecting.words import Words, moment

WEEK = 7


@dataclass(frozen=True)
class Times:
    """Says instants as seen from `now`, in one zone and language."""

    now: datetime
    zone: str
    language: str
    words: Words

    def within(self, zone: str | None) -> "Times":
        """The same in somebody's own zone."""
        return Times(self.now, zone or self.zone, self.language, self.words)

    def near(self, instant: datetime) -> Markup:
        """An instant: "today at 14:05", "yesterday", "3 days ago", "12 Nov"; the exact one on hover and in the data."""
        return self._tag(instant, self.text(instant))

    def exact(self, instant: datetime) -> Markup:
        """An instant with its day and hour."""
        return self._tag(instant, self.full(instant))

    def told(self, instant: datetime) -> str:
        """An instant within a sentence: "on Dec 1 at 8:40 AM" where `near` has only the date."""
        days = (self._local(instant).date() - self._local(self.now).date()).days
        if -WEEK < days < WEEK:
            return self.text(instant)
        key = "on_at" if days > 0 else "on"
        return self._say(
            key, day=self.text(instant), hour=moment(instant, self._zone, self.language, self._say("hour"))
        )

    def text(self, instant: datetime) -> str:
        """What `near` says, as text."""
        days = (self._local(instant).date() - self._local(self.now).date()).days
        hour = moment(instant, self._zone, self.language, self._say("hour"))
        if abs(days) <= 1:
            return self._say({0: "today", 1: "tomorrow", -1: "yesterday"}[days], hour=hour)
        if -WEEK < days < 0:
            return self._say("ago", n=-days)
        if 0 < days < WEEK:
            return self._say("soon", day=moment(instant, self._zone, self.language, "EEEE"), hour=hour)
        same_year = self._local(instant).year == self._local(self.now).year
        return self.day(instant, short=same_year)

    def day(self, instant: datetime, *, short: bool = False) -> str:
        """The day of an instant; `short` leaves the year out."""
        return moment(instant, self._zone, self.language, self._say("day" if short else "day_and_year"))

    def full(self, instant: datetime) -> str:
        return moment(instant, self._zone, self.language, self._say("full"))

    def _tag(self, instant: datetime, text: str) -> Markup:
        return Markup('<time datetime="{}" title="{}">{}</time>').format(instant.isoformat(), self.full(instant), text)

    def _say(self, key: str, **values: object) -> str:
        return self.words.say(self.language, f"app.times.{key}", **values)

    def _local(self, instant: datetime) -> datetime:
        return instant.astimezone(self._zone)

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

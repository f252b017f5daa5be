"""The small values a campaign file is written in: "5 working days", "08:30-11:30", named and dated quiet spans.

Each reads from the text people write, prints as the same text, and is refused in a sentence.
"""

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import IntEnum
from typing import Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

MAX_DAYS = 3660

SPAN = re.compile(r"(\d{1,4}) +(working days?|days?|weeks?)")
WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d) ?[-–] ?([01]\d|2[0-3]):([0-5]\d)")
DATES = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})")
QUIET_NAME = re.compile(r"[a-z]{2}(-[a-z0-9]+)+")


def wrong(
    message: str,
    mend: str,
    *at: str | int,
    code: str = "CF004",
    key: bool = False,
    instead: str | None = None,
) -> PydanticCustomError:
    """What a value is refused with: our sentence, where below the value the offending words stand (`at`; on the key
    itself with `key`), and the key that was probably meant."""
    context = {"code": code, "message": message, "mend": mend, "at": at, "key": key, "instead": instead}
    return PydanticCustomError("refused", "{message}", context)


class Written:
    """A value that is written as text: `read` makes it, `str` writes it again."""

    PATTERN = ""
    EXAMPLES: tuple[str, ...] = ()

    @classmethod
    def read(cls, value: Any) -> Self:
        """The value that `value` says. Raises PydanticCustomError."""
        raise NotImplementedError

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.read, serialization=core_schema.to_string_ser_schema(when_used="always")
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": f"^{cls.PATTERN}$", "examples": list(cls.EXAMPLES)}


@dataclass(frozen=True)
class Span(Written):
    """So many days, all of them or working ones only; working days are counted in the recipient's calendar."""

    PATTERN = SPAN.pattern
    EXAMPLES = ("5 working days", "21 days", "2 weeks")

    count: int
    working: bool = False

    @classmethod
    def read(cls, value: Any) -> Self:
        if isinstance(value, cls):
            return value
        found = SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
        if not found:
            raise wrong(
                f"{shown(value)} is no span of time.", 'Write it like "5 working days", "21 days" or "2 weeks".'
            )
        count = int(found[1]) * (7 if found[2].startswith("week") else 1)
        if count > MAX_DAYS:
            raise wrong(f"{shown(value)} is longer than ten years.", "Write a shorter span.")
        return cls(count, found[2].startswith("working"))

    @property
    def delta(self) -> timedelta:
        """The span as plain days; working days need a calendar, here they count as days."""
        return timedelta(days=self.count)

    def __str__(self) -> str:
        return f"{self.count} {'working ' if self.working else ''}day{'' if self.count == 1 else 's'}"


@dataclass(frozen=True, order=True)
class Window(Written):
    """Local hours of one day in which messages may leave: from `start` up to, and not including, `end`."""

    PATTERN = WINDOW.pattern
    EXAMPLES = ("08:30-11:30",)

    start: time
    end: time

    @classmethod
    def read(cls, value: Any) -> Self:
        if isinstance(value, cls):
            return value
        found = WINDOW.fullmatch(value.strip()) if isinstance(value, str) else None
        if not found:
            raise wrong(f"{shown(value)} are no hours.", 'Write them in quotes, on 24 hours, like "08:30-11:30".')
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        if start >= end:
            raise wrong(
                f"{shown(value)} ends before it begins.", "Write the earlier hour first; a window stays within one day."
            )
        return cls(start, end)

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True)
class Quiet(Written):
    """Days on which nothing leaves: a name of ours (`fr-august`), or dates `2026-12-24/2027-01-02`, both included."""

    PATTERN = f"({DATES.pattern}|{QUIET_NAME.pattern})"
    EXAMPLES = ("fr-august", "2026-12-24/2027-01-02")

    name: str | None = None
    first: date | None = None
    last: date | None = None

    @classmethod
    def read(cls, value: Any) -> Self:
        if isinstance(value, cls):
            return value
        text = value.strip() if isinstance(value, str) else ""
        if dates := DATES.fullmatch(text):
            return cls._between(dates[1], dates[2])
        if not QUIET_NAME.fullmatch(text):
            raise wrong(
                f"{shown(value)} is no quiet span.", "Write a name like fr-august, or dates like 2026-12-24/2027-01-02."
            )
        return cls(name=text)

    @classmethod
    def _between(cls, first: str, last: str) -> Self:
        try:
            span = cls(first=date.fromisoformat(first), last=date.fromisoformat(last))
        except ValueError as error:
            raise wrong(f"{first}/{last} holds a date that does not exist.", "Correct the dates.") from error
        if first > last:
            raise wrong(f"{first}/{last} ends before it begins.", "Write the earlier date first.")
        return span

    def __str__(self) -> str:
        return self.name or f"{self.first}/{self.last}"


class Day(IntEnum):
    """A day of the week, numbered as `date.weekday()` does; written by its first three letters."""

    MON = 0
    TUE = 1
    WED = 2
    THU = 3
    FRI = 4
    SAT = 5
    SUN = 6

    @classmethod
    def read(cls, value: Any) -> "Day":
        if isinstance(value, Day):
            return value
        if not isinstance(value, str) or value.upper() not in cls.__members__:
            raise wrong(f"{shown(value)} is no day of the week.", "Write mon, tue, wed, thu, fri, sat or sun.")
        return cls[value.upper()]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        written = core_schema.plain_serializer_function_ser_schema(lambda day: day.name.lower())
        return core_schema.no_info_plain_validator_function(cls.read, serialization=written)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"enum": [day.name.lower() for day in cls]}


def shown(value: Any) -> str:
    """`value` as a sentence may quote it: short, on one line."""
    if value is None:
        return "Nothing"
    if isinstance(value, dict | list):
        return "A mapping" if isinstance(value, dict) else "A list"
    text = " ".join(str(value).split())
    return f'"{text if len(text) <= 40 else text[:39] + "…"}"'

"""Days as people write them, in French, English and a few neighbours, read against the day the message was sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from prospecting.inbound.phrases import table

PAST = timedelta(days=60)
"""A day without a year that far before the message belongs to the next year."""


@dataclass(frozen=True)
class Found:
    """A day, and where it stands in the text."""

    day: date
    start: int
    end: int


def days_in(text: str, *, sent_on: date, month_first: bool = False) -> list[Found]:
    """Every day named in the folded `text`, in order. `month_first`: 01/05 is the fifth of January."""
    found: list[Found] = []
    for each in sorted(
        [*_iso(text), *_named(text, sent_on), *_numeric(text, sent_on, month_first=month_first)],
        key=lambda one: (one.start, -one.end),
    ):
        if not found or each.start >= found[-1].end:
            found.append(each)
    return found


def _iso(text: str) -> Iterator[Found]:
    for match in re.finditer(r"\b(20\d\d)-(\d{1,2})-(\d{1,2})\b", text):
        yield from _at(match, int(match[1]), int(match[2]), int(match[3]))


def _named(text: str, sent_on: date) -> Iterator[Found]:
    months: dict[str, int] = table("months")
    name = "(" + "|".join(sorted(map(re.escape, months), key=len, reverse=True)) + r")\b\.?"
    year = r"(?:,? (?:de )?(20\d\d)\b)?"
    ordinal = r"(\d{1,2})(?:st|nd|rd|th|er|eme|e|\.)?"
    for match in re.finditer(rf"\b{ordinal} ?(?:of |de |of the )?{name}{year}", text):
        yield from _near(match, match[3], months[match[2]], int(match[1]), sent_on)
    for match in re.finditer(rf"\b{name} (?:the )?{ordinal}(?![\d:h]){year}", text):
        yield from _near(match, match[3], months[match[1]], int(match[2]), sent_on)


def _numeric(text: str, sent_on: date, *, month_first: bool) -> Iterator[Found]:
    for match in re.finditer(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})(?:\2(20\d\d|\d\d))?(?![\d/-]|\.\d)", text):
        if not match[4] and match[2] == "-":
            continue
        first, second = int(match[1]), int(match[3])
        month, day = (first, second) if (month_first and first <= 12) or second > 12 else (second, first)
        year = match[4] if not match[4] or len(match[4]) == 4 else f"20{match[4]}"
        yield from _near(match, year, month, day, sent_on)


def _near(match: re.Match[str], year: str | None, month: int, day: int, sent_on: date) -> Iterator[Found]:
    if year:
        yield from _at(match, int(year), month, day)
        return
    for each in _at(match, sent_on.year, month, day):
        yield each if each.day >= sent_on - PAST else next(_at(match, sent_on.year + 1, month, day), each)


def _at(match: re.Match[str], year: int, month: int, day: int) -> Iterator[Found]:
    try:
        yield Found(date(year, month, day), match.start(), match.end())
    except ValueError:
        return

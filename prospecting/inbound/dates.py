"""Days as people write them, in French, English and a few neighbours, read against the day the message was sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from prospecting.inbound.phrases import alternatives, table

PAST = timedelta(days=60)
"""A day without a year that far before the message belongs to the next year."""
_ORDINAL = r"(\d{1,2})(?:st|nd|rd|th|er|eme|e|\.)?"


@dataclass(frozen=True)
class Found:
    """A day, and where it stands in the text."""

    day: date
    start: int
    end: int


def days_in(text: str, *, sent_on: date, month_first: bool | None = None) -> list[Found]:
    """Every day named in the folded `text`, in order.

    `month_first`: 01/05 is the fifth of January; None where nothing tells, and the nearer reading ahead is taken.
    """
    every = [*_iso(text), *_named(text, sent_on), *_numeric(text, sent_on, month_first), *_weekdays(text, sent_on)]
    found: list[Found] = []
    for each in sorted(every, key=lambda one: (one.start, -one.end)):
        if not found or each.start >= found[-1].end:
            found.append(each)
    return found


def _iso(text: str) -> Iterator[Found]:
    for match in re.finditer(r"\b(20\d\d)-(\d{1,2})-(\d{1,2})\b", text):
        yield from _at(match, int(match[1]), int(match[2]), int(match[3]))


def _named(text: str, sent_on: date) -> Iterator[Found]:
    """5 January, January 5th, le 1er mars 2027, den 3. Mai; of "December 22-26" the last day."""
    months: dict[str, int] = table("months")
    name = "(" + alternatives(months) + r")\b\.?"
    year = r"(?:,? (?:de |del )?(20\d\d)\b)?"
    for match in re.finditer(rf"\b{_ORDINAL} ?(?:of |de |of the )?{name}{year}", text):
        yield from _near(match, match[3], months[match[2]], int(match[1]), sent_on)
    first = r"(?:\d{1,2}(?:st|nd|rd|th)? ?(?:-|to|through|thru|until) ?)?"
    for match in re.finditer(rf"\b{name} (?:the )?{first}{_ORDINAL}(?![\d:h]){year}", text):
        yield from _near(match, match[3], months[match[1]], int(match[2]), sent_on)


def _numeric(text: str, sent_on: date, month_first: bool | None) -> Iterator[Found]:
    """3/01, 03.01.2027, 01-05-27; a dot alone needs a year or a second dot, else it is a number."""
    for match in re.finditer(
        r"(?<![\d/.,-])(\d{1,2})([/.-])(\d{1,2})(?:\2(20\d\d|\d\d)\b|(\.)(?!\d))?(?![\d/-])", text
    ):
        first, sign, second, year, dot = int(match[1]), match[2], int(match[3]), match[4], match[5]
        if (first, second) == (24, 7) or (not year and (sign == "-" or (sign == "." and not dot))):
            continue
        year = f"20{year}" if year and len(year) == 2 else year
        day_first = list(_near(match, year, second, first, sent_on))
        other = list(_near(match, year, first, second, sent_on))
        if month_first is None and sign == "/" and day_first and other:
            yield min(day_first + other, key=lambda one: (one.day < sent_on, one.day))
        else:
            yield from (other or day_first) if month_first and sign != "." else (day_first or other)


def _weekdays(text: str, sent_on: date) -> Iterator[Found]:
    """A day of the week that no date follows: the next such day. Tomorrow counts, too."""
    weekdays: dict[str, int] = table("weekdays")
    for match in re.finditer(r"\b(" + alternatives(weekdays) + r")\b(?!,? (?:the |le |den |dem )?\d)", text):
        ahead = (weekdays[match[1]] - sent_on.weekday() - 1) % 7 + 1
        yield Found(sent_on + timedelta(days=ahead), match.start(), match.end())
    for match in re.finditer(r"\b(?:tomorrow|demain)\b", text):
        yield Found(sent_on + timedelta(days=1), match.start(), match.end())


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

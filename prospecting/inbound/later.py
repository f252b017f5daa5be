"""The day a person names for later: a date, a month, a season, "in three weeks"."""

import re
from datetime import date, timedelta

from prospecting.inbound.dates import days_in
from prospecting.inbound.phrases import alternatives, table

FARTHEST = timedelta(days=800)
QUARTERS = (1, 4, 7, 10)
"""The months with which quarters begin."""


def later_day(text: str, *, sent_on: date, month_first: bool | None = None) -> date | None:
    """The first day after `sent_on` that the folded `text` names, in whatever way; None if it names none."""
    for day in (
        _date(text, sent_on, month_first),
        *(reading(text, sent_on) for reading in (_span, _occasion, _quarter, _month)),
        _year(text),
    ):
        if day is not None and sent_on < day <= sent_on + FARTHEST:
            return day
    return None


def _date(text: str, sent_on: date, month_first: bool | None) -> date | None:
    days = (found.day for found in days_in(text, sent_on=sent_on, month_first=month_first))
    return next((day for day in days if day > sent_on), None)


def _span(text: str, sent_on: date) -> date | None:
    """In three weeks, dans six mois, in a couple of months."""
    numbers, units = table("numbers"), table("units")
    found = re.search(
        rf"\b(?:in|within|dans|d'ici|apres|after|for)(?: environ| about| at least| au moins| another| the next)? "
        rf"(\d{{1,2}}|{alternatives(numbers)}) ({alternatives(units)})\b",
        text,
    )
    if found is None:
        return None
    count = int(found[1]) if found[1].isdigit() else int(numbers[found[1]])
    return sent_on + timedelta(days=count * int(units[found[2]]))


def _occasion(text: str, sent_on: date) -> date | None:
    """After the holidays, à la rentrée, next month: a day of the calendar, or so many months ahead."""
    for says, when in table("occasions").items():
        if re.search(rf"\b(?:{says})\b", text):
            return _ahead(sent_on, str(when))
    return None


def _ahead(sent_on: date, when: str) -> date:
    """`when`: the next "MM-DD", or the first day "+N" months ahead, or "+Nw": the Monday so many weeks ahead."""
    if when.endswith("w"):
        return sent_on + timedelta(days=7 * int(when[1:-1]) - sent_on.weekday())
    if when.startswith("+"):
        months = sent_on.year * 12 + sent_on.month - 1 + int(when[1:])
        return date(months // 12, months % 12 + 1, 1)
    month, day = map(int, when.split("-"))
    this_year = date(sent_on.year, month, day)
    return this_year if this_year > sent_on else date(sent_on.year + 1, month, day)


def _quarter(text: str, sent_on: date) -> date | None:
    found = re.search(r"\b[qt]([1-4])\b(?: (?:de )?(20\d\d))?", text)
    names = re.search(
        r"\b(" + alternatives(table("ordinals")) + r") (?:quarter|trimestre)\b(?: (?:de |of )?(20\d\d))?", text
    )
    if found is None and names is None:
        return None
    number, year = (
        (int(found[1]), found[2]) if found else (int(table("ordinals")[names[1]]), names[2]) if names else (1, None)
    )
    return _first_of(QUARTERS[number - 1], year, sent_on)


def _month(text: str, sent_on: date) -> date | None:
    """In March, début mars, mid-March, fin janvier, d'ici septembre 2027."""
    months = table("months")
    before = alternatives(table("around"))
    found = re.search(
        rf"\b(?:({before})[ -]?(?:of |de |d')?|in |en |until |till |jusqu'en |au mois (?:de |d')|d'ici |after |before |avant |apres |this |next |vers |around |for |pour |pas avant (?:le mois de )?)"
        rf"({alternatives(months)})\b\.?(?: (20\d\d))?",
        text,
    )
    if found is None:
        return None
    first = _first_of(int(months[found[2]]), found[3], sent_on)
    return first + timedelta(days=int(table("around")[found[1]])) if found[1] else first


def _year(text: str) -> date | None:
    found = re.search(r"\b(?:in|en|until|debut|early|a partir de|from|pour|for) (20\d\d)\b", text)
    return date(int(found[1]), 1, 4) if found else None


def _first_of(month: int, year: str | None, sent_on: date) -> date:
    if year:
        return date(int(year), month, 1)
    return date(sent_on.year + (month <= sent_on.month), month, 1)

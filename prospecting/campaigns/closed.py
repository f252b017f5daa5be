"""Days on which nothing leaves: public holidays by country and subdivision, and quiet spans by name or date."""

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from prospecting.campaigns.spans import Quiet
from prospecting.documents import read_yaml

SATURDAY_AND_SUNDAY = frozenset({5, 6})

Region = tuple[str, str | None]
"""A country (ISO 3166-1 alpha-2) and, where it is known, a subdivision of it (ISO 3166-2 without the country)."""


@dataclass(frozen=True)
class Yearly:
    """A span of every year, as (month, day), both included; it runs over the New Year if `last` is before `first`."""

    first: tuple[int, int]
    last: tuple[int, int]

    def __contains__(self, day: date) -> bool:
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


@cache
def quiet_spans() -> Mapping[str, Yearly]:
    """The quiet spans that have a name, from `quiet.yaml`."""
    data = read_yaml(Path(__file__).with_name("quiet.yaml")).data
    return {name: Yearly(_month_day(span["first"]), _month_day(span["last"])) for name, span in data.items()}


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


@cache
def _library() -> Any:
    # Half a second to import, and a web process never needs it.
    return importlib.import_module("holidays")


@cache
def _calendar(country: str, subdivision: str | None, year: int) -> Any:
    """The library's calendar; of the whole country where the subdivision is not known, None for no country of its."""
    library = _library()
    known = library.list_supported_countries(include_aliases=True)
    if country not in known:
        return None
    place = (subdivision or "").removeprefix(f"{country}-")
    return library.country_holidays(country, subdiv=place if place in known[country] else None, years=year)


@cache
def countries() -> frozenset[str]:
    """The countries whose public holidays are known, by their two letters."""
    return frozenset(code for code in _library().list_supported_countries() if len(code) == 2)


@cache
def holidays_of(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """The public holidays of one year; none for a country that nobody has listed."""
    calendar = _calendar(country, subdivision, year)
    return frozenset(calendar or ())


@cache
def weekend_of(country: str | None) -> frozenset[int]:
    """The days of the week, as `date.weekday()`, on which a country rests."""
    calendar = _calendar(country, None, 2026) if country else None
    return frozenset(calendar.weekend) if calendar is not None else SATURDAY_AND_SUNDAY


class Closed:
    """A container of the dates on which nothing leaves; asked once a date, years are looked up as they come."""

    def __init__(self, regions: Iterable[Region] = (), quiet: Iterable[Quiet] = ()) -> None:
        self.regions = tuple(dict.fromkeys(regions))
        spans = tuple(quiet)
        self._yearly = tuple(quiet_spans()[span.name] for span in spans if span.name)
        self._dated = tuple((span.first, span.last) for span in spans if span.first and span.last)
        self._years: dict[int, frozenset[date]] = {}

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        return (
            self.holiday(day) or any(day in span for span in self._yearly) or any(a <= day <= b for a, b in self._dated)
        )

    def holiday(self, day: date) -> bool:
        """Whether `day` is a public holiday in one of the regions."""
        known = self._years.get(day.year)
        if known is None:
            known = frozenset().union(*(holidays_of(country, place, day.year) for country, place in self.regions))
            self._years[day.year] = known
        return day in known

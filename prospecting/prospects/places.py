"""In which language and in which zone a person lives, as far as we were told.

Zones of countries come from the tz database's zone.tab (the wheel `tzdata`); names of countries and languages, in
French and English, from CLDR (`babel`).
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Protocol
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale

from prospecting.prospects.folding import fold


class Spoken(Protocol):
    """Has a language of its own: a Prospect, an Organisation, or a row of one."""

    @property
    def language(self) -> str | None: ...


class Placed(Protocol):
    """Has a place: a Prospect, an Organisation, or a row of one."""

    @property
    def zone(self) -> str | None: ...
    @property
    def country(self) -> str | None: ...


class ZoneFrom(StrEnum):
    """How a person's zone is known."""

    OWN = "own"
    ORGANISATION = "organisation"
    COUNTRY = "country"
    CAMPAIGN = "campaign"


def language_of(prospect: Spoken, organisation: Spoken | None, campaign: str) -> str:
    """The person's own language, else their organisation's, else the campaign's."""
    return prospect.language or (organisation.language if organisation else None) or campaign


def zone_of(prospect: Placed, organisation: Placed | None, campaign: str) -> tuple[ZoneInfo, ZoneFrom]:
    """The person's own zone, else their organisation's, else that of the country (their own, else the organisation's)
    if it has one, else the campaign's; and which of them it is."""
    if prospect.zone:
        return ZoneInfo(prospect.zone), ZoneFrom.OWN
    if organisation and organisation.zone:
        return ZoneInfo(organisation.zone), ZoneFrom.ORGANISATION
    country = prospect.country or (organisation.country if organisation else None)
    zone = country_zone(country) if country else None
    if zone:
        return ZoneInfo(zone), ZoneFrom.COUNTRY
    return ZoneInfo(campaign), ZoneFrom.CAMPAIGN


@cache
def country_zone(country: str) -> str | None:
    """The zone of a country (two letters) if all its clocks agree; zone.tab's first one names it.

    Germany has two zones on paper (Büsingen) and one time; Spain has two times (the Canaries), so it has none here.
    """
    zones = _zones_of_countries().get(country.upper(), [])
    if not zones or len({_offsets(zone) for zone in zones}) > 1:
        return None
    return zones[0]


def is_zone(name: str) -> bool:
    """Whether `name` is a zone of the tz database, exactly so written."""
    return name in _zone_names()


def country_code(text: str) -> str | None:
    """The two letters of a country given by them or by its French or English name; None if it is neither."""
    if len(text) == 2 and text.upper() in _countries().values():
        return text.upper()
    return _countries().get(fold(text))


def language_code(text: str) -> str | None:
    """A language's code ("fr", "pt-BR"), given by it or by its French or English name."""
    short, _, place = text.strip().replace("_", "-").partition("-")
    if short.lower() in _languages().values() and (not place or (place.isalnum() and len(place) <= 4)):
        return f"{short.lower()}-{place.upper()}" if place else short.lower()
    return _languages().get(fold(text))


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _zones_of_countries() -> dict[str, list[str]]:
    zones: dict[str, list[str]] = {}
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _coordinates, zone = line.split("\t")[:3]
            zones.setdefault(country, []).append(zone)
    return zones


def _offsets(zone: str) -> tuple[timedelta | None, ...]:
    """What the clocks of `zone` show at each noon of two years: long enough to see every yearly change."""
    start, where = datetime(2026, 1, 1, 12, tzinfo=UTC), ZoneInfo(zone)
    return tuple((start + timedelta(days=day)).astimezone(where).utcoffset() for day in range(730))


@cache
def _countries() -> dict[str, str]:
    # CLDR has none of the everyday abbreviations in this form.
    everyday = {"usa": "US", "etats unis d amerique": "US", "united states of america": "US", "great britain": "GB"}
    everyday |= {"england": "GB", "grande bretagne": "GB", "angleterre": "GB", "hollande": "NL", "pays bas": "NL"}
    return _names("territories", 2) | everyday | {"uk": "GB"}


@cache
def _languages() -> dict[str, str]:
    return _names("languages", 3)


def _names(kind: str, longest: int) -> dict[str, str]:
    """Folded French and English names, and the codes themselves in small letters, to codes."""
    names: dict[str, str] = {}
    for language in ("en", "fr"):
        listed: Iterable[tuple[str, str]] = getattr(Locale.parse(language), kind).items()
        for code, name in listed:
            if (
                code.isalpha()
                and len(code) <= longest
                and code not in ("EU", "EZ", "UN", "ZZ", "XA", "XB", "mul", "und", "zxx", "root")
            ):
                names[fold(name)] = code
                if kind == "territories":
                    names[code.lower()] = code
    return names

"""What the engine says, in French and in English, each written for itself in a room's `words/{fr,en}.yaml`.

A key leads to a sentence with `{name}` slots, or to `one` and `other` chosen by the value `n` (in French, 0 and 1 are
singular; CLDR). Dates and numbers come in as text already, made by `on`, `moment` and `number` here.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent

from prospecting.documents import read_yaml

LANGUAGES = ("fr", "en")
DEFAULT = "en"


class Words:
    """The sentences of one room. A key missing in one language is a bug, and tests compare the two files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._said: dict[str, dict[str, str]] = {}

    def say(self, language: str, key: str, /, **values: Any) -> str:
        """The sentence under the dotted `key` in `language` (English where we don't speak it), with `values` in it."""
        language = known(language)
        said = self._in(language)
        if key not in said and f"{key}.other" in said:
            key = f"{key}.{_plural(language, values['n'])}"
        return said[key].format_map(values)

    def keys(self, language: str) -> set[str]:
        return set(self._in(known(language)))

    def _in(self, language: str) -> dict[str, str]:
        """Every sentence of one language; its file is read once."""
        said = self._said.get(language)
        if said is None:
            said = self._said[language] = dict(_flat(read_yaml(self._folder / f"{language}.yaml").data))
        return said


def known(language: str | None) -> str:
    """`language` (or its first part) if we speak it, else English."""
    short = (language or DEFAULT).split("-")[0].lower()
    return short if short in LANGUAGES else DEFAULT


def on(day: date, language: str, form: str = "long") -> str:
    """A date as people write it: "3 novembre 2026"."""
    written = format_date(day, form, locale=known(language))
    # CLDR writes "1 décembre"; in French the first of a month is an ordinal.
    return re.sub(r"\b1 (?=\D)", "1er ", written) if known(language) == "fr" else written


def moment(instant: datetime, zone: tzinfo, language: str, form: str = "medium") -> str:
    """An instant in `zone`, as people write it."""
    return format_datetime(instant.astimezone(zone), form, locale=known(language))


def number(value: float, language: str) -> str:
    return str(format_decimal(value, locale=known(language)))


def percent(share: float, language: str) -> str:
    """A share from 0 to 1 as whole percents."""
    return str(format_percent(share, locale=known(language)))


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def _plural(language: str, n: float) -> str:
    form = str(_locale(language).plural_form(n))
    return form if form in ("one", "other") else "other"


def _flat(data: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for key, value in data.items():
        if isinstance(value, Mapping):
            flat += _flat(value, f"{before}{key}.")
        else:
            flat.append((f"{before}{key}", str(value)))
    return flat

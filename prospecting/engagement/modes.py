"""What may be known of a person: their own word first, then their country's policy, then what the campaign lowers."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from prospecting.documents import read_yaml
from prospecting.engagement.kinds import Mode

Choice = Literal["by_country", "declared", "none"]
"""A campaign's `tracking`: it may only lower what the country and the person allow."""

ORDER = tuple(Mode)
"""Least first."""


@dataclass(frozen=True)
class Policy:
    """What one country lets be known without the person's own yes, and who says so since when."""

    country: str | None
    mode: Mode
    source: str
    source_fr: str | None
    url: str
    since: date

    def said(self, language: str) -> tuple[str, str]:
        """The source in `language` where we have it, else in English; and the language it is in."""
        return (self.source_fr, "fr") if language == "fr" and self.source_fr else (self.source, "en")


def mode_of(*, country: str | None, wish: bool | None, choice: Choice = "by_country") -> Mode:
    """The mode of a person in `country` (ISO 3166-1 alpha-2) who said `wish` about being observed (None: never asked).

    After a no, nothing is observed; a no takes nothing else away: what a person presses is still theirs to tell.
    """
    if choice == "none":
        return Mode.NONE
    if choice == "declared" or wish is False:
        return Mode.DECLARED
    return Mode.CONSENTED if wish else policy(country).mode


def lower(one: Mode, other: Mode) -> Mode:
    """The one that knows less."""
    return min(one, other, key=ORDER.index)


def policy(country: str | None) -> Policy:
    """The policy of `country`; `declared` where we have read none."""
    policies, unknown = _policies()
    return policies.get((country or "").upper(), unknown)


def policies() -> list[Policy]:
    """Every policy we have read, by country code."""
    return [known for _, known in sorted(_policies()[0].items())]


@cache
def _policies() -> tuple[dict[str, Policy], Policy]:
    data = read_yaml(Path(__file__).parent / "policy.yaml").data
    known = {country: _policy(country, entry) for country, entry in data["countries"].items()}
    for rule in data["everywhere_in"]:
        known |= {country: _policy(country, rule) for country in rule["countries"]}
    return known, _policy(None, data["unknown"])


def _policy(country: str | None, entry: dict[str, Any]) -> Policy:
    since = entry["since"]
    on = since if isinstance(since, date) else date.fromisoformat(str(since))
    return Policy(country, Mode(entry["mode"]), entry["source"], entry.get("source_fr"), entry["url"], on)

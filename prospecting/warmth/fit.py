"""How well a person fits what the campaign asks for: a factor from 0.8 to 1.2, with its reasons.

Everybody enrolled satisfies the audience; what differs is how much of it we know, and whether the person decides.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from prospecting.prospects.models import Organisation, Prospect

LOWEST, HIGHEST = 0.8, 1.2
STEP = 0.1
DECIDES = re.compile(
    r"\b(?:direct(?:eur|rice|or)|drh|dg|ceo|chro|coo|cto|chief|head|vp|vice[- ]president|president|présidente?|gérante?"
    r"|founder|fondat(?:eur|rice)|owner|gérant|maire|mayor|secretary general|secrétaire générale?)\b",
    re.IGNORECASE,
)
GROUPS = ("all", "any")


@dataclass(frozen=True)
class Fit:
    """The factor, and the names of what made it: `decides`, `unknown:<field>`."""

    factor: float = 1.0
    because: tuple[str, ...] = ()


def fit_of(where: Mapping[str, Any], known: Mapping[str, Any]) -> Fit:
    """The fit of somebody of whom `known` (field name → value or None) is known, for the audience's condition `where`."""
    because = []
    factor = 1.0
    if DECIDES.search(str(known.get("role") or "")):
        because.append("decides")
        factor += STEP
    for field in sorted(set(_fields(where))):
        if field in known and known[field] in (None, "", []):
            because.append(f"unknown:{field}")
            factor -= STEP
    return Fit(round(min(HIGHEST, max(LOWEST, factor)), 2), tuple(because))


def fit_of_prospect(prospect: Prospect, organisation: Organisation | None, where: Mapping[str, Any]) -> Fit:
    """The fit of a stored person for an audience's condition."""
    known: dict[str, Any] = {"role": prospect.role, "country": prospect.country, "language": prospect.language}
    for name in ("kind", "headcount", "industry", "country"):
        known[f"organisation.{name}"] = getattr(organisation, name) if organisation else None
    return fit_of(where, known)


def _fields(condition: Mapping[str, Any]) -> Iterable[str]:
    """The fields a condition asks for, those of its `none` parts left out."""
    for key, value in condition.items():
        if key in GROUPS and isinstance(value, list):
            for part in value:
                if isinstance(part, Mapping):
                    yield from _fields(part)
        elif key not in ("none", "unknown", "segment"):
            yield key

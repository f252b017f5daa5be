"""The rules of judgement as data: `rules.yaml`, read once, with a version that every judgement keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from prospecting.documents import read_yaml

FILE = Path(__file__).with_name("rules.yaml")


@dataclass(frozen=True)
class Sign:
    """One sign: what it makes of the likelihood, how near in time, how many, and what redeems it."""

    name: str
    puts: float
    within: timedelta = timedelta(0)
    count: int = 1
    redeemed_by: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rules:
    """Everything `judge` goes by."""

    version: str
    signs: Mapping[str, Sign]
    weak: tuple[str, ...]
    weak_puts: Mapping[int, float]
    at_once: timedelta
    redeemed: float
    another_day: timedelta


@cache
def rules() -> Rules:
    """The rules this version ships."""
    return read_rules(read_yaml(FILE).data)


def read_rules(data: Mapping[str, Any]) -> Rules:
    """Rules from their file's values. Raises KeyError and ValueError for what is not complete."""
    signs = {
        name: Sign(
            name,
            float(values["puts"]),
            timedelta(seconds=values.get("within_s", 0)),
            next((int(values[key]) for key in ("links", "networks", "gestures", "touches") if key in values), 2),
            frozenset(values.get("redeemed_by", ())),
        )
        for part in ("strong", "pressed")
        for name, values in data[part].items()
    }
    weak = data["weak"]
    return Rules(
        str(data["version"]),
        signs,
        tuple(weak["signs"]),
        {int(number): float(puts) for number, puts in weak["puts"].items()},
        timedelta(seconds=weak["at_once_s"]),
        float(data["redeemed"]["puts"]),
        timedelta(hours=data["redeemed"]["at_least_hours"]),
    )

"""Turns what carries a number, and what was left out of it, into sentences of one language."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale

from prospecting.engagement.kinds import EventKind, Mode
from prospecting.engagement.models import Event
from prospecting.warmth.contributions import Counted
from prospecting.warmth.decay import Term, falls_to, level_of, warmth_at
from prospecting.warmth.fit import Fit
from prospecting.warmth.judge import COUNTS
from prospecting.warmth.model import Model
from prospecting.warmth.models import Judgement
from prospecting.words import Words, known, on, percent

WORDS = Words(Path(__file__).with_name("words"))
QUOTED = 80
"""Characters of a person's words that a reason quotes."""
SPOKEN = (EventKind.QUESTION, EventKind.REPLY)
BURST = timedelta(minutes=2)
"""Acts so near to each other are told in one line of what was left out."""


@dataclass(frozen=True)
class Reason:
    """One of the acts that carry a number. `points` as they count now; `share` from 0 to 1 of the number."""

    text: str
    at: datetime
    share: float
    points: float


@dataclass(frozen=True)
class Discounted:
    """Acts near each other that count less or not at all, and why."""

    text: str
    at: datetime
    likelihood: float


@dataclass(frozen=True)
class Teller:
    """Turns what is stored into sentences of one language."""

    language: str
    titles: Mapping[str, str]

    def say(self, key: str, **values: Any) -> str:
        return WORDS.say(self.language, key, **values)

    def act(self, kind: EventKind, gift: str | None, words: str | None, share: float | None = None) -> str:
        """What a person did, in plain words."""
        quote = shorten(words) if words else None
        title = self.titles.get(gift or "", gift or "") or self.say("no_gift")
        key = f"acts.{kind}"
        if kind in SPOKEN:
            key += "_quoted" if quote else "_plain"
        return self.say(key, gift=title, words=quote or "", share=percent(share or 0, self.language))

    def reason(
        self, counted: Counted, event: Event | None, term: Term, model: Model, now: datetime, number: float
    ) -> Reason:
        points = warmth_at(level_of([term], model.half_life), model.half_life, now)
        share = (event.facts or {}).get("share") if event else None
        return Reason(
            self.act(counted.kind, counted.gift, event.words if event else None, share),
            counted.at,
            points / number,
            points,
        )

    def colleagues(self, terms: Sequence[tuple[str, Term]], model: Model, now: datetime, number: float) -> list[Reason]:
        """One reason a colleague: their newest act, with all they add."""
        by_name: dict[str, list[Term]] = {}
        for name, term in terms:
            by_name.setdefault(name, []).append(term)
        reasons = []
        for name, theirs in by_name.items():
            points = warmth_at(level_of(theirs, model.half_life), model.half_life, now)
            reasons.append(
                Reason(self.say("colleague", name=name), max(term.at for term in theirs), points / number, points)
            )
        return reasons

    def discounted(self, judged: Sequence[Judgement], events: Mapping[uuid.UUID, Event]) -> list[Discounted]:
        """What was left out or counts less, those near each other and of the same signs in one line, newest first."""
        ordered = sorted(judged, key=lambda each: (events[each.event_id].at, each.event_id))
        groups: list[list[Judgement]] = []
        for each in ordered:
            last = groups[-1][-1] if groups else None
            near = last and events[each.event_id].at - events[last.event_id].at <= BURST
            if near and last is not None and (last.likelihood < COUNTS) == (each.likelihood < COUNTS):
                groups[-1].append(each)
            else:
                groups.append([each])
        return [self._discounted(group, events) for group in reversed(groups)]

    def _discounted(self, group: Sequence[Judgement], events: Mapping[uuid.UUID, Event]) -> Discounted:
        told = [events[each.event_id] for each in group]
        acts = list(
            dict.fromkeys(
                self.act(EventKind(event.kind), event.gift, None, (event.facts or {}).get("share")) for event in told
            )
        )
        signs = list(dict.fromkeys(sign for each in group for sign in each.signs))
        lowest = min(each.likelihood for each in group)
        verdict = self.say("verdicts.machine" if lowest < COUNTS else "verdicts.doubtful")
        because = self.say("and").join(self.say(f"signs.{sign}") for sign in signs)
        text = self.say("discounted", acts=", ".join(acts), because=because, verdict=verdict)
        return Discounted(text, told[0].at, lowest)

    def unknown(self, mode: Mode, country: str | None) -> str:
        places = Locale.parse(known(self.language)).territories
        return self.say(f"unknown.{mode}", country=places.get(country or "", self.say("somewhere")))

    def cools(self, level: float | None, model: Model, now: datetime) -> str:
        """What happens to the number if nothing more does."""
        days = round(model.half_life / timedelta(days=1))
        if level is None:
            return self.say("cools.cold", bar=round(model.bar))
        if warmth_at(level, model.half_life, now) < model.bar:
            return self.say("cools.below", n=days)
        falls = falls_to(model.bar, level, model.half_life)
        return self.say(
            "cools.above", n=days, on=on(falls.astimezone(ZoneInfo("UTC")).date(), self.language), bar=round(model.bar)
        )

    def fit(self, fit: Fit) -> str:
        if not fit.because:
            return self.say("fit.plain")
        because = self.say("and").join(self._because(name) for name in fit.because)
        return self.say(
            "fit.factor",
            factor=f"{fit.factor:.1f}".replace(".", "," if known(self.language) == "fr" else "."),
            because=because,
        )

    def _because(self, name: str) -> str:
        what, _, field = name.partition(":")
        known_field = f"fit.fields.{field}"
        named = self.say(known_field if known_field in WORDS.keys(self.language) else "fit.fields.other", field=field)
        return self.say(f"fit.{what}", field=named)


def shorten(words: str) -> str:
    """The beginning of a person's words, on one line."""
    line = " ".join(words.split())
    return line if len(line) <= QUOTED else line[: QUOTED - 1].rstrip() + "…"

"""A small grammar of asking: classes of words and forms made of them, kept as data, one file a language.

A hit does not count where it is denied ("without a meeting"), is somebody's topic ("how to refuse a call"), or where
the form's own `unless` is found in its sentence. `all` are forms that only mean something together: each must be found,
in whatever order; the first of them is where the finding points.

What no form foresaw is weighed: a sentence with enough signs that somebody asks, of us two, to talk, is an ask
(`evidence`). At least one sign must be of its core, which is where the finding points.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from prospecting.campaigns.lint.forms import WORD, Classes, alternative, compiled
from prospecting.campaigns.lint.shown import Sentence
from prospecting.documents import read_yaml

FOLDER = Path(__file__).parent / "grammar"
LANGUAGES = ("fr", "en")

WORDS = re.compile(r"[a-z]+")
QUOTES = re.compile(r'["\u00bb]')
OUTSIDE = re.compile(r'["\u00ab][^"\u00ab\u00bb]*["\u00bb]')
"""What stands in quotes."""


@dataclass(frozen=True)
class Form:
    """One way of saying something, as a pattern over a folded sentence."""

    code: str
    written: str
    pattern: re.Pattern[str]
    also: tuple[re.Pattern[str], ...]
    """What must be found in the sentence besides."""
    unless: tuple[re.Pattern[str], ...]
    about: bool
    """Whether a topic ("how to …", "a guide on …") takes its meaning away."""


@dataclass(frozen=True)
class Said:
    """A form found: from `start` up to `end` of the visible text."""

    code: str
    start: int
    end: int
    form: str


@dataclass(frozen=True)
class Sign:
    """Something that speaks for an ask, or (below 0) against it."""

    weight: int
    core: bool
    patterns: tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class Evidence:
    """Signs that together make a sentence an ask of `code`."""

    code: str
    at_least: int
    signs: tuple[Sign, ...]


@dataclass(frozen=True)
class Grammar:
    """One language's forms, and what takes their meaning away."""

    forms: tuple[Form, ...]
    evidence: Evidence
    denied: re.Pattern[str]
    about: re.Pattern[str]

    def hits(self, sentence: Sentence) -> Iterator[Said]:
        """What is said in `sentence`, one hit a form."""
        for form in self.forms:
            for found in form.pattern.finditer(sentence.text):
                if self._meant(form, found, sentence.text):
                    yield self._said(form.code, found, sentence, form.written)
                    break

        if weighed := self._weighed(sentence):
            yield weighed

    def _weighed(self, sentence: Sentence) -> Said | None:
        weight, core = 0, None
        for sign in self.evidence.signs:
            found = next(
                (
                    one
                    for pattern in sign.patterns
                    for one in pattern.finditer(sentence.text)
                    if not sign.core or self._stands(one, sentence.text)
                ),
                None,
            )
            if found:
                weight += sign.weight
                core = core or (found if sign.core else None)
        if core is None or weight < self.evidence.at_least:
            return None
        return self._said(self.evidence.code, core, sentence, f"evidence of {weight}")

    def _stands(self, found: re.Match[str], text: str, *, about: bool = True) -> bool:
        """Whether what was found is neither quoted, nor denied before or in it, nor (if `about`) a topic."""
        before, inside = text[: found.start() + 1], text[: found.end()].rsplit(" ", 1)[0] + " "
        if _quoted(before, text[found.end() :]) or self.denied.search(before) or self.denied.search(inside):
            return False
        return not (about and self.about.search(before))

    @staticmethod
    def _said(code: str, found: re.Match[str], sentence: Sentence, form: str) -> Said:
        start, end = found.start() + 1, len(found[0].rstrip()) + found.start()
        return Said(code, sentence.places[start], sentence.places[end - 1] + 1, form)

    def _meant(self, form: Form, found: re.Match[str], text: str) -> bool:
        return (
            self._stands(found, text, about=form.about)
            and all(also.search(text) for also in form.also)
            and not any(unless.search(text) for unless in form.unless)
        )


def _quoted(before: str, after: str) -> bool:
    """Whether what stands between `before` and `after` is somebody else's words: inside quotes, with words around."""
    opened = before.count("\u00ab") > before.count("\u00bb") or before.count('"') % 2 == 1
    return opened and bool(QUOTES.search(after)) and len(WORDS.findall(OUTSIDE.sub(" ", f"{before}\u2026{after}"))) > 3


@cache
def grammars() -> tuple[Grammar, ...]:
    """Every language's grammar; a message is read with all of them, because people mix."""
    return tuple(_grammar(read_yaml(FOLDER / f"{language}.yaml").data) for language in LANGUAGES)


def _grammar(data: Mapping[str, Any]) -> Grammar:
    classes: dict[str, str] = {}
    for name, words in data["classes"].items():
        classes[name] = "|".join(alternative(str(word), classes) for word in words)
    forms = [form for rule in data["rules"] for form in _forms(rule, classes)]
    denied = "|".join(alternative(one, classes) for one in data["denied"])
    about = "|".join(alternative(one, classes) for one in data["about"])
    asks = "|".join(alternative(one, classes) for one in data["asks"])
    return Grammar(
        tuple(forms),
        _evidence(data["evidence"], classes),
        # Who asks begins a new thought: "no strings and I would love a call" denies nothing.
        re.compile(rf" (?:{denied}) (?:(?!(?:{asks}) ){WORD} ){{0,5}}$"),
        re.compile(rf" (?:{about}) (?:(?!(?:{asks}) ){WORD} ){{0,5}}$"),
    )


def _forms(rule: Mapping[str, Any], classes: Classes) -> Iterator[Form]:
    unless = tuple(compiled(one, classes) for one in rule.get("unless", ()))
    together = [("; ".join(rule["all"]), rule["all"][0], rule["all"][1:])] if "all" in rule else []
    for named, first, also in [*together, *((written, written, []) for written in rule.get("forms", ()))]:
        others = tuple(compiled(one, classes) for one in also)
        yield Form(rule["code"], named, compiled(first, classes), others, unless, rule.get("about", True))


def _evidence(data: Mapping[str, Any], classes: Classes) -> Evidence:
    signs = [
        Sign(sign["weight"], sign.get("core", False), tuple(compiled(one, classes) for one in sign["forms"]))
        for sign in data["signs"]
    ]
    return Evidence(data["code"], data["at_least"], tuple(signs))

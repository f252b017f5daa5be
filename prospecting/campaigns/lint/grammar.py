"""A small grammar of asking: classes of words and forms made of them, kept as data, one file a language.

A form is written as people would say it: words, `<class>`, `(one|two_words)`, `word?` for what may be missing, `<class>~`
for up to eight of a class, `!word` for any other word, `*` for any ending, `...` for up to three words and `....` for up
to six of the same clause, `^` and `$` for the sentence's ends.
A hit does not count where it is denied ("without a meeting"), is somebody's topic ("how to refuse a call"), or where
the form's own `unless` is found in its sentence. `all` are forms that only mean something together: each must be found,
in whatever order; the first of them is where the finding points.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from prospecting.campaigns.lint.shown import VALUE, Sentence
from prospecting.documents import read_yaml

FOLDER = Path(__file__).parent / "grammar"
LANGUAGES = ("fr", "en")

WORD = rf"[a-z0-9{VALUE}]+"
WORDS = re.compile(r"[a-z]+")
QUOTES = re.compile(r'["\u00bb]')
OUTSIDE = re.compile(r'["\u00ab][^"\u00ab\u00bb]*["\u00bb]')
"""What stands in quotes."""
GAPS = {"...": 3, "....": 6}


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
class Grammar:
    """One language's forms, and what takes their meaning away."""

    forms: tuple[Form, ...]
    denied: re.Pattern[str]
    about: re.Pattern[str]

    def hits(self, sentence: Sentence) -> Iterator[Said]:
        """What is said in `sentence`, one hit a form."""
        for form in self.forms:
            for found in form.pattern.finditer(sentence.text):
                if self._meant(form, found, sentence.text):
                    start, end = found.start() + 1, len(found[0].rstrip()) + found.start()
                    yield Said(form.code, sentence.places[start], sentence.places[end - 1] + 1, form.written)
                    break

    def _meant(self, form: Form, found: re.Match[str], text: str) -> bool:
        before = text[: found.start() + 1]
        if _quoted(before, text[found.end() :]):
            return False
        if self.denied.search(before) or (form.about and self.about.search(before)):
            return False
        if not all(also.search(text) for also in form.also):
            return False
        return not any(unless.search(text) for unless in form.unless)


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
        classes[name] = "|".join(_pattern(str(word), classes) for word in words)
    forms = [form for rule in data["rules"] for form in _forms(rule, classes)]
    denied = "|".join(_pattern(one, classes) for one in data["denied"])
    about = "|".join(_pattern(one, classes) for one in data["about"])
    asks = "|".join(_pattern(one, classes) for one in data["asks"])
    return Grammar(
        tuple(forms),
        # Who asks begins a new thought: "no strings and I would love a call" denies nothing.
        re.compile(rf" (?:{denied}) (?:(?!(?:{asks}) ){WORD} ){{0,5}}$"),
        re.compile(rf" (?:{about}) (?:(?!(?:{asks}) ){WORD} ){{0,5}}$"),
    )


def _forms(rule: Mapping[str, Any], classes: Mapping[str, str]) -> Iterator[Form]:
    def compiled(written: str) -> re.Pattern[str]:
        return re.compile(_anchored(written, classes))

    unless = tuple(compiled(one) for one in rule.get("unless", ()))
    together = [("; ".join(rule["all"]), rule["all"][0], rule["all"][1:])] if "all" in rule else []
    for named, first, also in [*together, *((written, written, []) for written in rule.get("forms", ()))]:
        others = tuple(compiled(one) for one in also)
        yield Form(rule["code"], named, compiled(first), others, unless, rule.get("about", True))


def _anchored(written: str, classes: Mapping[str, str]) -> str:
    start = "^ " if written.startswith("^") else " "
    end = " $" if written.endswith("$") else "(?= )"
    return start + _pattern(written.strip("^$ "), classes) + end


def _pattern(written: str, classes: Mapping[str, str]) -> str:
    """The regular expression of a form. Words are separated by one space; a gap never leaves its clause."""
    made, begun = "", False
    for item in _split(written, " "):
        if item in GAPS:
            piece, often = WORD, f"{{0,{GAPS[item]}}}?"
        elif item.endswith("~"):
            piece, often = _item(item[:-1], classes), "{0,8}?"
        elif item.endswith("?") and item != "?":
            piece, often = _item(item[:-1], classes), "?"
        else:
            made += (" " if begun else "") + _item(item, classes)
            begun = True
            continue
        made += f"(?: {piece}){often}" if begun else f"(?:{piece} ){often}"
    return made


def _item(item: str, classes: Mapping[str, str]) -> str:
    if item.startswith("<"):
        return f"(?:{classes[item[1:-1]]})"
    if item.startswith("!"):
        return f"(?!{_item(item[1:], classes)} ){WORD}"
    if item.startswith("("):
        inner = _split(item[1:-1], "|")
        return "(?:" + "|".join(_pattern(" ".join(_split(one, "_")), classes) for one in inner) + ")"
    word, *kept_out = re.split(r"(?=\(\?!)", item)
    plain = re.escape(word).replace(r"\*", "[a-z0-9]*").replace(r"\#", r"\d{1,4}")
    return plain + "".join(kept_out).replace("_", " ")


def _split(written: str, at: str) -> list[str]:
    """`written` in pieces, without looking into parentheses."""
    pieces, depth = [""], 0
    for sign in written:
        depth += (sign == "(") - (sign == ")")
        if sign == at and not depth:
            pieces.append("")
        else:
            pieces[-1] += sign
    return [piece for piece in pieces if piece]

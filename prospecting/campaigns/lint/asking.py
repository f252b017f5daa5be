"""GF001, GF002, GF009, GF010, MS004: what a message must not say, found in the words a reader sees."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from prospecting.campaigns.lint.case import Case, Words, in_head
from prospecting.campaigns.lint.grammar import grammars
from prospecting.campaigns.lint.phones import numbers, spoken
from prospecting.campaigns.lint.shown import Shown, sentences, shown
from prospecting.documents import read_yaml
from prospecting.findings import Finding, Severity


@dataclass(frozen=True)
class Said:
    """Words that a rule forbids: their code, where they stand in a text, and how they are quoted."""

    code: str
    offset: int
    end: int
    quote: str


@dataclass(frozen=True)
class Saying:
    """What a finding of one code tells the writer."""

    message: str
    mend: str
    severity: Severity = "error"


SAYINGS = {
    "GF001": Saying(
        "This gift's message asks for a call ({quote}). Nobody is phoned here, and a gift asks for nothing.",
        "Take it out; who wants to talk will choose so at the invitation.",
    ),
    "GF002": Saying(
        "This gift's message asks for a meeting ({quote}). People who have not received anything yet won't give time.",
        "Move it to the invitation.",
    ),
    "GF009": Saying(
        "This says what was observed ({quote}). It makes people feel watched.",
        "Speak of what you give, or of what they told you.",
    ),
    "GF010": Saying(
        "This pretends to know the reader ({quote}). They will notice.", "Say plainly who you are and why you write."
    ),
    "GF011": Saying(
        "This puts a price on the gift ({quote}). What costs money is not a gift.",
        "Take the price out, or give something else.",
    ),
    "MS004": Saying("Mail filters punish this ({quote}).", "Say it in ordinary words.", "warning"),
}
IN_GIFTS = ("GF001", "GF002", "GF009", "GF010", "GF011", "MS004")
IN_INVITATIONS = ("GF009", "GF010", "MS004")
IN_LIBRARY = ("GF001", "GF002")


def asking(case: Case) -> Iterator[Finding]:
    """What the campaign's own words must not say."""
    for message in case.messages:
        for words in message.words:
            yield from _findings(words, IN_INVITATIONS if message.step is None else IN_GIFTS)
            if message.step is None:
                yield from _dialled(words)
    for path in _in_file(case):
        if written := in_head(case.document, *path):
            yield from _findings(written, IN_GIFTS)


def _in_file(case: Case) -> Iterator[tuple[str | int, ...]]:
    yield ("lawful", "why_them")
    for number, step in enumerate(case.definition.gifts):
        for place in range(len(step.variants)):
            yield ("gifts", number, "variants", place, "subject")
            yield ("gifts", number, "variants", place, "preheader")


def _findings(words: Words, codes: Iterable[str]) -> Iterator[Finding]:
    for said in said_in(words.text, part=words.part):
        if said.code in codes:
            saying = SAYINGS[said.code]
            yield words.finding(
                said.code,
                said.offset,
                saying.message.format(quote=f'"{said.quote}"'),
                saying.mend,
                severity=saying.severity,
            )


def _dialled(words: Words) -> Iterator[Finding]:
    """An invitation may offer a meeting, but there is no phone here either."""
    seen = shown(words.text)
    for said in _numbers(seen):
        yield words.finding(
            "GF001",
            said.offset,
            f'The invitation holds a phone number ("{said.quote}"). Nobody is phoned here.',
            "Take it out; the invitation's page offers the ways that there are.",
            severity="warning",
        )


def said_in(text: str, *, part: str = "body") -> list[Said]:
    """Everything forbidden in a piece of Markdown, one of a code for each stretch of words, in order.

    `part` is "subject" for a subject line, where more is punished.
    """
    seen = shown(text)
    found = [*_told(seen), *_numbers(seen), *_links(seen), *_shapes(seen, part)]
    return _each_once(found)


def _told(seen: Shown) -> Iterator[Said]:
    for sentence in sentences(seen):
        for grammar in grammars():
            for hit in grammar.hits(sentence):
                yield Said(hit.code, seen.place(hit.start), seen.place(hit.end - 1) + 1, seen.quote(hit.start, hit.end))
        for number in spoken(sentence.text):
            start, end = sentence.places[number.start() + 1], sentence.places[number.end() - 2] + 1
            yield Said("GF001", seen.place(start), seen.place(end - 1) + 1, seen.quote(start, end))


def _numbers(seen: Shown) -> Iterator[Said]:
    for span in numbers(seen):
        start = span.start + len(seen.text[span.start : span.end]) - len(seen.text[span.start : span.end].lstrip())
        yield Said("GF001", seen.place(start), seen.place(span.end - 1) + 1, seen.quote(start, span.end))


def _links(seen: Shown) -> Iterator[Said]:
    for address in seen.addresses:
        for code, pattern in _addresses():
            if pattern.search(address.text):
                yield Said(code, address.start, address.start + len(address.text), address.text[:60])
                break


def _shapes(seen: Shown, part: str) -> Iterator[Said]:
    for code, pattern, where in _punished():
        if where in ("anywhere", part):
            for found in pattern.finditer(seen.text):
                yield Said(
                    code,
                    seen.place(found.start()),
                    seen.place(found.end() - 1) + 1,
                    seen.quote(found.start(), found.end()),
                )


def _each_once(found: list[Said]) -> list[Said]:
    """Without those of the same code that begin inside, or next to, one already there."""
    kept: list[Said] = []
    for said in sorted(found, key=lambda one: (one.offset, -one.end)):
        if not any(said.code == other.code and said.offset < other.end for other in kept):
            kept.append(said)
    return kept


@cache
def _addresses() -> list[tuple[str, re.Pattern[str]]]:
    data = read_yaml(Path(__file__).parent / "grammar" / "shapes.yaml").data["addresses"]
    return [(code, re.compile("|".join(parts), re.I)) for code, parts in data.items()]


@cache
def _punished() -> list[tuple[str, re.Pattern[str], str]]:
    data = read_yaml(Path(__file__).parent / "grammar" / "shapes.yaml").data["shapes"]
    return [
        (
            shape["code"],
            re.compile(shape["pattern"], re.I if not shape.get("case") else 0),
            shape.get("where", "anywhere"),
        )
        for shape in data
    ]

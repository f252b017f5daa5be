"""From a `where` as people write it to a Condition, or to findings at the words that are wrong.

all:
  - {organisation.headcount: {at_least: 50}, unknown: keep}
  - {role: {words: [DRH, "ressources humaines"]}}
  - {country: FR}
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from prospecting.documents import Document, Path_
from prospecting.findings import Finding
from prospecting.prospects.folding import fold
from prospecting.prospects.models import NUMBER
from prospecting.prospects.segments.catalogue import OPS, Catalogue, Field, Kind
from prospecting.prospects.segments.condition import Condition, Group, Op, Test, Unknown, Value

JOINS = ("all", "any", "none")
MOST_TESTS = 200
MOST_VALUES = 500
MOST_WORDS = 100
"""SQLite takes no expression deeper than 1,000; these keep any condition under it."""
DEEPEST = 20
_SPAN = re.compile(r"(\d{1,4}) ?(days?|weeks?|months?)")
_DAYS = {"d": 1, "w": 7, "m": 30}


def parse(node: Any, document: Document, path: Path_, catalogue: Catalogue) -> Condition | list[Finding]:
    """The condition in `node`, which stands at `path` of `document`; findings instead if anything in it is wrong."""
    reader = _Reader(document, catalogue)
    condition = reader.condition(node, path, 0)
    return reader.findings if reader.findings or condition is None else condition


@dataclass
class _Reader:
    document: Document
    catalogue: Catalogue
    findings: list[Finding] = field(default_factory=list)
    tests: int = 0

    def condition(self, node: Any, path: Path_, depth: int) -> Condition | None:
        if not isinstance(node, dict) or not node:
            self._wrong(path, "This is no condition.", "Write a field and its value, like {country: FR}.")
            return None
        if depth > DEEPEST:
            self._wrong(path, "Conditions nest too deeply here.", "Save a part of it as a segment.")
            return None
        unknown = self._unknown(node, path)
        joined: dict[str, tuple[Condition, ...]] = {}
        tests: list[Condition] = []
        for key, value in node.items():
            if key in JOINS:
                joined[key] = self._list(value, (*path, key), depth)
            elif key != "unknown":
                tests += self._field(key, value, (*path, key), unknown)
        if unknown is not None and not tests:
            self._wrong((*path, "unknown"), "unknown stands beside no field.", "Write it in the field's own braces.")
        if len(tests) == 1 and not joined:
            return tests[0]
        return Group((*tests, *joined.get("all", ())), joined.get("any", ()), joined.get("none", ()))

    def _list(self, node: Any, path: Path_, depth: int) -> tuple[Condition, ...]:
        if not isinstance(node, list) or not node:
            self._wrong(path, f"{path[-1]} holds no list of conditions.", "Write at least one, each after a dash.")
            return ()
        read = (self.condition(item, (*path, number), depth + 1) for number, item in enumerate(node))
        return tuple(condition for condition in read if condition is not None)

    def _unknown(self, node: dict[str, Any], path: Path_) -> Unknown | None:
        value = node.get("unknown")
        if value is None or value in list(Unknown):
            return Unknown(value) if value else None
        self._wrong((*path, "unknown"), f'unknown cannot be "{value}".', "Write keep or drop.")
        return None

    def _field(self, name: Any, value: Any, path: Path_, unknown: Unknown | None) -> list[Condition]:
        known = self.catalogue.get(name) if isinstance(name, str) else None
        if known is None:
            near = get_close_matches(str(name), [*self.catalogue, *JOINS], n=1)
            mend = f"Did you mean {near[0]}?" if near else f"Fields are: {', '.join(self.catalogue)}."
            self.findings.append(self.document.finding("AU002", path, f'There is no field "{name}".', mend, key=True))
            return []
        self.tests += 1
        if self.tests == MOST_TESTS + 1:
            self._wrong(
                path, f"More than {MOST_TESTS} questions stand in one condition.", "Save a part of it as a segment."
            )
        if not isinstance(value, dict):
            return self._test(name, known, Op.IS, value, path, unknown)
        if not value:
            self._wrong(path, f"{name} is asked nothing.", "Write a value, or how to compare: {at_least: 50}.")
        return [
            test for op, values in value.items() for test in self._asked(name, known, op, values, (*path, op), unknown)
        ]

    def _asked(
        self, name: str, known: Field, op: Any, value: Any, path: Path_, unknown: Unknown | None
    ) -> list[Condition]:
        allowed = [one.value for one in OPS[known.kind] if one is not Op.IS]
        if op not in allowed:
            asked = op in [one.value for one in Op if one is not Op.IS]
            near = get_close_matches(str(op), allowed, n=1)
            say = f"{name} cannot be asked {op}." if asked else f'"{op}" is no way to ask a field.'
            if op == "unknown":
                mend = "Write unknown beside the field, not inside it."
            else:
                mend = f"Did you mean {near[0]}?" if near else f"Possible here: {', '.join(allowed)}."
            self.findings.append(self.document.finding("CF004" if asked else "CF001", path, say, mend, key=True))
            return []
        return self._test(name, known, Op(op), value, path, unknown)

    def _test(
        self, name: str, known: Field, op: Op, value: Any, path: Path_, unknown: Unknown | None
    ) -> list[Condition]:
        one_only = op in (Op.AT_LEAST, Op.AT_MOST)
        given = value if isinstance(value, list) and not one_only else [value]
        most = MOST_WORDS if op in (Op.WORDS, Op.STARTS) else MOST_VALUES
        if not given or len(given) > most:
            self._wrong(path, f"{name} is given {len(given) or 'no'} values.", f"Write from 1 to {most}.")
            return []
        values = [
            self._value(name, known, op, one, (*path, number) if given is value else path)
            for number, one in enumerate(given)
        ]
        read = tuple(dict.fromkeys(one for one in values if one is not None))
        return [Test(name, op, read, unknown)] if read else []

    def _value(self, name: str, known: Field, op: Op, value: Any, path: Path_) -> Value | None:
        if op in (Op.AT_LEAST, Op.AT_MOST) or known.kind is Kind.NUMBER:
            if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15:
                self._wrong(
                    path, f'{name} is compared with "{value}", which is no number.', "Write a number, without quotes."
                )
                return None
            return value
        if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
            self._wrong(path, f'{name} cannot be "{_shown(value)}".', known.mend or "Write a text or a list of texts.")
            return None
        text = str(value).strip()
        if known.kind is Kind.SPAN:
            return self._span(name, text, path)
        if known.kind is Kind.SEGMENT:
            return self._one_of(name, text, known.segments, path, "CF003")
        if known.kind is Kind.CHOICE:
            return self._one_of(name, text, known.choices or (), path, "CF004")
        if known.kind is Kind.MEMBER and known.choices is not None:
            return self._one_of(name, text, known.choices, path, "CF003")
        stored = _stored(known, op, text)
        if not stored:
            self._wrong(path, f'{name} cannot be "{text}".', known.mend or "Write at least one letter or digit.")
            return None
        return stored

    def _span(self, name: str, text: str, path: Path_) -> timedelta | None:
        found = _SPAN.fullmatch(text)
        if not found or not int(found[1]):
            self._wrong(path, f'{name} cannot be "{text}".', "Write a span like 90 days or 6 weeks.")
            return None
        return timedelta(days=int(found[1]) * _DAYS[found[2][0]])

    def _one_of(self, name: str, text: str, choices: Any, path: Path_, code: str) -> str | None:
        if text in choices:
            return text
        near = get_close_matches(text, list(choices), n=1)
        listed = ", ".join(list(choices)[:20])
        mend = f"Did you mean {near[0]}?" if near else f"There are: {listed}." if listed else "There is none yet."
        said = f'There is no {name} "{text}".' if code == "CF003" else f'{name} cannot be "{text}".'
        self.findings.append(self.document.finding(code, path, said, mend))
        return None

    def _wrong(self, path: Path_, message: str, mend: str) -> None:
        self.findings.append(self.document.finding("CF004", path, message, mend))


def _stored(known: Field, op: Op, text: str) -> str | None:
    """A value in the form in which its column holds it."""
    if known.check is not None:
        return known.check(text)
    if known.kind is Kind.OWN:
        return text if NUMBER.fullmatch(text) and op is not Op.WORDS else fold(text)
    return fold(text) if known.kind is Kind.FOLDED else text


def _shown(value: Any) -> str:
    return str(value)[:60]

"""One mapping of a YAML file, read key by key; what is wrong becomes a finding at its place, and reading goes on."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from prospecting.documents import Document, Path_
from prospecting.findings import Finding

_SPAN = re.compile(r"(\d+)\s*(s|seconds?|min|minutes?|h|hours?)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Entry:
    """The mapping at `path` of `document`; `findings` is shared by all entries of a file."""

    document: Document
    path: Path_
    values: dict[str, Any]
    findings: list[Finding]

    def known(self, keys: Iterable[str], mends: dict[str, str] | None = None) -> None:
        """Refuse keys that are none of `keys` (CF001); `mends` says more about some of them."""
        keys = list(keys)
        for key in self.values:
            if key not in keys:
                near = get_close_matches(str(key), keys, n=1)
                mend = (mends or {}).get(key) or (
                    f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(keys)}."
                )
                self._say("CF001", key, f'"{key}" is no key here.', mend, key_itself=True)

    def text(self, key: str, *, longest: int, required: bool = False) -> str | None:
        """One line of text, of at most `longest` characters."""
        value = self.values.get(key)
        if value is None or value == "":
            if required:
                self._say("CF004", key, f"{key} is missing.", f"Write {key}: …")
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.wrong(key, f"{key} is no text.", "Write one line.")
            return None
        text = str(value)
        if len(text) > longest or any(ord(c) < 32 or c in "\x7f\u2028\u2029" for c in text):
            self.wrong(
                key, f"{key} is longer than {longest} characters, or of several lines.", "Shorten it to one line."
            )
            return None
        return text

    def matching(self, key: str, pattern: re.Pattern[str], mend: str, *, required: bool = False) -> str | None:
        """Text that matches the whole of `pattern`."""
        text = self.text(key, longest=300, required=required)
        if text is not None and not pattern.fullmatch(text):
            self.wrong(key, f'{key} cannot be "{text}".', mend)
            return None
        return text

    def one_of(self, key: str, choices: Collection[str], *, unless: str) -> str:
        """One of `choices`; `unless` where the key is not there."""
        value = self.values.get(key, unless)
        if value in choices:
            return str(value)
        self.wrong(key, f'{key} cannot be "{value}".', f"One of: {', '.join(choices)}.")
        return unless

    def number(self, key: str, *, least: int, most: int, unless: int) -> int:
        """A whole number from `least` to `most`."""
        value = self.values.get(key, unless)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(key, f'{key} cannot be "{value}".', f"Write a whole number from {least} to {most}.")
            return unless
        return value

    def seconds(self, key: str, *, most: int, unless: int) -> int:
        """A span like 90, "90 s", "2 minutes"."""
        value = self.values.get(key, unless)
        if isinstance(value, int) and not isinstance(value, bool):
            return self.number(key, least=0, most=most, unless=unless)
        found = _SPAN.fullmatch(str(value))
        span = int(found[1]) * _SECONDS[found[2][0]] if found else -1
        if not 0 <= span <= most:
            self.wrong(key, f'{key} cannot be "{value}".', "Write it like 60 s or 2 minutes.")
            return unless
        return span

    def mapping(self, key: str) -> "Entry":
        """The mapping under `key`; an empty one where there is none."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, dict):
            self.wrong(key, f"{key} holds no keys and values.", "Write its keys indented below it.")
            value = None
        return Entry(self.document, (*self.path, key), value or {}, self.findings)

    def wrong(self, key: str, message: str, mend: str, *, code: str = "CF004") -> None:
        """A finding at the value of `key`."""
        self._say(code, key, message, mend)

    def _say(self, code: str, key: str, message: str, mend: str, *, key_itself: bool = False) -> None:
        self.findings.append(self.document.finding(code, (*self.path, key), message, mend, key=key_itself))


def entries(document: Document, findings: list[Finding], what: str) -> list[Entry]:
    """The mappings of a file that is a list of `what`s."""
    if document.data is None:
        return []
    if not isinstance(document.data, list):
        findings.append(
            document.finding("CF004", (), f"This file is no list of {what}s.", "Begin each one with a dash.")
        )
        return []
    found = []
    for number, node in enumerate(document.data):
        if isinstance(node, dict):
            found.append(Entry(document, (number,), node, findings))
        else:
            findings.append(document.finding("CF004", (number,), f"This is no {what}.", "Write its keys and values."))
    return found


def refuse_twice(read: Iterable[tuple[Entry, str, str | None]], findings: list[Finding]) -> None:
    """CF003 for a value of the same key that stands in two entries: `read` holds entry, key and value."""
    seen: set[tuple[str, str]] = set()
    for entry, key, value in read:
        if value is None:
            continue
        if (key, value) in seen:
            findings.append(
                entry.document.finding(
                    "CF003", (*entry.path, key), f"{value} stands here twice.", "Keep one of the two."
                )
            )
        seen.add((key, value))

"""What people and machines say, as patterns in `phrases/*.yaml`; matched against folded text.

Folded: lower case, no accents, straight apostrophes and quotes, single blanks. All languages are tried at once: a French
person answers in English, and a German server speaks for a French company.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from prospecting.documents import read_yaml

FOLDER = Path(__file__).parent / "phrases"
_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "“": '"', "”": '"', "«": '"', "»": '"',
                           "–": "-", "—": "-", "‐": "-", "‑": "-", "…": "...", "\u200b": None, "\ufeff": None})  # fmt: skip


def fold(text: str) -> str:
    """`text` as the patterns see it; line breaks stay."""
    bare = _bare(text.translate(_STRAIGHT)).casefold()
    return "\n".join(" ".join(line.split()) for line in bare.splitlines())


@cache
def pattern(*path: str) -> re.Pattern[str]:
    """One pattern of everything that any file lists under `path`."""
    listed = [each for file in _files() for each in _listed(file, path)]
    return re.compile("|".join(f"(?:{each})" for each in listed) or r"(?!)", re.MULTILINE)


@cache
def table(*path: str) -> dict[str, Any]:
    """Everything that any file maps under `path`, in one mapping."""
    merged: dict[str, Any] = {}
    for file in _files():
        merged |= _under(file, path) or {}
    return merged


def alternatives(words: Iterable[str]) -> str:
    """A pattern of plain words, the longer ones first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def said(text: str, *path: str) -> bool:
    """Whether the folded `text` holds one of the patterns under `path`."""
    return pattern(*path).search(text) is not None


@cache
def _files() -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


@cache
def _document(file: str) -> dict[str, Any]:
    return dict(read_yaml(FOLDER / f"{file}.yaml").data)


def _under(file: str, path: tuple[str, ...]) -> Any:
    found: Any = _document(file)
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _listed(file: str, path: tuple[str, ...]) -> list[str]:
    return [_bare(str(each)) for each in _under(file, path) or []]


def _bare(text: str) -> str:
    """`text` without accents and other marks on its letters."""
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))

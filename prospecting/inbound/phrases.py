"""What people and machines say, as patterns in `phrases/<language>.yaml`; matched against folded text.

Folded: lower case, no accents, straight apostrophes and quotes, single blanks. All languages are tried at once: a French
person answers in English, and a German server speaks for a French company.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from prospecting.documents import read_yaml

FOLDER = Path(__file__).parent / "phrases"
_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "“": '"', "”": '"', "«": '"', "»": '"',
                           "–": "-", "—": "-", "‐": "-", "‑": "-", "…": "...", "\u200b": None, "\ufeff": None})  # fmt: skip


def fold(text: str) -> str:
    """`text` as the patterns see it; line breaks stay."""
    straight = unicodedata.normalize("NFKD", text.translate(_STRAIGHT)).casefold()
    bare = "".join(each for each in straight if not unicodedata.combining(each))
    return "\n".join(" ".join(line.split()) for line in bare.splitlines())


@cache
def pattern(*path: str) -> re.Pattern[str]:
    """One pattern of everything that any language lists under `path`."""
    listed = [each for language in _languages() for each in _listed(language, path)]
    return re.compile("|".join(f"(?:{each})" for each in listed) or r"(?!)", re.MULTILINE)


@cache
def table(*path: str) -> dict[str, Any]:
    """Everything that any language maps under `path`, in one mapping."""
    merged: dict[str, Any] = {}
    for language in _languages():
        merged |= _under(language, path) or {}
    return merged


def said(text: str, *path: str) -> bool:
    """Whether the folded `text` holds one of the patterns under `path`."""
    return pattern(*path).search(text) is not None


@cache
def _languages() -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


@cache
def _document(language: str) -> dict[str, Any]:
    return dict(read_yaml(FOLDER / f"{language}.yaml").data)


def _under(language: str, path: tuple[str, ...]) -> Any:
    found: Any = _document(language)
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _listed(language: str, path: tuple[str, ...]) -> list[str]:
    return [str(each) for each in _under(language, path) or []]

"""The sentences of this room, in French and in English."""

from pathlib import Path

from prospecting.words import Words

WORDS = Words(Path(__file__).parent / "words")

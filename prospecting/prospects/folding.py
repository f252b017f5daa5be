"""Text as it is compared: without case, accents and punctuation, so that "D.R.H." and "drh" are one word.

Done here and stored, never in SQL: the two databases fold letters differently.
"""

import re
import unicodedata
from functools import lru_cache

_ACRONYM = re.compile(r"\b(?:\w\.){2,}")
_NO_WORD = re.compile(r"[\W_]+")
_UNDECOMPOSED = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """`text` as words of plain small letters and digits, one space between them."""
    if not text.isascii():
        # Twice, because a compatibility form may hold a capital that folds to something that decomposes again.
        for _ in range(2):
            parts = unicodedata.normalize("NFKD", text.casefold())
            text = "".join(c for c in parts if not unicodedata.combining(c)).translate(_UNDECOMPOSED)
    text = _ACRONYM.sub(lambda found: found[0].replace(".", ""), text.lower())
    return _NO_WORD.sub(" ", text).strip()

"""What a reader of a message sees, and where each of its characters stands in the file.

Disguises are taken off first: Markdown and HTML, entities, soft hyphens and zero-width signs, look-alike letters,
spaced-out words. Rules then read plain words; their hits lead back to the writer's own text.
"""

import html
import re
import unicodedata
from dataclasses import dataclass, field

GONE = re.compile(
    r"(?P<comment>\{#[^#]{0,2000}#\}|<!--[^>]{0,2000}-->)"
    r"|(?P<tag>\{%[^%]{0,500}%\})"
    r"|(?P<value>\{\{[^{}]{0,500}\}\})"
    r"|(?P<target>(?<=\])\((?:<[^>\n]*>|(?:[^()\s\\]|\\.|\([^()\s]*\)|\{\{[^}]*\}\})*)(?:\s+(?:\"[^\"\n]*\"|'[^'\n]*'))?\s*\))"
    r"|(?P<definition>^ {0,3}\[[^\]\n]+\]:[^\n]*$)"
    r"|(?P<autolink><[A-Za-z][\w+.-]*:[^<>\s]*>)"
    r"|(?P<html></?[A-Za-z][^<>]{0,2000}>)"
    r"|(?P<entity>&(?:\#\d{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"
    r"|(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<break>\r?\n[ \t]*(?:(?:[-*+>]|\d{1,3}[.)]|\#{1,6})[ \t]+|\r?\n\s*))"
    r"|(?P<mark>\*+|~~|`+|(?<!\w)_+|_+(?!\w)|!(?=\[)|[\[\]])",
    re.S | re.M,
)
ADDRESS = re.compile(r"(?:https?://|www\.|(?:tel|sms|callto|skype|facetime|mailto):)[^\s<>\"'\])]+", re.I)
BARE = re.compile(r"(?<![\w.@-])(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,10}/[^\s<>\"'\])]+", re.I)
BLANK = re.compile(r"\s")
VALUE = "◊"
"""Stands for what the template fills in."""
BOUNDARY = "¶"
"""Stands between paragraphs and items of a list: no sentence goes over it."""

LOOKALIKES = dict(
    zip(
        "асеорхуіјѕԁһӏ" + "АВСЕНІЈКМОРЅТХ" + "αεικνορτυχ" + "ΑΒΕΗΙΚΜΝΟΡΤΥΧΖ" + "ı",
        "aceopxyijsdhl" + "ABCEHIJKMOPSTX" + "aeiknoptux" + "ABEHIKMNOPTYXZ" + "i",
        strict=True,
    )
)
PLAIN = {
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "′": "'",
    "´": "'",
    "“": '"',
    "”": '"',
    "–": "-",
    "—": "-",
    "−": "-",
    "‑": "-",
    "‐": "-",
    "…": ".",
}
SIGNS = {
    "☎": " telephone ",
    "📞": " telephone ",
    "📱": " telephone ",
    "📲": " telephone ",
    "☕": " cafe ",
    "📅": " calendrier ",
    "📆": " calendrier ",
    "🗓": " calendrier ",
}


@dataclass(frozen=True)
class Address:
    """One address a message links to or prints, and where it begins in the source."""

    text: str
    start: int


@dataclass
class Shown:
    """The visible text of `source`: `text` character by character, `places[i]` the offset in `source` of `text[i]`."""

    source: str
    text: str = ""
    places: list[int] = field(default_factory=list, repr=False)
    addresses: list[Address] = field(default_factory=list)

    def place(self, index: int) -> int:
        """The offset in the source of the visible character `index`."""
        return self.places[min(index, len(self.places) - 1)] if self.places else 0

    def quote(self, start: int, end: int, most: int = 60) -> str:
        """The source between two visible characters, as a sentence may quote it."""
        words = " ".join(self.text[start:end].replace(BOUNDARY, " ").replace(VALUE, "…").split())
        return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def shown(source: str) -> Shown:
    """The visible text of a piece of Markdown with Jinja2 in it."""
    seen = Shown(source)
    chars: list[tuple[str, int]] = []
    at = 0
    for found in GONE.finditer(source):
        chars += [(sign, at + number) for number, sign in enumerate(source[at : found.start()])]
        chars += [(sign, found.start()) for sign in _instead(found)]
        at = found.end()
        if found.lastgroup in ("target", "definition", "autolink", "html"):
            _addresses(seen, found[0], found.start())
    chars += [(sign, at + number) for number, sign in enumerate(source[at:])]
    _seen(seen, chars)
    _addresses(seen, seen.text, None)
    return seen


def _instead(found: re.Match[str]) -> str:
    kind, text = found.lastgroup, found[0]
    if kind == "value":
        return VALUE
    if kind == "entity":
        return html.unescape(text)
    if kind == "escape":
        return text[1]
    if kind in ("break", "definition"):
        return BOUNDARY
    if kind == "html" and re.match(r"</?(br|p|div|li|td|tr|h\d)\b", text, re.I):
        return BOUNDARY
    return ""


def _addresses(seen: Shown, text: str, start: int | None) -> None:
    """Remember every address in `text`, which stands at `start` of the source, or is the visible text itself."""
    for pattern in (ADDRESS, BARE):
        for found in pattern.finditer(html.unescape(text) if start is not None else text):
            place = start + text.find(found[0][:8]) if start is not None else seen.place(found.start())
            if all(abs(known.start - place) > 8 for known in seen.addresses):
                seen.addresses.append(Address(found[0], max(place, 0)))


def _seen(seen: Shown, chars: list[tuple[str, int]]) -> None:
    """Fill `seen` with what is left of `chars` without invisible signs, in plain letters."""
    text: list[str] = []
    for sign, place in chars:
        if unicodedata.category(sign) in ("Cf", "Mn", "Me", "Cc") and sign not in "\n\t":
            continue
        for plain in _plain(sign):
            text.append(plain)
            seen.places.append(place)
    seen.text = "".join(text)


def _plain(sign: str) -> str:
    if sign < "\x7f":
        return " " if sign in "\n\t" else sign
    if sign in SIGNS:
        return SIGNS[sign]
    if (digit := unicodedata.digit(sign, None)) is not None:
        return str(digit)
    sign = LOOKALIKES.get(sign, PLAIN.get(sign, sign))
    wide = unicodedata.normalize("NFKC", sign)
    return " " if BLANK.fullmatch(wide) else "".join(PLAIN.get(one, one) for one in wide)


@dataclass(frozen=True)
class Sentence:
    """One sentence in folded words, each separated by one space; `places[i]` is where folded character `i` stands in
    the visible text."""

    text: str
    places: tuple[int, ...]
    start: int
    """Where it begins in the visible text."""


WORD = re.compile(r"[A-Za-z0-9À-ɏ]+|[,;:()\"«»]|" + VALUE + r"|[.?!]+|" + BOUNDARY)
SPACED = re.compile(
    r"(?<![A-Za-z0-9'’])[A-Za-z](?:([ .\-_*·])[A-Za-z]){2,}(?: {2,}[A-Za-z](?: [A-Za-z])+)*(?![A-Za-z0-9])"
    r"(?:\.(?=\s+[a-zà-ÿ]))?"
)
AT = re.compile(r"(?<=[A-Za-z])@(?=[A-Za-z]+\b(?!\.))")
ENDS = re.compile(r"[.?!]")
LEET = str.maketrans("43015", "aeois")


def sentences(seen: Shown) -> list[Sentence]:
    """The sentences of the visible text, in order; accents folded, apostrophes and hyphens read as spaces."""
    text = _unspaced(seen.text)
    found: list[Sentence] = []
    words: list[tuple[str, int]] = []
    for match in WORD.finditer(text):
        word, at = match[0], match.start()
        if word == BOUNDARY or (ENDS.match(word) and _ends(text, match)):
            _close(found, words, word)
        elif not ENDS.match(word):
            words.append((_folded(word), at))
    _close(found, words, "")
    return found


def _unspaced(text: str) -> str:
    """`c a l l`, `r.d.v` and `c@ll` as words; the letters move together and the rest is blank, so no place changes."""

    def close_up(found: re.Match[str]) -> str:
        between = {sign for sign in found[0].rstrip(".") if not sign.isalpha()}
        if len(between) > 1:
            return found[0]
        return "".join(_letters(piece) for piece in re.split(r"( {2,})", found[0]))

    return SPACED.sub(close_up, AT.sub("a", text))


def _letters(piece: str) -> str:
    return piece if piece.isspace() else "".join(filter(str.isalpha, piece)).ljust(len(piece))


def _ends(text: str, match: re.Match[str]) -> bool:
    """Whether a point ends a sentence: not inside a word, an address or a number, and not the end of a quotation."""
    after = text[match.end() : match.end() + 2]
    if after.lstrip()[:1] in ("»", '"'):
        goes_on = text[match.end() + 2 :].strip(' »".')[:1]
        return not (goes_on in ("", BOUNDARY) or goes_on.islower())
    return match[0][0] in "?!" or not after[:1].isalnum()


def _close(found: list[Sentence], words: list[tuple[str, int]], mark: str) -> None:
    if words:
        text, places = "", []
        for word, at in words:
            text += word + " "
            places += [at + min(number, len(word) - 1) for number in range(len(word))] + [at + len(word)]
        text += "? " if "?" in mark else ""
        places += [places[-1]] * (len(text) - len(places))
        found.append(Sentence(f" {text}", (places[0], *places), words[0][1]))
    words.clear()


def _folded(word: str) -> str:
    plain = "".join(one for one in unicodedata.normalize("NFD", word.lower()) if unicodedata.category(one) != "Mn")
    plain = plain.replace("œ", "oe").replace("æ", "ae")
    return plain.translate(LEET) if re.fullmatch(r"[a-z]+[0-9]+[a-z]+", plain) and len(plain) > 3 else plain

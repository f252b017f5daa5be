"""Telephone numbers in all the ways people write them, told from what only looks like one.

A number counts by its form (France, North America, international, a leading zero elsewhere in Europe), unless the
words before it say what it is: an ISBN, a SIRET, an invoice.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from prospecting.campaigns.lint.shown import Shown

GAP = r"[ .\-_/·•|~,:*]{0,3}"
PAIR = r"\d" + r"[ .\-]?" + r"\d"

FORMS = (
    # France: 0X or +33 X and four pairs, whatever stands between them; (0) may stay after +33.
    re.compile(
        rf"(?<![\d+])(?:\(?(?:\+|00) ?33\)?{GAP}(?:\(0\){GAP})?|\(?0){GAP}[1-9]\)?(?:{GAP}\d\d){{4}}(?!{GAP}\d)"
    ),
    re.compile(r"(?<![\d.,])0[ .-]?8\d\d(?:[ .-]?\d{3}){2}(?!\d)"),
    re.compile(r"(?<!\d)\(0\) ?[1-9](?:[ .\-]?\d){8}(?!\d)"),
    # International: + or 00 and a country, 8 to 15 digits in all.
    re.compile(r"(?<![\d+\w])(?:\+ ?|00 ?)[1-9]\d{0,2}(?:[ .\-/]{0,2}\(?\d{1,5}\)?){2,7}(?![\d%])"),
    # North America.
    re.compile(r"(?<![\d.,/-])(?:1[ .-])?\(?[2-9]\d\d\)?[ .-] ?\d{3}[ .-]\d{4}(?![\d-])"),
    re.compile(r"(?<![\d.])1[ .-]?8(?:00|33|44|55|66|77|88)[ .-]?(?:\d{3}[ .-]?\d{4}|[A-Z][A-Z0-9-]{5,9})(?!\w)"),
    # Elsewhere in Europe: a leading zero, groups, 9 to 11 digits.
    re.compile(r"(?<![\d.,/+-])\(?0[1-9]\d{0,4}\)?(?:[ .\-/]\d{2,8}){1,4}(?![\d,]|[ .-]\d)"),
    re.compile(r"(?<![\d.,/+-])0[1-9]\d{8,9}(?![\d,]|[ .-]\d)"),
)
NAMED = re.compile(
    r"\b(?:isbn|issn|ean|siret|siren|rcs|naf|ape|tva|vat|iban|bic|rib|doi|orcid|pmid|arxiv|sku|upc|imei|duns"
    r"|facture|invoice|commande|order|dossier|r[ée]f(?:[ée]rence)?|ref|ticket|contrat|contract|compte|account|brevet|patent|copyright"
    r"|identifiant|identifier|version|coordonn[ée]es gps|gps|latitude|longitude|n° de (?:client|s[ée]rie)|serial|client number|customer number)"
    r"[^\n.!?¶]{0,24}(?:n[or]\.|#)?\s*$",
    re.I,
)
UNIT = re.compile(
    r"\s?(?:[€$£%‰]|(?:euros?|dollars?|habitants?|people|personnes|users?|entreprises|companies|km|kg|tonnes|octets|bytes|ans|years)\b)",
    re.I,
)
DECIMAL = re.compile(r"0[.,]\d+")
DATE = re.compile(r"\d{1,2}[ ./-]\d{1,2}[ ./-](?:19|20)\d\d|(?:19|20)\d\d[ ./-]\d{1,2}[ ./-]\d{1,2}")

NUMBER_WORDS = (
    "zero|oh|o|une?|one|deux|two|trois|three|quatre|four|cinq|five|six|sept|seven|huit|eight|neuf|nine|dix|ten|onze|eleven|douze|twelve"
    "|treize|thirteen|quatorze|fourteen|quinze|fifteen|seize|sixteen|vingts?|twenty|trente|thirty|quarante|forty|cinquante|fifty"
    "|soixante|sixty|seventy|eighty|ninety|double|triple|et"
)
SPOKEN = re.compile(rf" (?:plus|zero|oh|o)(?: ,)?(?: (?:{NUMBER_WORDS}|\d{{1,2}})(?: ,)?){{4,}}(?= )")
DIGITS = re.compile(r" (?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)(?: ,)? ){7,}")


@dataclass(frozen=True)
class Span:
    """A stretch of visible text."""

    start: int
    end: int


def numbers(seen: Shown) -> Iterator[Span]:
    """The telephone numbers of a visible text, in order, none inside another."""
    text = _zeros(seen.text)
    found = sorted(
        (Span(one.start(), one.end()) for form in FORMS for one in form.finditer(text) if _dials(text, one)),
        key=lambda span: (span.start, -span.end),
    )
    end = -1
    for span in found:
        if span.start >= end:
            yield span
            end = span.end


def spoken(folded: str) -> Iterator[re.Match[str]]:
    """Numbers told in words ("zéro six douze …") in a folded sentence."""
    yield from SPOKEN.finditer(folded)
    yield from DIGITS.finditer(folded)


def _zeros(text: str) -> str:
    """`text` with letters that stand for digits among digits (O6, l2) read as those digits."""
    text = re.sub(r"(?<![A-Za-z])[oO](?=[1-9]\b|[1-9][ .\-]?\d)", "0", text)
    return re.sub(r"(?<=\d)[oO](?=\d)|(?<=\d[ .\-])[oO](?=\d\b)|(?<=\d)[oO](?=[ .\-]\d)", "0", text)


def _dials(text: str, found: re.Match[str]) -> bool:
    written = found[0]
    digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", written))
    if not 9 <= len(digits) <= 15 and not re.search("[A-Z]", written):
        return False
    if (
        DATE.fullmatch(written.strip())
        or DECIMAL.fullmatch(written.strip())
        or UNIT.match(text, found.end())
        or NAMED.search(text, max(0, found.start() - 60), found.start())
    ):
        return False
    return not _counts_up(written) and len(set(digits[-8:])) > 1


def _counts_up(written: str) -> bool:
    """01, 02, 03, 04, 05 are chapters."""
    groups = [int(group) for group in re.findall(r"\d+", written)]
    return len(groups) > 3 and all(after - before == 1 for before, after in pairwise(groups))

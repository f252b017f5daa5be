"""Which column of a file is which, in the French and English that people's tables speak."""

import csv
import re
from dataclasses import dataclass

from prospecting.findings import Finding, Refused
from prospecting.prospects.folding import fold

DELIMITERS = (",", ";", "\t", "|")
MOST_COLUMNS = 200

NAMES: dict[str, tuple[str, ...]] = {
    "address": (
        "email", "e mail", "mail", "courriel", "email address", "e mail address", "mail address", "adresse email", "adresse e mail",
        "adresse mail", "adresse electronique", "adresse courriel", "work email", "email professionnel", "e mail professionnel",
    ),
    "first_name": ("first name", "firstname", "given name", "prenom"),
    "last_name": ("last name", "lastname", "surname", "family name", "nom", "nom de famille"),
    "role": ("role", "job title", "jobtitle", "title", "position", "fonction", "poste", "titre", "intitule du poste"),
    "language": ("language", "lang", "langue"),
    "country": ("country", "country code", "pays", "code pays"),
    "subdivision": ("subdivision", "state", "province"),
    "zone": ("zone", "time zone", "timezone", "fuseau", "fuseau horaire"),
    "organisation": (
        "organisation", "organization", "company", "company name", "account", "account name", "employer", "entreprise", "societe",
        "organisme", "structure", "raison sociale", "nom de l entreprise",
    ),
    "organisation_domain": ("organisation domain", "organization domain", "company domain", "domain", "domaine"),
    "organisation_kind": ("organisation kind", "organization kind", "organization type", "organisation type", "type d organisation"),
    "headcount": ("headcount", "employees", "number of employees", "company size", "effectif", "effectifs", "nombre de salaries"),
    "industry": ("industry", "sector", "secteur", "secteur d activite", "branche"),
    "tags": ("tags", "tag", "labels", "etiquettes"),
}  # fmt: skip
_MEANT = {alias: column for column, aliases in NAMES.items() for alias in aliases}

_TELEPHONES = frozenset(
    [
        "phone",
        "phones",
        "tel",
        "tels",
        "telephone",
        "telephones",
        "telefon",
        "telefono",
        "telefone",
        "mobile",
        "mobiles",
        "mobil",
        "movil",
        "portable",
        "portables",
        "cell",
        "cellphone",
        "handy",
        "gsm",
        "fax",
        "telefax",
        "telecopie",
        "whatsapp",
    ]
)
_TELEPHONE_IN_A_WORD = re.compile(
    r"(?:tele|mobile|work|home|office|direct|cell|business)?(?:phone|fax)(?:number|no|nr|home|work)?|telephone\w*"
)
_TELEPHONE_IN_WORDS = ("ligne directe", "direct line", "direct dial")


@dataclass(frozen=True)
class Columns:
    """Where each known column stands (by index), the team's own ones, and what was left out with a message."""

    known: dict[str, int]
    own: dict[str, int]
    dropped: list[str]
    width: int
    delimiter: str


def delimiter_of(line: str) -> str:
    """The delimiter that splits a header best: into a mail column if one does, and into the most columns."""

    def split(delimiter: str) -> tuple[bool, int]:
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            return False, 0
        folded = [fold(cell) for cell in cells]
        return any(_MEANT.get(cell) == "address" or cell == "address" for cell in folded), len(cells)

    return max(DELIMITERS, key=split)


def columns_of(cells: list[str], delimiter: str, *, file: str, line: int) -> tuple[Columns, list[Finding]]:
    """The columns that a header names, and what to say of those left out. Raises Refused with every mistake."""
    places = _places(cells)
    wrong: list[Finding] = []
    said: list[Finding] = []
    known: dict[str, int] = {}
    own: dict[str, int] = {}
    dropped: list[str] = []
    seen: dict[str, int] = {}
    has_mail = any(_MEANT.get(fold(cell)) == "address" for cell in cells)
    for index, cell in enumerate(cells):
        folded = fold(cell)
        place = (line, places[index])
        if not folded:
            said.append(
                Finding(
                    "IM012",
                    file,
                    f"Column {index + 1} has no name and is left out.",
                    "Name it to keep it.",
                    *place,
                    "warning",
                )
            )
            continue
        meant = _MEANT.get(folded)
        if folded == "address":
            # Beside a mail column it is the postal one.
            meant, folded = (None, "postal address") if has_mail else ("address", folded)
        name = meant or folded.replace(" ", "_")[:80]
        if name in seen:
            wrong.append(_twice(cell, cells[seen[name]], file, place))
            continue
        seen[name] = index
        if meant is None and _is_telephone(folded):
            dropped.append(cell.strip())
            said.append(
                Finding(
                    "IM012",
                    file,
                    f'The column "{cell.strip()}" is left out.',
                    "There is no telephone here: nobody is called.",
                    *place,
                    "warning",
                )
            )
        elif meant:
            known[meant] = index
        else:
            own[name] = index
    if "address" not in known:
        shown = ", ".join(cell.strip() for cell in cells[:12])
        wrong.append(
            Finding(
                "IM003",
                file,
                f"No column holds mail addresses (there are: {shown}).",
                "Name one of them address or email.",
                line,
                1,
            )
        )
    if len(cells) > MOST_COLUMNS:
        wrong.append(
            Finding(
                "IM003",
                file,
                f"There are more than {MOST_COLUMNS} columns.",
                "Leave out what no message needs.",
                line,
                1,
            )
        )
    if wrong:
        raise Refused(wrong)
    return Columns(known, own, dropped, len(cells), delimiter), said


def _twice(cell: str, before: str, file: str, place: tuple[int, int]) -> Finding:
    if fold(cell) == fold(before):
        return Finding(
            "IM004",
            file,
            f'The column "{cell.strip()}" stands here twice.',
            "Rename or take out one of the two.",
            *place,
        )
    say = f'The columns "{before.strip()}" and "{cell.strip()}" mean the same.'
    return Finding("IM004", file, say, "Rename or take out one of the two.", *place)


def _is_telephone(folded: str) -> bool:
    words = folded.split()
    return (
        any(word in _TELEPHONES or _TELEPHONE_IN_A_WORD.fullmatch(word) for word in words)
        or any(phrase in folded for phrase in _TELEPHONE_IN_WORDS)
        or bool(re.fullmatch(r"(?:phone|tel|mobile|fax)\d+", folded.replace(" ", "")))
    )


def _places(cells: list[str]) -> list[int]:
    """The column, in characters, at which each cell of an unquoted header begins."""
    places, at = [], 1
    for cell in cells:
        places.append(at)
        at += len(cell) + 1
    return places

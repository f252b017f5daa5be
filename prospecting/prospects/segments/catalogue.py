"""What a condition may ask: an allow-list of fields, each with how it is compared."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from prospecting.db.functions import json_holds
from prospecting.prospects.addresses import BadAddress, normalise_domain
from prospecting.prospects.models import CustomField, Organisation, OrganisationKind, Prospect
from prospecting.prospects.places import country_code, is_zone, language_code
from prospecting.prospects.segments.condition import Condition, Op


class Kind(StrEnum):
    """How a field's values are written and compared."""

    FOLDED = "folded"
    """Text in a column that holds it folded: case, accents and punctuation don't count."""
    EXACT = "exact"
    CODE = "code"
    """A short code that `Field.check` reads."""
    LANGUAGE = "language"
    """A code, too; `fr` takes `fr-CA` in."""
    CHOICE = "choice"
    NUMBER = "number"
    OWN = "own"
    """A column of the team's own: folded text, or a number."""
    MEMBER = "member"
    """Asked by a name that `Field.test` turns into a condition: a tag, a completed diagnostic."""
    SPAN = "span"
    """Asked by a span of time that `Field.test` turns into a condition: not contacted for 90 days."""
    SEGMENT = "segment"


OPS: Mapping[Kind, tuple[Op, ...]] = {
    Kind.FOLDED: (Op.IS, Op.NOT, Op.WORDS, Op.STARTS),
    Kind.EXACT: (Op.IS, Op.NOT, Op.STARTS),
    Kind.CODE: (Op.IS, Op.NOT),
    Kind.LANGUAGE: (Op.IS, Op.NOT),
    Kind.CHOICE: (Op.IS, Op.NOT),
    Kind.NUMBER: (Op.IS, Op.NOT, Op.AT_LEAST, Op.AT_MOST),
    Kind.OWN: (Op.IS, Op.NOT, Op.WORDS, Op.STARTS, Op.AT_LEAST, Op.AT_MOST),
    Kind.MEMBER: (Op.IS, Op.NOT),
    Kind.SPAN: (Op.IS, Op.NOT),
    Kind.SEGMENT: (Op.IS, Op.NOT),
}


@dataclass(frozen=True)
class Field:
    """One field of the allow-list. A column that may be NULL is unknown there; `test` always answers."""

    kind: Kind
    column: Any = None
    choices: Collection[str] | None = None
    """The values there are, for CHOICE, and for MEMBER where they can be listed."""
    check: Callable[[str], str | None] | None = None
    """A value as stored, or None if it is impossible."""
    mend: str = ""
    """How a value is written."""
    test: Callable[[Any], ColumnElement[bool]] | None = None
    segments: Mapping[str, Condition] = field(default_factory=dict)


Catalogue = Mapping[str, Field]


def people(*columns: Any) -> Select[Any]:
    """The statement in which a compiled condition stands: prospects, with their organisation where they have one."""
    chosen = columns or (Prospect.id,)
    return select(*chosen).select_from(Prospect).outerjoin(Organisation, Organisation.id == Prospect.organisation_id)


def fields(own: Iterable[str] = (), segments: Mapping[str, Condition] | None = None) -> dict[str, Field]:
    """Every field of people and organisations, the team's `own` columns and saved segments among them."""
    found = {
        "first_name": Field(Kind.EXACT, Prospect.first_name),
        "last_name": Field(Kind.EXACT, Prospect.last_name),
        "role": Field(Kind.FOLDED, Prospect.folded_role),
        "language": _language(Prospect.language),
        "country": _country(Prospect.country),
        "subdivision": Field(Kind.CODE, Prospect.subdivision, check=str.upper),
        "zone": Field(Kind.CODE, Prospect.zone, check=_zone, mend="Write a zone like Europe/Paris."),
        "domain": _domain(Prospect.domain),
        "source": Field(Kind.EXACT, Prospect.source),
        "tags": Field(Kind.MEMBER, check=tag, test=lambda name: json_holds(Prospect.tags, name)),
        "organisation.name": Field(Kind.FOLDED, Organisation.folded_name),
        "organisation.kind": Field(Kind.CHOICE, Organisation.kind, choices=[kind.value for kind in OrganisationKind]),
        "organisation.headcount": Field(Kind.NUMBER, Organisation.headcount),
        "organisation.industry": Field(Kind.FOLDED, Organisation.folded_industry),
        "organisation.country": _country(Organisation.country),
        "organisation.language": _language(Organisation.language),
        "organisation.domain": _domain(Organisation.domain),
        "segment": Field(Kind.SEGMENT, segments=segments or {}),
    }
    for name in own:
        found[f"fields.{name}"] = Field(Kind.OWN, Prospect.folded_fields[name].as_string())
    return found


def own_fields(session: Session) -> list[str]:
    """The team's own columns that imports brought."""
    return list(session.scalars(select(CustomField.name).order_by(CustomField.name)))


def tag(text: str) -> str | None:
    """A tag as it is stored: small letters, single spaces."""
    return " ".join(text.casefold().split())[:80] or None


def _country(column: Any) -> Field:
    return Field(Kind.CODE, column, check=_two_letters, mend="Write the two letters of a country, like FR.")


def _language(column: Any) -> Field:
    return Field(Kind.LANGUAGE, column, check=language_code, mend="Write a language's code, like fr.")


def _domain(column: Any) -> Field:
    return Field(Kind.CODE, column, check=_domain_name, mend="Write a domain, like example.com.")


def _two_letters(text: str) -> str | None:
    return country_code(text) if len(text) == 2 else None


def _zone(text: str) -> str | None:
    return text if is_zone(text) else None


def _domain_name(text: str) -> str | None:
    try:
        return normalise_domain(text)
    except BadAddress:
        return None

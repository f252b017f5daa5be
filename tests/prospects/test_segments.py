"""A condition says in place what is wrong with it, and finds the same people on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from prospecting.clock import SetClock
from prospecting.db import Base, Database
from prospecting.documents import parse_yaml
from prospecting.findings import Finding
from prospecting.prospects import segments
from prospecting.prospects.folding import fold
from prospecting.prospects.models import CustomField, Organisation, Prospect
from prospecting.prospects.segments import Field, Kind
from prospecting.tokens import Signer
from tests.conftest import TUESDAY

PEOPLE: list[dict[str, Any]] = [
    {
        "name": "drh",
        "role": "Directrice des Ressources Humaines (D.R.H.)",
        "country": "FR",
        "org": "big",
        "tags": ["vip"],
    },
    {
        "name": "rrh",
        "role": "rrh adjoint",
        "country": "FR",
        "org": "small",
        "fields": {"effectif": "120", "ville": "Évreux"},
    },
    {"name": "cto", "role": "CTO", "country": "US", "language": "en-US", "org": "big", "fields": {"effectif": "9"}},
    {"name": "nobody", "fields": {"effectif": "beaucoup"}},
    {"name": "mrdrhx", "role": "mrdrhx 100%", "country": "BE", "language": "fr", "tags": ["vip", "salon 2026"]},
]
ORGS = {
    "big": {"kind": "company", "headcount": 500, "industry": "Énergie & Eau"},
    "small": {"kind": "school", "headcount": None},
}


@pytest.fixture
def session(database: Database, signer: Signer) -> Any:
    with database.writing() as session:
        organisations = {}
        for name, facts in ORGS.items():
            organisations[name] = Organisation(name=name, folded_name=name, created_at=TUESDAY, **facts)
            session.add(organisations[name])
        session.add_all([CustomField(name="effectif"), CustomField(name="ville")])
        session.flush()
        for row in PEOPLE:
            person = {key: value for key, value in row.items() if key not in ("name", "org")}
            address = f"{row['name']}@x.fr"
            org = organisations[row["org"]].id if "org" in row else None
            session.add(
                Prospect(
                    address=address, address_hash=signer.hash_address(address), domain="x.fr", first_name=row["name"],
                    organisation_id=org, source="test", source_at=TUESDAY, created_at=TUESDAY, **person,
                )
            )  # fmt: skip
        session.flush()
        yield session


def found(session: Session, text: str) -> set[str]:
    catalogue = segments.catalogue(session)
    document = parse_yaml(text, name="c.yaml")
    condition = segments.parse(document.data, document, (), catalogue)
    assert not isinstance(condition, list), condition
    where = segments.compile(condition, catalogue)
    return {str(name) for name in session.scalars(segments.people(Prospect.first_name).where(where))}


def everybody(*less: str) -> set[str]:
    return {row["name"] for row in PEOPLE} - set(less)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("{country: FR}", {"drh", "rrh"}),
        ("{country: fr}", {"drh", "rrh"}),
        ("{country: [FR, BE]}", {"drh", "rrh", "mrdrhx"}),
        ("{country: {not: FR}}", {"cto", "mrdrhx"}),
        ("{country: {not: FR}, unknown: keep}", {"cto", "mrdrhx", "nobody"}),
        ("{role: {words: [DRH, RRH]}}", {"drh", "rrh"}),
        ('{role: {words: ["ressources humaines"]}}', {"drh"}),
        ('{role: {words: ["RESSOURCES  HUMÀINES"]}}', {"drh"}),
        ('{role: {words: ["100%", "%"]}}', None),
        ('{role: {words: "100"}}', {"mrdrhx"}),
        ("{role: {starts: direct}}", {"drh"}),
        ("{role: cto}", {"cto"}),
        ("{organisation.headcount: {at_least: 50}}", {"drh", "cto"}),
        ("{organisation.headcount: {at_least: 50}, unknown: keep}", everybody()),
        ("{organisation.headcount: {at_least: 50, at_most: 100}}", set()),
        ("{organisation.kind: [company, school]}", {"drh", "rrh", "cto"}),
        ("{organisation.industry: energie eau}", {"drh", "cto"}),
        ("{tags: VIP}", {"drh", "mrdrhx"}),
        ('{tags: {not: ["Salon  2026"]}}', everybody("mrdrhx")),
        ("{language: en}", {"cto"}),
        ("{fields.effectif: {at_least: 10}}", {"rrh"}),
        ("{fields.effectif: {at_most: 10}, unknown: keep}", {"cto", "nobody", "drh", "mrdrhx"}),
        ("{fields.effectif: 120}", {"rrh"}),
        ("{fields.ville: evreux}", {"rrh"}),
        ("{country: FR, organisation.kind: school}", {"rrh"}),
        ("none: [{country: FR}]", everybody("drh", "rrh")),
        ("none: [{country: FR, unknown: drop}]", {"cto", "mrdrhx"}),
        ("none: [{country: FR, unknown: keep}]", everybody("drh", "rrh")),
        ("none: [{none: [{country: FR}]}]", {"drh", "rrh"}),
        ("none: [{none: [{country: FR, unknown: keep}]}]", {"drh", "rrh", "nobody"}),
        ("any: [{country: US}, {all: [{country: FR}, {tags: vip}]}]", {"drh", "cto"}),
        ("{all: [{country: FR}], none: [{tags: vip}]}", {"rrh"}),
    ],
)
def test_a_condition_finds_the_people_it_says(session: Session, where: str, expected: set[str] | None) -> None:
    if expected is None:
        assert [one.code for one in refused(session, where)] == ["CF004"]
    else:
        assert found(session, where) == expected


def refused(session: Session, text: str) -> list[Finding]:
    document = parse_yaml(text, name="c.yaml")
    condition = segments.parse(document.data, document, (), segments.catalogue(session))
    assert isinstance(condition, list), condition
    return condition


@pytest.mark.parametrize(
    ("where", "code", "place", "words"),
    [
        ("{rolle: x}", "AU002", (1, 2), "role"),
        ("all:\n  - {countri: FR}", "AU002", (2, 6), "country"),
        ("{fields.efectif: 3}", "AU002", (1, 2), "fields.effectif"),
        ("{country: France}", "CF004", (1, 11), "two letters"),
        ("{country: [FR, XX]}", "CF004", (1, 16), "two letters"),
        ("{organisation.kind: compny}", "CF004", (1, 21), "company"),
        ("{organisation.headcount: {at_least: many}}", "CF004", (1, 37), "number"),
        ("{organisation.headcount: {atleast: 5}}", "CF001", (1, 27), "at_least"),
        ("{country: {at_least: 5}}", "CF004", (1, 12), "not"),
        ("{country: FR, unknown: maybe}", "CF004", (1, 24), "keep or drop"),
        ("{unknown: keep}", "CF004", (1, 11), "field"),
        ("{country: {words: [FR], unknown: keep}}", "CF001", (1, 25), "beside"),
        ("{segment: partners}", "CF003", (1, 11), "none yet"),
        ("{role: []}", "CF004", (1, 8), "no values"),
        ("{role: {}}", "CF004", (1, 8), "at_least"),
        ("{role: {words: ['%']}}", "CF004", (1, 17), "letter"),
        ("{role: yes and no, tags: true}", "CF004", (1, 26), "text"),
        ("all: []", "CF004", (1, 6), "at least one"),
        ("all: {country: FR}", "CF004", (1, 6), "at least one"),
        ("[a, b]", "CF004", (1, 1), "condition"),
        ("{}", "CF004", (1, 1), "condition"),
        ("{zone: Europe/Pariss}", "CF004", (1, 8), "Europe/Paris"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(
    session: Session, where: str, code: str, place: tuple[int, int], words: str
) -> None:
    findings = [one for one in refused(session, where) if one.code == code]
    assert any((one.line, one.column) == place and words in f"{one.message} {one.mend}" for one in findings), findings


def test_every_mistake_is_told_in_one_go(session: Session) -> None:
    assert len(refused(session, "all: [{rolle: x}, {country: XX}, {any: [{tags: []}]}]")) == 3


def test_a_condition_too_large_for_a_database_is_refused(session: Session) -> None:
    deep = "{country: FR}"
    for _ in range(18):
        deep = f"{{all: [{deep}]}}"
    assert found(session, deep) == {"drh", "rrh"}
    assert refused(session, "any: [" + ", ".join(["{country: FR}"] * 300) + "]")[0].code == "CF004"
    many = ", ".join(f"word{number}" for number in range(90))
    assert found(session, f"{{role: {{words: [{many}, cto]}}}}") == {"cto"}
    assert refused(session, f"{{role: {{words: [{many}, {many}]}}}}")


def test_people_of_whom_something_is_unknown_are_counted(session: Session) -> None:
    catalogue = segments.catalogue(session)
    text = "all: [{organisation.headcount: {at_least: 50}, unknown: keep}, {country: FR}]\nnone: [{language: en}]"
    document = parse_yaml(text, name="c.yaml")
    condition = segments.parse(document.data, document, (), catalogue)
    assert not isinstance(condition, list)
    counts = {}
    for one in segments.unknown_of(condition, catalogue):
        counts[one.field, one.kept] = len(session.scalars(segments.people().where(one.where)).all())
    assert counts == {("organisation.headcount", True): 3, ("country", False): 1, ("language", True): 3}


def test_a_saved_segment_is_a_condition_like_any_other(session: Session, clock: SetClock) -> None:
    text = """\
- {segment: partners, name: Partenaires, where: {tags: vip}}
- {segment: french-partners, where: {all: [{segment: partners}, {country: FR}]}}
"""
    assert segments.load_segments(session, parse_yaml(text, name="segments.yaml"), now=clock.now()) == []
    assert found(session, "{segment: partners}") == {"drh", "mrdrhx"}
    assert found(session, "none: [{segment: french-partners}]") == everybody("drh")
    assert found(session, "{segment: {not: french-partners}}") == everybody("drh")
    assert "Did you mean partners?" in refused(session, "{segment: partner}")[0].mend


def test_segments_that_ask_for_each_other_are_refused(session: Session, clock: SetClock) -> None:
    text = "- {segment: a, where: {segment: b}}\n- {segment: b, where: {none: [{segment: a}]}}\n- {segment: c, where: {segment: a}}"
    findings = segments.load_segments(session, parse_yaml(text, name="segments.yaml"), now=clock.now())
    assert [(one.code, one.line) for one in findings] == [("CF003", 1), ("CF003", 2)]
    bad = "- {segment: a, were: {country: FR}}"
    assert {one.code for one in segments.load_segments(session, parse_yaml(bad, name="s.yaml"), now=clock.now())} == {
        "CF001",
        "CF004",
    }


def test_a_caller_adds_fields_of_its_own(session: Session) -> None:
    catalogue = segments.catalogue(session) | {
        "not_contacted_for": Field(Kind.SPAN, test=lambda span: Prospect.created_at <= TUESDAY - span),
        "completed": Field(Kind.MEMBER, choices=["sync"], test=lambda slug: Prospect.first_name == "cto"),
    }
    document = parse_yaml("any: [{not_contacted_for: 90 days}, {completed: sync}]", name="c.yaml")
    condition = segments.parse(document.data, document, (), catalogue)
    assert not isinstance(condition, list)
    assert condition.any[0].values == (timedelta(days=90),)  # type: ignore[union-attr]
    where = segments.compile(condition, catalogue)
    assert session.scalars(segments.people(Prospect.first_name).where(where)).all() == ["cto"]
    for bad in ("{completed: sink}", "{not_contacted_for: ages}"):
        document = parse_yaml(bad, name="c.yaml")
        assert isinstance(segments.parse(document.data, document, (), catalogue), list)


@given(st.text(max_size=40))
def test_folded_text_is_folded_once_and_for_all(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert once == once.strip()
    assert "  " not in once


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("D.R.H.", "drh"),
        ("Chargé(e) d’études", "charge e d etudes"),
        ("ŒUVRE Straße", "oeuvre strasse"),
        ("R&D / IT", "r d it"),
    ],
)
def test_words_are_compared_by_their_letters(text: str, folded: str) -> None:
    assert fold(text) == folded


leaf = st.sampled_from(
    ["{country: FR}", "{country: {not: FR}, unknown: keep}", "{organisation.headcount: {at_least: 50}, unknown: drop}",
     "{tags: vip}", "{language: fr}", "{role: {words: [drh, cto]}, unknown: keep}", "{fields.effectif: {at_most: 100}}"]
)  # fmt: skip
nested = st.recursive(
    leaf,
    lambda inner: st.tuples(st.sampled_from(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=3)).map(
        lambda pair: f"{{{pair[0]}: [{', '.join(pair[1])}]}}"
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(nested)
def test_a_condition_and_its_opposite_share_everybody_between_them(text: str) -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(
        engine, tables=[Base.metadata.tables[name] for name in ("organisation", "import_run", "prospect")]
    )
    with Session(engine) as session:
        for number, row in enumerate(PEOPLE):
            person = {key: value for key, value in row.items() if key not in ("name", "org")}
            session.add(
                Prospect(
                    address=row["name"],
                    address_hash=bytes([number]),
                    domain="x",
                    source="s",
                    source_at=TUESDAY,
                    created_at=TUESDAY,
                    **person,
                )
            )
        session.flush()
        catalogue = segments.fields(["effectif"])
        document = parse_yaml(text, name="c.yaml")
        condition = segments.parse(document.data, document, (), catalogue)
        assert not isinstance(condition, list)
        where = segments.compile(condition, catalogue)
        yes = set(session.scalars(segments.people().where(where)))
        no = set(session.scalars(segments.people().where(~where)))
        assert yes | no == set(session.scalars(select(Prospect.id)))
        assert not yes & no
    engine.dispose()

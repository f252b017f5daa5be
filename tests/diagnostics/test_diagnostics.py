"""Self-diagnostics: files, one's own report, and the comparison with peers."""

import secrets
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospecting import diagnostics
from prospecting.db import Database
from prospecting.diagnostics.report import WORDS
from prospecting.findings import Refused
from tests.conftest import TUESDAY

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/diagnostics/*.yaml"))
SMALL = """\
title: Two questions
promise: Know where you stand.
minutes: 2
dimensions: {calm: Calm, memory: Memory}
questions:
  - id: one
    text: How calm?
    options:
      - {text: Not at all, points: {calm: 0}}
      - {text: Very, points: {calm: 3, memory: 1}}
  - id: two
    text: How well do you remember?
    options:
      - {text: Badly, points: {memory: 0}}
      - {text: Well, points: {memory: 2}}
bands:
  calm:
    - {up_to: 1, title: Loud, text: It is loud., advice: Close the door.}
    - {up_to: 3, title: Calm, text: It is calm., advice: Keep it.}
  memory:
    - {up_to: 3, title: Some, text: You remember some.}
  overall:
    - {up_to: 6, title: All, text: That is all.}
"""


def write(folder: Path, text: str = SMALL, name: str = "small.en.yaml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.fixture
def small(tmp_path: Path) -> diagnostics.Diagnostic:
    return diagnostics.load_definition(write(tmp_path / "diagnostics"))


def test_a_report_says_what_the_points_mean(small: diagnostics.Diagnostic) -> None:
    report = diagnostics.score(small, {"one": 1, "two": 0})
    assert [(part.name, part.points, part.most, part.band.title) for part in report.parts] == [
        ("Calm", 3, 3, "Calm"),
        ("Memory", 1, 3, "Some"),
    ]
    assert report.overall is not None
    assert (report.overall.points, report.overall.most) == (4, 6)
    assert report.sentences == (
        "What you do best: Calm, 3 points out of 3.",
        "Where to begin: Memory, 1 points out of 3.",
    )


@pytest.mark.parametrize(
    ("answers", "missing", "unknown"),
    [
        ({"one": 1}, ["two"], []),
        ({"one": 1, "two": 2}, [], ["two"]),
        ({"one": -1, "two": 0}, [], ["one"]),
        ({"one": True, "two": 0}, [], ["one"]),
        ({"one": 0, "two": 0, "three": 0}, [], ["three"]),
        ({}, ["one", "two"], []),
    ],
)
def test_answers_that_do_not_fit_are_named(
    small: diagnostics.Diagnostic, answers: dict[str, int], missing: list[str], unknown: list[str]
) -> None:
    with pytest.raises(diagnostics.BadAnswers) as refused:
        diagnostics.score(small, answers)
    assert (refused.value.missing, refused.value.unknown) == (missing, unknown)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_way_to_answer_an_example_has_its_report(path: Path) -> None:
    definition = diagnostics.load_definition(path)

    @given(st.tuples(*(st.integers(0, len(question.options) - 1) for question in definition.questions)))
    def answered(chosen: tuple[int, ...]) -> None:
        report = diagnostics.score(
            definition, {question.id: option for question, option in zip(definition.questions, chosen, strict=True)}
        )
        assert [part.dimension for part in report.parts] == list(definition.dimensions)
        assert all(0 <= part.points <= part.band.up_to and 0 <= part.share <= 1 for part in report.parts)
        assert report.sentences

    answered()


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ("minutes: 2", "minutes: soon", "3:10", "CF004"),
        ("title: Two", "titel: Two", "1:1", "CF001"),
        ("promise: Know where you stand.", "promise:", "2:1", "CF004"),
        ("points: {calm: 0}", "points: {clam: 0}", "9:37", "CF003"),
        ("points: {calm: 0}", "points: {calm: -1}", "9:43", "CF004"),
        ("points: {calm: 0}", "points: {calm: .inf}", "9:43", "CF004"),
        ("id: two", "id: one", "11:9", "CF003"),
        ("up_to: 3, title: Calm", "up_to: 1, title: Calm", "19:15", "CF004"),
        ("up_to: 3, title: Calm", "up_to: 2, title: Calm", "19:15", "CF004"),
        ("up_to: 6", "up_to: 5", "23:15", "CF004"),
        ("  memory:\n    - {up_to: 3, title: Some, text: You remember some.}\n", "", "16:1", "CF004"),
    ],
)
def test_each_mistake_is_named_where_it_stands(tmp_path: Path, old: str, new: str, place: str, code: str) -> None:
    assert old in SMALL
    with pytest.raises(Refused) as refused:
        diagnostics.load_definition(write(tmp_path / "diagnostics", SMALL.replace(old, new)))
    found = [f"{finding.line}:{finding.column} {finding.code}" for finding in refused.value.findings]
    assert f"{place} {code}" in found, refused.value.findings


def test_definitions_come_back_from_the_database_as_they_were(
    database: Database, tmp_path: Path, small: diagnostics.Diagnostic
) -> None:
    folder = tmp_path / "diagnostics"
    write(folder, SMALL.replace("Two questions", "Deux questions"), "small.fr.yaml")
    write(folder, "title: [", "broken.en.yaml")
    write(
        folder,
        SMALL.replace("calm: 3", "calm: 4").replace("up_to: 3", "up_to: 4").replace("up_to: 6", "up_to: 7"),
        "small.de.yaml",
    )
    for _ in range(2):
        with database.writing() as session:
            findings = diagnostics.load_definitions(session, folder)
        assert sorted(finding.file for finding in findings) == [
            "diagnostics/broken.en.yaml",
            "diagnostics/small.en.yaml",
            "diagnostics/small.fr.yaml",
        ]
    (folder / "small.de.yaml").unlink()
    with database.writing() as session:
        diagnostics.load_definitions(session, folder)
    with database.reading() as session:
        assert small in diagnostics.definitions(session)
        assert diagnostics.definition(session, "small", "fr-CA").title == "Deux questions"  # type: ignore[union-attr]
        assert diagnostics.definition(session, "small", "it").language == "en"  # type: ignore[union-attr]
        assert diagnostics.definition(session, "unknown", "fr") is None


def test_under_twenty_peers_nothing_is_compared(database: Database, small: diagnostics.Diagnostic) -> None:
    mine = diagnostics.score(small, {"one": 1, "two": 1})
    theirs = diagnostics.score(small, {"one": 0, "two": 0}).scores
    for peers in range(21):
        with database.writing() as session:
            compared = diagnostics.compare(mine, diagnostics.results(session, "small"))
            assert bool(compared) is (peers >= 20)
            diagnostics.keep(session, theirs, slug="small", language="en", key=secrets.token_bytes(16), now=TUESDAY)
    calm = compared[0]
    assert (calm.dimension, calm.peers, calm.lower, calm.higher) == ("calm", 20, 1.0, 0.0)
    assert "100%" in calm.sentence


def test_a_result_kept_twice_counts_once_and_holds_no_person_and_no_hour(
    database: Database, small: diagnostics.Diagnostic
) -> None:
    scores = diagnostics.score(small, {"one": 1, "two": 0}).scores
    key = secrets.token_bytes(16)
    with database.writing() as session:
        assert diagnostics.keep(session, scores, slug="small", language="en", key=key, now=TUESDAY)
        assert not diagnostics.keep(session, scores, slug="small", language="en", key=key, now=TUESDAY)
        assert diagnostics.results(session, "small") == [{"calm": [3, 3], "memory": [1, 3]}]
    columns = set(diagnostics.models.DiagnosticResult.__table__.columns.keys())  # type: ignore[attr-defined]
    assert columns == {"id", "key", "slug", "language", "scores", "week"}


def test_results_of_other_questions_are_no_peers(small: diagnostics.Diagnostic) -> None:
    mine = diagnostics.score(small, {"one": 1, "two": 1})
    assert diagnostics.compare(mine, [{"calm": [1, 9], "memory": [1, 3]}] * 50) == []


@given(st.lists(st.integers(0, 3), min_size=20, max_size=60), st.sampled_from([0, 1]))
def test_shares_never_exceed_the_whole(points: list[int], chosen: int) -> None:
    definition = diagnostics.Diagnostic(
        "s", "fr", "S", "P", 1, "", {"calm": "Calme"},
        (diagnostics.Question("one", "?", (diagnostics.Option("a", {"calm": 0}), diagnostics.Option("b", {"calm": 3}))),),
        {"calm": (diagnostics.Band(3, "t", "x", ""),)},
    )  # fmt: skip
    (compared,) = diagnostics.compare(
        diagnostics.score(definition, {"one": chosen}), [{"calm": [each, 3]} for each in points]
    )
    assert 0 <= compared.lower + compared.higher <= 1
    assert compared.sentence.startswith("Calme")


def test_the_words_are_there_in_both_languages() -> None:
    assert WORDS.keys("fr") == WORDS.keys("en")

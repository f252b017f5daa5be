"""Every campaign file of the corpus gives exactly the findings that its sidecar lists, and no others."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from prospecting.campaigns.lint import lint
from prospecting.campaigns.workspace import in_memory
from prospecting.findings import Finding
from prospecting.settings import Settings, load

CORPUS = Path(__file__).parent / "corpus"
GOOD = sorted((CORPUS / "campaigns" / "good").glob("*.yaml"))
BAD = sorted((CORPUS / "campaigns" / "bad").glob("*.yaml"))
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(CORPUS)


@pytest.fixture(scope="module")
def session(settings: Settings) -> Iterator[Session]:
    with in_memory(CORPUS, settings, now=NOW) as opened, opened.database.reading() as session:
        yield session


def found(session: Session, settings: Settings, file: Path) -> list[Finding]:
    return lint(session, CORPUS, file, now=NOW, settings=settings)


def told(finding: Finding, file: Path) -> str:
    name = "" if finding.file.endswith(file.name) else finding.file
    return f"{name}:{finding.line}:{finding.column} {finding.code} {finding.severity}"


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert len(GOOD) >= 15
    assert len(GOOD) + len(BAD) >= 60


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)
def test_a_good_campaign_has_no_finding(session: Session, settings: Settings, file: Path) -> None:
    assert [str(finding) for finding in found(session, settings, file)] == []


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_bad_campaign_has_exactly_the_findings_of_its_sidecar(
    session: Session, settings: Settings, file: Path
) -> None:
    expected = file.with_suffix(".findings").read_text(encoding="utf-8").splitlines()
    assert [told(finding, file) for finding in found(session, settings, file)] == expected

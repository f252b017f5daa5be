"""The linter on an opened workspace, on both databases, and at the command line."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prospecting import prospects
from prospecting.campaigns.lint import lint
from prospecting.campaigns.lint.pace import reachable
from prospecting.campaigns.workspace import open_workspace
from prospecting.cli.app import app
from prospecting.findings import Finding
from prospecting.installation import Installation
from prospecting.settings import Settings, load

CORPUS = Path(__file__).parent / "corpus"
PUBLISHED = ["code", "severity", "file", "line", "column", "message", "mend"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CORPUS, tmp_path / "workspace"))


def linted(installation: Installation, folder: Path, name: str, *, settings: Settings | None = None) -> list[Finding]:
    """The findings of one campaign of the corpus, in a workspace that was opened and whose people were imported."""
    now = installation.clock.now()
    people = folder / "prospects" / "people.csv"
    prospects.import_csv(installation.database, people, source="a fair", now=now, signer=installation.signer)
    with installation.database.writing() as session:
        open_workspace(session, folder, now=now, signer=installation.signer)
        file = folder / "campaigns" / f"{name}.yaml"
        return lint(session, folder, file, now=now, settings=settings or load(folder))


def test_an_opened_workspace_is_linted_against_its_database(installation: Installation, folder: Path) -> None:
    assert linted(installation, folder, "good/full") == []


def test_whoever_objected_counts_for_nothing(installation: Installation, folder: Path) -> None:
    people = folder / "prospects" / "people.csv"
    now = installation.clock.now()
    prospects.import_csv(installation.database, people, source="a fair", now=now, signer=installation.signer)
    with installation.database.writing() as session:
        for name in ("anne@alpha", "paul@alpha", "lea@beta", "marc@delta"):
            address = installation.signer.hash_address(f"{name}.example")
            prospects.object_to_contact(session, address, now=now, through="mail")
    assert [finding.code for finding in linted(installation, folder, "good/seven")] == ["AU001"]


def test_everybody_is_no_audience(installation: Installation, folder: Path) -> None:
    header, *rows = (folder / "prospects" / "people.csv").read_text(encoding="utf-8").splitlines()
    more = [f"p{number}@many.example,P,Q,DRH,fr,FR,Many,many.example,company,90," for number in range(30)]
    (folder / "prospects" / "people.csv").write_text("\n".join([header, *rows, *more]), encoding="utf-8")
    text = (folder / "campaigns/good/seven.yaml").read_text(encoding="utf-8")
    (folder / "campaigns/all.yaml").write_text(text.replace("{all: [{role: {words: [DRH, RRH]}}, {country: FR}]}", "{country: [FR, BE, US]}"), encoding="utf-8")  # fmt: skip
    found = {finding.code: finding for finding in linted(installation, folder, "all")}
    assert found["AU003"].severity == "warning"


def test_gifts_of_ours_need_an_address_that_readers_reach(installation: Installation, folder: Path) -> None:
    hidden = load(folder, public_url="http://gifts.intranet")
    found = linted(installation, folder, "good/seven", settings=hidden)
    assert [(finding.code, finding.line) for finding in found] == [("CA002", 1), ("CA002", 7), ("CA002", 8)]


@pytest.mark.parametrize(
    ("url", "yes"),
    [("https://gifts.example.org", True), ("http://127.0.0.1:8400", True), ("http://[::1]:8400", True), ("http://localhost", True),
     ("http://gifts.example.org", False), ("https://intranet", False), ("http://10.0.0.5", False), ("", False)],
)  # fmt: skip
def test_an_address_is_public_if_it_is_https_or_this_machine(url: str, yes: bool) -> None:
    assert reachable(url) is yes


def test_the_command_prints_one_object_and_its_code_says_whether_it_may_launch(folder: Path) -> None:
    bad = CliRunner().invoke(app, ["campaign", "lint", str(folder / "campaigns/bad/message-call.yaml"), "--json"])
    findings = json.loads(bad.stdout)["findings"]
    assert bad.exit_code == 1
    assert [list(finding) for finding in findings] == [PUBLISHED] * len(findings)
    first = findings[0]
    assert (first["code"], first["file"], first["line"], first["column"]) == ("GF001", "messages/bad-call.md", 9, 21)


def test_warnings_alone_do_not_stop_a_launch(folder: Path) -> None:
    for name in ("priced", "unpromised"):
        (folder / f"gifts/{name}.fr.md").unlink()
    result = CliRunner().invoke(app, ["campaign", "lint", str(folder / "campaigns/bad/bar-one-act.yaml"), "--json"])
    assert result.exit_code == 0
    assert [finding["code"] for finding in json.loads(result.stdout)["findings"]] == ["WM002"]


def test_linting_leaves_nothing_behind(folder: Path) -> None:
    before = sorted(path for path in folder.rglob("*"))
    CliRunner().invoke(app, ["campaign", "lint", str(folder / "campaigns/good/seven.yaml")])
    assert sorted(path for path in folder.rglob("*")) == before


def test_the_schema_command_prints_what_is_published() -> None:
    published = Path(__file__).parents[2] / "docs" / "campaign.schema.json"
    result = CliRunner().invoke(app, ["campaign", "schema"])
    assert json.loads(result.stdout) == json.loads(published.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", sorted((Path(__file__).parents[2] / "examples").glob("*/campaigns/*.yaml")), ids=lambda file: file.stem)  # fmt: skip
def test_the_examples_may_be_launched(file: Path) -> None:
    result = CliRunner().invoke(app, ["campaign", "lint", str(file), "--json"])
    assert [finding for finding in json.loads(result.stdout)["findings"] if finding["severity"] == "error"] == []
    assert result.exit_code == 0

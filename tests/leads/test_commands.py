"""`prospecting leads` and `prospecting digest` on a workspace."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prospecting.cli.app import app
from prospecting.findings import Refused
from prospecting.installation import open_installation
from prospecting.settings import CONFIG, load
from tests.leads.world import LATER, raised, settle, warmed
from tests.warmth.world import launched

run = CliRunner()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / CONFIG).write_text('language = "en"\n', encoding="utf-8")
    installation = open_installation(load(tmp_path))
    with installation.database.writing() as session:
        one, two = launched(session, 2)
        warmed(session, one)
        raised(session, two, at=LATER)
        settle(session, installation.settings, now=LATER)
    installation.close()
    return tmp_path


def test_leads_with_their_reasons(workspace: Path) -> None:
    shown = run.invoke(app, ["leads", "-w", str(workspace)])
    assert shown.exit_code == 0
    assert "Anne 1" in shown.stdout
    assert "the bar is 50" in shown.stdout
    assert "Waits for an answer" in shown.stdout


def test_leads_as_json(workspace: Path) -> None:
    shown = run.invoke(app, ["leads", "-w", str(workspace), "--owner", "claire", "--json"])
    found = json.loads(shown.stdout.splitlines()[-1])["leads"]
    assert len(found) == 2
    person = found[0]["people"][0]
    assert {"name", "warm", "why", "hands", "may_invite", "waits"} <= person.keys()
    assert person["why"]["reasons"][0].keys() == {"text", "at", "share", "points"}
    assert (
        run.invoke(app, ["leads", "-w", str(workspace), "--owner", "marc", "--json"]).stdout.strip() == '{"leads": []}'
    )


def test_the_digest_is_printed_and_not_sent(workspace: Path) -> None:
    shown = run.invoke(app, ["digest", "--for", "claire", "-w", str(workspace)])
    assert shown.exit_code == 0
    assert "Good morning Claire" in shown.stdout
    said = json.loads(run.invoke(app, ["digest", "--for", "claire", "-w", str(workspace), "--json"]).stdout)
    assert said.keys() == {"for", "subject", "text", "quiet"}


def test_nobody_by_that_name_is_refused(workspace: Path) -> None:
    assert isinstance(run.invoke(app, ["digest", "--for", "nobody", "-w", str(workspace)]).exception, Refused)

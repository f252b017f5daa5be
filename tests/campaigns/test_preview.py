"""The plan before anything leaves: the same rules as the engine, and nothing of it stays."""

import json
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from prospecting import campaigns
from prospecting.campaigns.models import Campaign, Enrolment, Touch
from prospecting.campaigns.preview import Preview
from prospecting.campaigns.saying import WORDS
from prospecting.cli.app import app
from prospecting.db import Database
from prospecting.settings import Settings
from tests.campaigns.stories import NOW
from tests.campaigns.test_launch import filled, launch, workspace

EXAMPLE = Path(__file__).parents[2] / "examples" / "give-first-fr"


def planned(database: Database, settings: Settings, file: Path) -> Preview:
    with database.reading() as session:
        return campaigns.preview(session, settings.workspace, file, now=NOW, settings=settings)


def test_the_plan_names_each_touch_at_its_local_hour_and_writes_nothing(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        filled(session)
    plan = planned(database, settings, workspace(settings.workspace))
    assert (plan.people, len(plan.touches), plan.conditional) == (20, 60, 20)
    assert Counter(touch.step for touch in plan.touches) == {"guide": 20, "diagnostic": 20, "next": 20}
    assert {touch.zone for touch in plan.touches} == {"Europe/Paris"}
    assert all(touch.local.weekday() in (1, 2, 3) and 8 <= touch.local.hour < 17 for touch in plan.touches)
    assert all(load.messages <= load.limit for load in plan.loads)
    assert sum(plan.days.values()) == sum(load.messages for load in plan.loads) == 60
    with database.reading() as session:
        assert [session.scalar(select(func.count()).select_from(table)) for table in (Campaign, Enrolment, Touch)] == [
            0,
            0,
            0,
        ]


def test_the_engine_plans_what_the_plan_said(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        filled(session)
    file = workspace(settings.workspace)
    plan = planned(database, settings, file)
    launch(database, settings, file)
    with database.writing() as session:
        campaigns.plan(session, now=NOW, settings=settings)
        made = {row.prospect_id: row.due_at for row in session.execute(select(Touch.prospect_id, Touch.due_at))}
    assert made == {touch.prospect_id: touch.due_at for touch in plan.touches if touch.step == "guide"}


def test_the_rest_waits_for_the_first_ones(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        filled(session)
    plan = planned(database, settings, workspace(settings.workspace, start_with=5))
    begins = sorted(touch.due_at for touch in plan.touches if touch.step == "guide")
    assert plan.first_ones == 5
    assert begins[4] < NOW + timedelta(days=1) < NOW + timedelta(days=1, hours=12) < begins[5]


def test_a_campaign_whose_windows_end_says_for_how_many(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        filled(session, 4)
    plan = planned(database, settings, workspace(settings.workspace, ends="2026-12-03"))
    assert Counter(touch.step for touch in plan.touches) == {"guide": 4}
    assert plan.ends == {"calendar": 4}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "ws"
    shutil.copytree(EXAMPLE, folder)
    return folder / "campaigns" / "async-hr.yaml"


def test_a_workspace_that_was_never_opened_is_planned_and_stays_as_it_was(example: Path) -> None:
    before = sorted(str(path) for path in example.parents[1].rglob("*"))
    done = CliRunner().invoke(app, ["campaign", "plan", str(example), "--json"])
    assert done.exit_code == 0, done.output
    plan = json.loads(done.stdout.splitlines()[-1])
    assert plan["people"] > 50
    assert len(plan["touches"]) == sum(plan["days"].values()) == sum(one["messages"] for one in plan["mailboxes"])
    assert {"prospect", "day", "hour", "zone", "gifts", "mailbox"} <= set(plan["touches"][0])
    assert plan["left_out"]["outside_audience"] > 0
    assert plan["upper_bound"] is True
    assert sorted(str(path) for path in example.parents[1].rglob("*")) == before


def test_the_plan_is_printed_for_people(example: Path) -> None:
    done = CliRunner().invoke(app, ["campaign", "plan", str(example)])
    assert done.exit_code == 0, done.output
    for said in ("personnes recevraient", "Messages par jour", "08:", "claire", "c’est un"):
        assert said in done.output


def test_a_campaign_is_launched_paused_resumed_and_shown_by_its_file_or_slug(example: Path) -> None:
    run = CliRunner()
    launched = json.loads(
        run.invoke(
            app, ["import", str(example.parents[1] / "prospects/prospects.csv"), "--source", "a list", "--json"]
        ).stdout.splitlines()[-1]
    )
    assert launched["added"] > 100
    launched = json.loads(run.invoke(app, ["campaign", "launch", str(example), "--json"]).stdout.splitlines()[-1])
    assert (launched["version"], launched["new_version"]) == (1, True)
    place = ["--workspace", str(example.parents[1]), "--json"]
    assert json.loads(run.invoke(app, ["campaign", "pause", "async-hr", *place]).stdout)["paused"] is True
    assert json.loads(run.invoke(app, ["campaign", "status", str(example), "--json"]).stdout)["state"] == "paused"
    assert json.loads(run.invoke(app, ["campaign", "resume", "async-hr", *place]).stdout)["resumed"] is True
    told = run.invoke(app, ["campaign", "status", "async-hr", "--workspace", str(example.parents[1])]).output
    assert "en cours" in told


def test_every_sentence_is_there_in_french_and_in_english() -> None:
    assert WORDS.keys("fr") == WORDS.keys("en")
    for why in (
        "suppressed",
        "stopped",
        "already_in",
        "other_campaign",
        "in_touch",
        "customer",
        "per_organisation",
        "outside_audience",
    ):
        assert WORDS.say("fr", f"left_out.{why}")
    for why in ("calendar", "full", "condition", "nothing"):
        assert WORDS.say("en", f"plan.ends_{why}", n=2)

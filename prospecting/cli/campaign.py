"""`prospecting campaign …`: lint, plan, launch, pause, resume, status."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from sqlalchemy.orm import Session

from prospecting import campaigns
from prospecting.campaigns.definition import json_schema
from prospecting.campaigns.definition import load as load_definition
from prospecting.campaigns.lint import lint as lint_campaign
from prospecting.campaigns.lint import ordered
from prospecting.campaigns.saying import WORDS
from prospecting.campaigns.workspace import in_memory, open_workspace
from prospecting.cli import plan as plans
from prospecting.cli.doors import AsJson, Workspace, find_workspace, opened, print_json, show
from prospecting.clock import SystemClock
from prospecting.db import sqlite_file
from prospecting.findings import Finding, Refused, errors
from prospecting.installation import open_installation
from prospecting.settings import Settings, load
from prospecting.words import moment

campaign = typer.Typer(no_args_is_help=True, help="Write, check and run campaigns.")

Which = Annotated[
    str, typer.Argument(metavar="FILE-or-slug", help="The campaign, by its file or its slug.", show_default=False)
]
By = Annotated[str, typer.Option("--by", help="Who does this, for the audit; you, unless said.", show_default=False)]
File = Annotated[Path, typer.Argument(help="The campaign's file.", show_default=False)]


@dataclass(frozen=True)
class Material:
    """A workspace's files in a database, for one look at them."""

    session: Session
    folder: Path
    settings: Settings
    now: datetime
    findings: list[Finding]
    """What is wrong with the workspace's other files."""


@contextmanager
def material(workspace: Path | None, file: Path) -> Iterator[Material]:
    """The files of the workspace as they are now: beside what its database holds, if it was ever opened, else alone.

    Nothing of it stays.
    """
    folder = find_workspace(workspace, file)
    settings = load(folder)
    database = sqlite_file(settings.url_of_database)
    if database and not database.exists():
        now = SystemClock().now()
        with in_memory(folder, settings, now=now) as alone, alone.database.reading() as session:
            yield Material(session, folder, settings, now, alone.findings)
        return
    installation = open_installation(settings, upgrade=False)
    try:
        now = installation.clock.now()
        with installation.database.reading() as session:
            findings = open_workspace(session, folder, now=now, signer=installation.signer)
            yield Material(session, folder, settings, now, findings)
    finally:
        installation.close()


@campaign.command()
def schema() -> None:
    """Print the JSON Schema of a campaign file, by which editors complete and check it."""
    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@campaign.command()
def lint(file: File, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Show every rule the campaign breaks, with file, line and mend; exit 1 if there is an error."""
    with material(workspace, file) as here:
        found = lint_campaign(here.session, here.folder, file, now=here.now, settings=here.settings)
        findings = ordered([*found, *here.findings], first=found[0].file if found else "")
    if as_json:
        print_json({"findings": [finding.as_dict() for finding in findings]})
    else:
        show(findings)
        typer.echo(_told(findings))
    if errors(findings):
        raise typer.Exit(1)


@campaign.command()
def plan(file: File, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Show who would get what, on which local day and hour, what each mailbox sends, and who is left out and why."""
    with material(workspace, file) as here:
        show(finding for finding in here.findings if finding.severity == "error")
        planned = campaigns.preview(here.session, here.folder, file, now=here.now, settings=here.settings)
        language = here.settings.language
    if as_json:
        print_json(plans.as_data(planned))
    else:
        plans.show(planned, Console(), language)


@campaign.command()
def launch(file: File, workspace: Workspace = None, by: By = "", as_json: AsJson = False) -> None:
    """Freeze the campaign as a version, and enrol its people; with `start_with`, the first ones begin alone."""
    with opened(workspace, file) as installation:
        settings, now = installation.settings, installation.clock.now()
        with installation.database.writing() as session:
            found = campaigns.open_workspace(session, settings.workspace, now=now, signer=installation.signer)
            if errors(found):
                raise Refused(found)
            done = campaigns.launch(session, settings.workspace, file, by=by or operator(), now=now, settings=settings)
    if as_json:
        print_json(asdict(done))
        return
    say = partial(WORDS.say, settings.language)
    typer.echo(say(f"launch.{'done' if done.new_version else 'unchanged'}", slug=done.slug, version=done.version))
    typer.echo(say("launch.enrolled", n=done.enrolled))
    if done.waiting:
        typer.echo(say("launch.waiting", n=done.waiting))
    for why, count in done.left_out.items():
        typer.echo(f"{count:>7}  {say(f'left_out.{why}')}")


@campaign.command()
def pause(which: Which, workspace: Workspace = None, by: By = "", as_json: AsJson = False) -> None:
    """Let nothing more of a campaign leave, from this moment on."""
    with opened(workspace, _near(which)) as installation:
        slug, now = slug_of(which), installation.clock.now()
        with installation.database.writing() as session:
            done = campaigns.pause(session, slug, by=by or operator(), now=now)
    _answer(
        installation.settings,
        {"campaign": slug, "paused": done},
        "paused" if done else "was_not_running",
        as_json=as_json,
    )


@campaign.command()
def resume(which: Which, workspace: Workspace = None, by: By = "", as_json: AsJson = False) -> None:
    """Go on after a pause; or, of a campaign that runs, let those begin who waited for the first ones."""
    with opened(workspace, _near(which)) as installation:
        slug, now, settings = slug_of(which), installation.clock.now(), installation.settings
        with installation.database.writing() as session:
            done = campaigns.resume(session, slug, by=by or operator(), now=now, settings=settings)
            begin = 0 if done else campaigns.confirm_start(session, slug, by=by or operator(), now=now)
    said = "resumed" if done else "confirmed" if begin else "goes_on_already"
    _answer(settings, {"campaign": slug, "resumed": done, "begin": begin}, said, as_json=as_json)


@campaign.command()
def status(which: Which, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Show how a campaign stands: people, messages, who is held back, what leaves next."""
    with opened(workspace, _near(which)) as installation, installation.database.reading() as session:
        standing = campaigns.status(session, slug_of(which))
    if as_json:
        print_json(asdict(standing))
        return
    for line in _standing(standing, installation.settings):
        typer.echo(line)


def slug_of(which: str) -> str:
    """The campaign that a file, or a slug, names. Raises Refused for a file that cannot be read."""
    file = Path(which)
    if not (file.suffix in (".yaml", ".yml") or file.is_file()):
        return which
    loaded = load_definition(file)
    if loaded.draft is None:
        raise Refused(loaded.findings)
    return loaded.draft.campaign


def operator() -> str:
    """Who works at this machine, for the audit."""
    try:
        return getpass.getuser()[:40]
    except (KeyError, OSError):
        return "cli"


def _near(which: str) -> Path | None:
    return Path(which) if Path(which).is_file() else None


def _answer(settings: Settings, data: dict[str, object], said: str, *, as_json: bool) -> None:
    if as_json:
        print_json(data)
    else:
        typer.echo(WORDS.say(settings.language, f"running.{said}", slug=data["campaign"], n=data.get("begin", 0)))


def _standing(standing: campaigns.Status, settings: Settings) -> Iterator[str]:
    language, zone = settings.language, ZoneInfo(settings.timezone)
    say = partial(WORDS.say, language)
    yield say(
        "status.line",
        name=standing.name,
        slug=standing.slug,
        version=standing.version,
        state=say(f"state.{standing.state}"),
    ) + (f" ({standing.paused_why})" if standing.paused_why else "")
    for key in ("people", "touches"):
        counts = ", ".join(f"{say(f'state.{state}')} {count}" for state, count in getattr(standing, key).items())
        if counts:
            yield f"{say(f'status.{key}')}: {counts}"
    for why, count in standing.held.items():
        yield f"{say('status.held')}: {count}, {say('held.first_ones') if why == 'first_ones' else why}"
    if standing.next_leaves_at:
        yield say("status.next", at=moment(standing.next_leaves_at, zone, language))
    elif standing.looks_again_at:
        yield say("status.looks", at=moment(standing.looks_again_at, zone, language))
    else:
        yield say("status.nothing")


def _told(findings: list[Finding]) -> str:
    if not findings:
        return "Nothing to mend."
    wrong = len(errors(findings))
    return f"{wrong} error{'s' * (wrong != 1)}, {len(findings) - wrong} warning{'s' * (len(findings) - wrong != 1)}."

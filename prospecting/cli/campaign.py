"""`prospecting campaign …`: lint."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from prospecting.campaigns.lint import lint as lint_campaign
from prospecting.campaigns.lint import ordered
from prospecting.campaigns.workspace import in_memory, open_workspace
from prospecting.cli.doors import AsJson, Workspace, find_workspace, print_json, show
from prospecting.clock import SystemClock
from prospecting.db import sqlite_file
from prospecting.findings import Finding, errors
from prospecting.installation import open_installation
from prospecting.settings import Settings, load

campaign = typer.Typer(no_args_is_help=True, help="Write, check and run campaigns.")

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


def _told(findings: list[Finding]) -> str:
    if not findings:
        return "Nothing to mend."
    wrong = len(errors(findings))
    return f"{wrong} error{'s' * (wrong != 1)}, {len(findings) - wrong} warning{'s' * (len(findings) - wrong != 1)}."

"""What every command does the same way: find the workspace, open the installation, show findings, print JSON."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from sqlalchemy.exc import DatabaseError, OperationalError

from prospecting.findings import Finding, Refused
from prospecting.installation import Installation, open_installation
from prospecting.settings import CONFIG, load

progress = Console(stderr=True)
"""Progress and findings go to stderr; what was asked for goes to stdout."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]
Workspace = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="The workspace folder; found from the file or this folder unless given."),
]


@contextmanager
def refusing() -> Iterator[None]:
    """Findings instead of tracebacks: what is refused is shown on stderr, and the exit code is 1."""
    try:
        yield
    except Refused as refused:
        show(refused.findings)
        sys.exit(1)
    except OperationalError as error:
        reason = str(error.orig).splitlines()[0] if error.orig else "no answer"
        show([Finding("DB003", "", f"The database cannot be reached: {reason}.", "Start it, or correct DATABASE_URL.")])
        sys.exit(1)
    except DatabaseError as error:
        if "not a database" not in str(error.orig) and "malformed" not in str(error.orig):
            raise
        show([Finding("DB004", "", f"The database's file is damaged: {error.orig}.", "Put a backup in its place.")])
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)


def find_workspace(given: Path | None, near: Path | None = None) -> Path:
    """The nearest folder with a prospecting.toml, from `given`, the file `near`, or here, upwards. Raises Refused."""
    start = (given or (near.parent if near else Path.cwd())).resolve()
    for folder in (start, *start.parents):
        if (folder / CONFIG).exists():
            return folder
    raise Refused.of(
        "CF003", f"No workspace here: {start} has no {CONFIG}.", "Run `prospecting init DIR`, or say --workspace DIR."
    )


@contextmanager
def opened(workspace: Path | None, near: Path | None = None) -> Iterator[Installation]:
    """The installation of the workspace, closed at the end."""
    installation = open_installation(load(find_workspace(workspace, near)))
    try:
        yield installation
    finally:
        installation.close()


def show(findings: Iterable[Finding]) -> None:
    """Each finding on a line of stderr."""
    for finding in findings:
        progress.print(
            str(finding),
            highlight=False,
            markup=False,
            soft_wrap=True,
            style="red" if finding.severity == "error" else "yellow",
        )


def print_json(value: Any) -> None:
    """`value` as one line of JSON on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()

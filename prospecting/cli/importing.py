"""`prospecting import`: a table of people in, with what was wrong on stderr line by line."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from prospecting.cli.doors import AsJson, Workspace, opened, print_json, progress, show
from prospecting.prospects import ImportReport, import_csv
from prospecting.settings import CONFIG


def import_people(
    file: Annotated[Path, typer.Argument(help="A CSV file with a column of mail addresses.")],
    source: Annotated[str, typer.Option(help="Where these people come from; kept with each of them.")] = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Bring people in from a CSV file; broken rows are told, the rest comes in."""
    with (
        opened(workspace or _near(file)) as installation,
        Progress(
            "{task.description}", BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=progress, transient=True
        ) as bar,
    ):
        task = bar.add_task(file.name, total=None)
        report = import_csv(
            installation.database,
            file,
            source=source,
            now=installation.clock.now(),
            signer=installation.signer,
            name=str(file),
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    show([*report.warnings, *report.refused])
    if (more := report.refused_rows - len(report.refused)) > 0:
        progress.print(f"… and {more} more rows that did not come in.", highlight=False)
    if as_json:
        findings = {key: [one.as_dict() for one in getattr(report, key)] for key in ("refused", "warnings")}
        print_json(asdict(report) | findings)
    else:
        typer.echo(_said(report))
    if report.refused_rows:
        raise typer.Exit(1)


def _near(file: Path) -> Path | None:
    """The file's own folder if it stands in a workspace; else this folder is asked."""
    folder = file.resolve().parent
    return folder if any((one / CONFIG).exists() for one in (folder, *folder.parents)) else None


def _said(report: ImportReport) -> str:
    parts = [f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged"]
    for number, words in (
        (report.organisations, "new organisations"),
        (report.repeated, "rows said twice"),
        (report.left_out_suppressed, "left out because they must never be written to"),
        (report.refused_rows, "rows refused"),
    ):
        if number:
            parts.append(f"{number} {words}")
    read = f"Read as {report.encoding}, columns split by {report.delimiter!r}."
    resumed = f" Went on after line {report.resumed_after_line}." if report.resumed_after_line else ""
    return f"{'; '.join(parts)}. {read}{resumed}"

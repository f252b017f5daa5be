"""`prospecting demo`: the whole promise in a minute or two, on a fresh workspace, through the real engine."""

import shutil
import tempfile
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from prospecting.cli.demo.run import Demo, live
from prospecting.cli.demo.summary import one_act_short, show_summary, summarise
from prospecting.cli.doors import AsJson, print_json, progress
from prospecting.cli.serve import MAIL_PORT, stop_signals, until_stopped
from prospecting.clock import wall
from prospecting.findings import Refused
from prospecting.web.server import free_port

WEEKS = 8
PORT = 8400


def demo(
    exit_: Annotated[bool, typer.Option("--exit", help="Stop after the eight weeks; takes free ports.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed and end give the same numbers.")] = 7,
    ends: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day, as 2026-11-20; now unless given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Live eight weeks of a French and an English campaign in a minute or two, then stay up to be looked at."""
    until = _end(ends)
    folder = Path(tempfile.mkdtemp(prefix="prospecting-demo-"))
    try:
        with ExitStack() as stack:
            stage = Demo(
                folder=folder,
                seed=seed,
                starts=until - timedelta(weeks=WEEKS),
                ends=until,
                port=free_port() if exit_ else PORT,
                mail_port=0 if exit_ else MAIL_PORT,
            )
            lived = live(stage, stack)
            summary = summarise(lived)
            if as_json:
                print_json(summary)
            if not exit_:
                lived.flagged.update(mail for _, mail in one_act_short(lived))
                lived.stay(joined=ends is None)
                show_summary(lived, summary)
                until_stopped(stop_signals())
            elif not as_json:
                show_summary(lived, summary)
    finally:
        if exit_:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            progress.print(f"What it left behind stands in {folder}.", highlight=False)


def _end(given: str | None) -> datetime:
    if given is None:
        return wall().replace(microsecond=0)
    try:
        return datetime.combine(date.fromisoformat(given), time(18), UTC)
    except ValueError as error:
        raise Refused.of("CF004", f"{given!r} is not a date.", "Write it as 2026-11-20.") from error

"""`prospecting serve`: the web pages, and where no Redis is given the whole engine with them, in one process."""

import signal
import threading
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from prospecting import campaigns, engagement, leads
from prospecting.cli.doors import AsJson, Workspace, find_workspace, print_json, progress, show
from prospecting.findings import Refused, errors
from prospecting.installation import Installation, open_installation
from prospecting.journal import Journal
from prospecting.settings import Settings, load
from prospecting.web import create_app
from prospecting.web.server import LOOPBACK, WebServer, refuse_taken
from workers.embedded import EmbeddedEngine

LINK_LIVES = timedelta(minutes=30)


def serve(
    workspace: Workspace = None,
    host: Annotated[str | None, typer.Option(help="Loopback only, until there is a sign-in.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="8400 unless given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Open the workspace and serve its pages; without REDIS_URL the workers run in this process too."""
    folder = find_workspace(workspace)
    given = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    settings = load(folder, **given)
    refuse_foreign(settings)
    refuse_taken(settings.host, settings.port)
    installation = open_installation(settings)
    journal = Journal(settings.journal_dir)
    try:
        open_files(installation, folder)
        application = create_app(installation, journal, handlers=leads.handlers(installation))
        with WebServer(application, host=settings.host, port=settings.port):
            announce(installation, as_json=as_json)
            if settings.embedded:
                with EmbeddedEngine(installation, journal) as engine:
                    engine.keep_ticking()
                    until_stopped()
            else:
                until_stopped()
    finally:
        journal.close()
        installation.close()


def refuse_foreign(settings: Settings) -> None:
    """Raises Refused unless only this machine can reach the pages: there is no sign-in yet."""
    if settings.host not in LOOPBACK:
        raise Refused.of(
            "WB003",
            f"There is no sign-in yet, so the pages are served on this machine only, not on {settings.host}.",
            "Leave --host out, and reach it through an SSH tunnel.",
        )


def open_files(installation: Installation, folder: Path) -> None:
    """Bring the workspace's files into the database; errors refuse, warnings are shown."""
    with installation.database.writing() as session:
        findings = campaigns.open_workspace(session, folder, now=installation.clock.now(), signer=installation.signer)
        if errors(findings):
            raise Refused(findings)
    show(findings)


def announce(installation: Installation, *, as_json: bool) -> None:
    """Say where to look: a link that signs in once."""
    link = team_link(installation)
    if as_json:
        print_json({"url": installation.settings.public_url, "link": link})
        return
    progress.print("prospecting is open. This link signs you in once, within half an hour:", highlight=False)
    progress.print(f"  {link}", highlight=False, soft_wrap=True)
    progress.print("Stop with Ctrl-C; whatever is under way is finished first.", highlight=False)


def team_link(installation: Installation) -> str:
    """A fresh one-time link to the team's pages."""
    with installation.database.writing() as session:
        token = engagement.new_one_time_link(session, "team", now=installation.clock.now(), lives=LINK_LIVES)
    return f"http://{installation.settings.host}:{installation.settings.port}/app/enter/{token}"


def until_stopped() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(0.5):
        pass

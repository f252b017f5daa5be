"""`prospecting serve`: the web pages, and where no Redis is given the whole engine with them, in one process."""

import signal
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Annotated

import typer

from prospecting import campaigns, engagement, leads, senders
from prospecting.cli.doors import AsJson, Workspace, find_workspace, print_json, progress, show
from prospecting.delivery import Sink
from prospecting.findings import Refused, errors
from prospecting.installation import Installation, open_installation
from prospecting.journal import Journal
from prospecting.settings import Settings, load
from prospecting.web import create_app
from prospecting.web.server import LOOPBACK, WebServer, refuse_taken
from workers.embedded import EmbeddedEngine

MAIL_PORT = 2525
"""The built-in mail server's, which the examples' mailboxes name."""
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
    with ExitStack() as stack:
        installation = open_installation(settings)
        stack.callback(installation.close)
        journal = Journal(settings.journal_dir)
        stack.callback(journal.close)
        open_files(installation, folder)
        caught = built_in_mailbox(installation, stack)
        application = create_app(installation, journal, handlers=leads.handlers(installation), caught=caught)
        stack.enter_context(WebServer(application, host=settings.host, port=settings.port))
        if settings.embedded:
            stack.enter_context(EmbeddedEngine(installation, journal)).keep_ticking()
        asked = stop_signals()
        announce(installation, as_json=as_json)
        until_stopped(asked)


def built_in_mailbox(installation: Installation, stack: ExitStack) -> Sink | None:
    """The built-in mail server, started where a mailbox of the workspace speaks to it and nobody else listens there."""
    settings = installation.settings
    with installation.database.reading() as session:
        named = any(box.host in LOOPBACK and box.port == MAIL_PORT for box in senders.mailboxes(session))
    if not named or not settings.embedded:
        return None
    try:
        return stack.enter_context(Sink(settings.var_dir / "mail", host=LOOPBACK[0], port=MAIL_PORT))
    except OSError:
        # Somebody else catches the mail there: a catcher of the team's own, or another workspace's.
        return None


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


def stop_signals() -> list[int]:
    """From now on Ctrl-C and SIGTERM are noted here, however often they come, instead of ending the process."""
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        # A list and not an Event: a second signal may come while the first one's handler holds an Event's lock.
        signal.signal(number, lambda signalled, _frame: asked.append(signalled))
    return asked


def until_stopped(asked: list[int]) -> None:
    """Wait until somebody asked to stop."""
    while not asked:
        sleep(0.2)

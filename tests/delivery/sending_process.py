"""Senders in processes of their own, started from a clean one so that each costs a fork and not an interpreter."""

import multiprocessing
from datetime import datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from prospecting import delivery
from prospecting.clock import SetClock
from prospecting.db import Database
from prospecting.installation import Installation
from prospecting.journal import Journal
from prospecting.settings import load
from prospecting.tokens import Signer

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])


def _send(workspace: Path, url: str, mailbox_id: int, at: datetime, crash_at: str) -> None:
    settings = load(workspace, database_url=url, crash_at=crash_at)
    installation = Installation(settings, Database(url), SetClock(at), Signer({0: bytes(range(32))}))
    journal = Journal(settings.journal_dir)
    while delivery.send_due(installation, mailbox_id, journal=journal, limit=20).claimed:
        pass
    journal.close()


def sender(installation: Installation, mailbox_id: int, *, crash_at: str = "") -> ForkServerProcess:
    """A process that sends until nothing is due, or dies at `crash_at`."""
    url = installation.database.url.render_as_string(hide_password=False)
    process = _context.Process(
        target=_send, args=(installation.settings.workspace, url, mailbox_id, installation.clock.now(), crash_at)
    )
    process.start()
    return process


def exit_code(process: ForkServerProcess) -> int | None:
    process.join(60)
    return process.exitcode

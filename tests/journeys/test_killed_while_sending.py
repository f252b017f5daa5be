"""kill -9 of `serve` while it sends: nothing goes out twice, nothing that was due is forgotten (G1, G2)."""

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from prospecting.campaigns.models import Touch
from prospecting.db import Database
from prospecting.delivery.sink import Sink
from prospecting.web.server import free_port
from tests.journeys.stage import launched_this_morning, process, wait_for, write_workspace

PEOPLE = 300
LINES = 4
"""Connections at once of a mailbox without a gap."""
ENDED = {"sent", "failed", "skipped", "cancelled", "uncertain"}


def test_a_killed_engine_sends_nothing_twice_and_forgets_nothing(tmp_path: Path) -> None:
    with Sink(tmp_path / "mail") as sink:
        workspace = tmp_path / "workspace"
        write_workspace(workspace, people=PEOPLE, smtp_port=sink.port, maildir=sink.maildir("claire@atelier.example"))
        launched_this_morning(workspace)
        database = Database(f"sqlite:///{workspace / 'var' / 'prospecting.db'}")
        for after in (20, 90):
            _serve_and_kill(workspace, sink, after=after, log=tmp_path / "log")
        killed_at = len(sink.messages())
        due = _due(database)
        assert killed_at < due, "it was over before it was killed: the test shows nothing"
        with process(
            "prospecting", "serve", "--port", str(free_port()), workspace=workspace, log=tmp_path / "log"
        ) as last:
            wait_for(lambda: _ended(database) >= due, seconds=90, why=(tmp_path / "log").read_text)
            last.terminate()
            assert last.wait(timeout=30) == 0, "asked to stop, it finishes what is under way"
        with database.reading() as session:
            states = Counter(session.scalars(select(Touch.state).where(Touch.step == "guide")))
            sent = set(session.scalars(select(Touch.id).where(Touch.state == "sent")))
        database.close()
        accepted = Counter(caught.touch for caught in sink.messages())
        assert max(accepted.values()) == 1
        assert set(states) <= ENDED | {"planned"}
        assert sum(states.values()) == PEOPLE
        assert sent <= set(accepted)
        assert states["uncertain"] <= 2 * LINES, "only what stood between gate and reply at a kill may be uncertain"


def _serve_and_kill(workspace: Path, sink: Sink, *, after: int, log: Path) -> None:
    """Serve until so many messages were accepted, then kill the whole group."""
    with process("prospecting", "serve", "--port", str(free_port()), workspace=workspace, log=log) as serving:
        wait_for(lambda: len(sink.messages()) >= after, seconds=60, why=log.read_text)
        os.killpg(serving.pid, 9)
        serving.wait()


def _due(database: Database) -> int:
    """Touches that are due by now, or ended."""
    with database.reading() as session:
        due = (Touch.due_at <= datetime.now(UTC)) | Touch.state.in_(ENDED)
        return session.scalar(select(func.count()).select_from(Touch).where(Touch.step == "guide", due)) or 0


def _ended(database: Database) -> int:
    with database.reading() as session:
        ended = select(func.count()).select_from(Touch).where(Touch.step == "guide", Touch.state.in_(ENDED))
        return session.scalar(ended) or 0

"""The demo, for four days instead of eight weeks: the same engine, mailbox and pages, and nothing promised is broken."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prospecting.cli.demo.run import Demo, live
from prospecting.cli.demo.summary import summarise
from prospecting.web.server import free_port

ENDS = datetime(2026, 11, 20, 18, tzinfo=UTC)


def lived(folder: Path) -> dict[str, Any]:
    with ExitStack() as stack:
        demo = Demo(folder, seed=7, starts=ENDS - timedelta(days=4), ends=ENDS, port=free_port(), mail_port=0)
        return summarise(live(demo, stack))


def test_the_same_seed_and_end_give_the_same_numbers_and_nothing_is_broken(tmp_path: Path) -> None:
    first, second = lived(tmp_path / "first"), lived(tmp_path / "second")
    assert first == second
    assert first["messages_sent"] == first["messages_received_by_smtp"] > 200
    assert first["gestures"] > 0
    assert first["machine_events"] > 0
    assert len(first["invariants"]) >= 9
    assert set(first["invariants"].values()) == {0}

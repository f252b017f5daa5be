"""The embedded engine: Celery's own workers in this process, one engine a workspace."""

from pathlib import Path
from threading import Event

import pytest

from prospecting.findings import Refused
from prospecting.installation import Installation
from prospecting.journal import Journal
from prospecting.settings import load
from workers import schedule
from workers.app import make_app
from workers.embedded import EmbeddedEngine, take_workspace


@pytest.fixture
def journal(installation: Installation) -> Journal:
    return Journal(installation.settings.journal_dir)


def test_a_hint_is_worked_off_by_a_worker_of_this_process(
    installation: Installation, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticked = Event()
    monkeypatch.setattr(schedule, "tick", lambda _installation: ticked.set() or [])
    with EmbeddedEngine(installation, journal) as engine:
        engine.hint("tick")
        assert engine.wait_quiet(20)
    assert ticked.is_set()


def test_a_tick_hints_at_what_follows_and_waits_for_it(
    installation: Installation, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(schedule, "tick", lambda _installation: [("send", (7,))])
    monkeypatch.setattr("workers.tasks.delivery.send_due", lambda _installation, mailbox, journal: sent.append(mailbox))
    with EmbeddedEngine(installation, journal) as engine:
        engine.hint("tick")
        assert engine.wait_quiet(20)
        assert sent == [7]


def test_a_tick_that_fails_does_not_stop_the_next_one(
    installation: Installation, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def tick(_installation: Installation) -> list[schedule.Hint]:
        calls.append(1)
        raise RuntimeError

    monkeypatch.setattr(schedule, "tick", tick)
    with EmbeddedEngine(installation, journal) as engine:
        for _ in range(2):
            engine.hint("tick")
            assert engine.wait_quiet(20)
    assert len(calls) == 2


def test_a_real_tick_on_an_empty_installation_has_nothing_to_do(installation: Installation, journal: Journal) -> None:
    assert schedule.tick(installation) == []


def test_a_second_engine_on_the_same_workspace_is_refused(tmp_path: Path) -> None:
    take_workspace(tmp_path)
    with pytest.raises(Refused, match="Another engine"):
        take_workspace(tmp_path)


def test_the_broker_carries_hints_only(tmp_path: Path) -> None:
    configuration = make_app(load(tmp_path)).conf
    assert configuration.result_backend is None
    assert configuration.task_ignore_result
    assert not configuration.task_acks_late
    assert configuration.accept_content == ["json"]
    assert configuration.beat_schedule["tick"]["options"]["expires"] == 30.0

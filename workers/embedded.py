"""The whole engine in one process: two Celery workers in threads on the in-memory transport, and the tick."""

import fcntl
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from celery import signals
from celery.worker import WorkController

from prospecting import delivery
from prospecting.clock import monotonic
from prospecting.findings import Refused
from prospecting.installation import Installation
from prospecting.journal import Journal
from workers.app import make_app
from workers.tasks import hint

QUEUES = ("tick", "send")


class EmbeddedEngine:
    """Celery's own workers, ours to start, to hint, to wait for and to stop. A context manager."""

    def __init__(self, installation: Installation, journal: Journal) -> None:
        self._installation = installation
        # An application a queue: a Celery application remembers one choice of queues, whoever of its workers made it.
        self._apps = {queue: make_app(installation.settings) for queue in QUEUES}
        for app in self._apps.values():
            app.desk.use(installation, journal)
        self._workers: list[tuple[threading.Thread, Any]] = []
        self._under_way = 0
        self._quiet = threading.Condition()
        self._stop = threading.Event()
        self._lock: int | None = None

    def __enter__(self) -> Self:
        self._lock = take_workspace(self._installation.settings.var_dir)
        # Whoever held the lock before is gone, so what it had claimed will not be finished by anybody else.
        delivery.sweep(self._installation, predecessor=True)
        signals.before_task_publish.connect(self._published, weak=False)
        signals.task_postrun.connect(self._done, weak=False)
        for queue in QUEUES:
            controller = WorkController(
                app=self._apps[queue], pool_cls="solo", concurrency=1, queues=[queue], hostname=f"{queue}@embedded",
                without_heartbeat=True, without_mingle=True, without_gossip=True, loglevel="WARNING",
            )  # fmt: skip
            thread = threading.Thread(
                target=_work, args=(self._apps[queue], controller), name=f"worker-{queue}", daemon=True
            )
            thread.start()
            self._workers.append((thread, controller))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for _, controller in self._workers:
            controller.stop(in_sighandler=False)
        for thread, _ in self._workers:
            thread.join(timeout=10)
        signals.before_task_publish.disconnect(self._published)
        signals.task_postrun.disconnect(self._done)
        if self._lock is not None:
            os.close(self._lock)

    def hint(self, task: str, *arguments: Any) -> None:
        """Put a hint into the broker, as beat would."""
        hint(self._apps[QUEUES[0]], task, *arguments)

    def wait_quiet(self, for_seconds: float = 60.0) -> bool:
        """Wait until every hint that was put in has been worked off; False if that takes longer than `for_seconds`."""
        with self._quiet:
            return self._quiet.wait_for(lambda: self._under_way <= 0, timeout=for_seconds)

    def keep_ticking(self) -> None:
        """Tick every few seconds of real time, as beat does, until the engine stops."""
        threading.Thread(target=self._tick, name="tick", daemon=True).start()

    def _tick(self) -> None:
        every = self._installation.settings.tick
        while not self._stop.is_set():
            began = monotonic()
            # A tick that takes long must not pile up hints behind itself.
            if self.wait_quiet(every):
                self.hint("tick")
            self._stop.wait(max(0.1, every - (monotonic() - began)))

    def _published(self, **_: Any) -> None:
        with self._quiet:
            self._under_way += 1

    def _done(self, **_: Any) -> None:
        with self._quiet:
            self._under_way -= 1
            self._quiet.notify_all()


def _work(app: Any, controller: Any) -> None:
    """One worker's thread. Celery looks its tasks up in the thread's current application."""
    app.set_current()
    controller.start()


def take_workspace(var: Path) -> int:
    """The lock of one embedded engine a workspace, held until closed. Raises Refused if another process holds it."""
    var.mkdir(parents=True, exist_ok=True)
    handle = os.open(var / "engine.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise Refused.of(
            "EN001",
            f"Another engine runs on this workspace ({var}).",
            "Stop it first, or open its page in the browser.",
        ) from error
    return handle

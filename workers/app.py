"""The Celery application. It carries hints only: losing every message in the broker costs one tick (reliability.md).

`celery -A workers.app worker -Q tick,send` and `celery -A workers.app beat` run it as processes; `workers.embedded`
runs the same application inside `prospecting serve`.
"""

import os
from pathlib import Path
from threading import Lock
from typing import Any

from celery import Celery, signals

from prospecting.installation import Installation, open_installation
from prospecting.journal import Journal
from prospecting.settings import Settings, load
from workers.schedule import beat_schedule
from workers.tasks import HINT_EXPIRES, register


class Desk:
    """What the tasks of one process work with; opened at the first task, after any fork."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings
        self._lock = Lock()
        self._opened: tuple[int, Installation, Journal] | None = None

    def use(self, installation: Installation, journal: Journal) -> None:
        """Work with what an embedding process has opened already."""
        self._opened = (os.getpid(), installation, journal)

    @property
    def settings(self) -> Settings:
        if self._settings is None:
            self._settings = load(Path(os.environ.get("PROSPECTING_WORKSPACE", ".")))
        return self._settings

    @property
    def installation(self) -> Installation:
        return self._open()[1]

    @property
    def journal(self) -> Journal:
        return self._open()[2]

    def _open(self) -> tuple[int, Installation, Journal]:
        with self._lock:
            if self._opened is None or self._opened[0] != os.getpid():
                installation = open_installation(self.settings)
                self._opened = (os.getpid(), installation, Journal(self.settings.journal_dir))
            return self._opened


def make_app(settings: Settings | None = None) -> Celery:
    """The application for `settings`, or for the workspace named by PROSPECTING_WORKSPACE once something runs."""
    made = Celery("prospecting", set_as_current=False)
    made.desk = Desk(settings)
    made.config_from_object(_configuration(made.desk))
    register(made)
    return made


def _configuration(desk: Desk) -> dict[str, Any]:
    redis_url = desk.settings.redis_url
    transport: dict[str, Any] = {"polling_interval": 0.005}
    if redis_url:
        transport = {
            "socket_timeout": 5,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "retry_on_timeout": True,
        }
    return {
        "broker_url": redis_url or "memory://",
        "broker_transport_options": transport,
        "broker_connection_retry_on_startup": True,
        "broker_pool_limit": 4,
        "redis_socket_timeout": 5,
        "redis_socket_connect_timeout": 5,
        "task_serializer": "json",
        "accept_content": ["json"],
        "result_backend": None,
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_acks_late": False,
        "task_publish_retry": False,
        "task_default_queue": "tick",
        "task_create_missing_queues": True,
        "task_routes": {task: {"queue": "send"} for task in ("send", "read", "tell")},
        "worker_prefetch_multiplier": 1,
        "worker_redirect_stdouts": False,
        "worker_hijack_root_logger": False,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "beat_schedule": beat_schedule(desk.settings.tick, HINT_EXPIRES),
        # A tick needs no memory of the last one: no schedule file, and two beats do no harm.
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_max_loop_interval": 1,
        "timezone": "UTC",
    }


def __getattr__(name: str) -> Any:
    """`app` for Celery's command line, made when it asks: importing this module reads no settings."""
    if name != "app":
        raise AttributeError(name)
    made = make_app()
    globals()["app"] = made
    return made


@signals.worker_init.connect
def _check_broker(sender: Any = None, **_: Any) -> None:
    """Refuse to start on a broker that would throw hints away silently when its memory is full."""
    app = sender.app
    with app.connection_for_read() as connection:
        if connection.transport.driver_type != "redis":
            return
        client = connection.default_channel.client
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "")
    if policy != "noeviction":
        raise SystemExit(f"Redis evicts keys ({policy}). Set maxmemory-policy to noeviction; nothing was started.")

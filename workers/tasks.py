"""One line of work each; every rule is in the rooms."""

from typing import Any

from celery import Celery

from prospecting import delivery, inbound, leads
from workers import schedule

HINT_EXPIRES = 30.0
"""Seconds after which a hint is worth nothing: the next tick has said it again."""


def register(app: Celery) -> None:
    """Give `app` its four tasks; not shared, since one process may hold an application a queue."""

    @app.task(name="tick", shared=False)
    def tick() -> None:
        """Plan, judge, surface; then hint at whatever has something to do."""
        for task, arguments in schedule.tick(app.desk.installation):
            hint(app, task, *arguments)

    @app.task(name="send", shared=False)
    def send(mailbox_id: int) -> None:
        """Send what is due from one mailbox."""
        delivery.send_due(app.desk.installation, mailbox_id, journal=app.desk.journal)

    @app.task(name="read", shared=False)
    def read(mailbox_id: int) -> None:
        """Read what came back to one mailbox."""
        inbound.read_mailbox(app.desk.installation, mailbox_id)

    @app.task(name="tell", shared=False)
    def tell() -> None:
        """Send the digests whose hour has come."""
        leads.send_digests(app.desk.installation)


def hint(app: Celery, task: str, *arguments: Any) -> None:
    """Say that `task` has something to do; the broker may lose it, the next tick says it again."""
    app.send_task(task, args=arguments, expires=HINT_EXPIRES)

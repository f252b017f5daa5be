"""What happens at every tick, in the order of one datum's way (architecture.md)."""

from typing import Any

from prospecting import campaigns, delivery, journal, leads, senders, warmth
from prospecting.installation import Installation

BATCH = 1000


def beat_schedule(every: float, expires: float) -> dict[str, Any]:
    """Beat's one entry: a tick `every` so many seconds."""
    return {"tick": {"task": "tick", "schedule": every, "options": {"expires": expires, "queue": "tick"}}}


Hint = tuple[str, tuple[Any, ...]]


def tick(installation: Installation) -> list[Hint]:
    """Drain, sweep, plan, judge, surface; the hints that follow. Run twice, it does nothing twice."""
    database, settings = installation.database, installation.settings
    drain(installation)
    delivery.sweep(installation)
    now = installation.clock.now()
    while True:
        with database.writing() as session:
            planned = campaigns.plan(session, now=now, settings=settings, limit=BATCH)
        if planned < BATCH:
            break
    while True:
        with database.writing() as session:
            judged = warmth.update(session, now=now, limit=BATCH)
        if judged < BATCH:
            break
    with database.writing() as session:
        leads.surface(session, now=now, settings=settings)
    with database.reading() as session:
        hints: list[Hint] = [("send", (mailbox,)) for mailbox in delivery.mailboxes_due(session, now=now)]
        hints += [("read", (mailbox,)) for mailbox in senders.readable_mailboxes(session)]
        if leads.digests_due(session, now=now):
            hints.append(("tell", ()))
    return hints


def drain(installation: Installation) -> int:
    """Bring what the journals of this machine hold into the log."""
    return journal.drain(installation.settings.journal_dir, installation.database.writing, leads.handlers(installation))

"""What a web process does besides answering: bring its journal into the log, its counts into the database, and gifts
into memory."""

import asyncio
import logging
from collections import Counter
from contextlib import suppress

from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool

from prospecting import engagement, journal
from prospecting.clock import monotonic
from prospecting.web.public.front import Front

log = logging.getLogger("prospecting.web")

GROUP = 0.02
"""Seconds in which records gather before they are drained together."""
LOOK = 2.0
"""Seconds after which the journal is looked at without being asked: other processes leave orphans."""
REST = 1.0
"""Seconds before a database that is away is asked again."""
TAKE_EVERY = 15.0
PASSING = (*journal.AWAY, DBAPIError, OSError)
"""What is waited out; anything else is a bug, and ends the task with a word in the log."""
COUNT_EVERY = 5.0


async def keep_draining(front: Front) -> None:
    """Drain whenever something was journalled; rest while the database is away. Ends by being cancelled."""
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(front.wake.wait(), LOOK)
        front.wake.clear()
        await asyncio.sleep(GROUP)
        try:
            front.metrics.drained(await run_in_threadpool(drain, front))
        except PASSING as error:
            _wait_out(error, "draining")
            await asyncio.sleep(REST)
            front.wake.set()


def drain(front: Front) -> int:
    """Everything that is in the journal's folder now."""
    return journal.drain(front.journal.folder, front.installation.database.writing, front.handlers)


async def keep_fresh(front: Front) -> None:
    """Take gifts anew and put counts away, every few seconds; go on with what there is while the database is away."""
    took = 0.0
    while True:
        try:
            if monotonic() - took >= TAKE_EVERY:
                await run_in_threadpool(take, front)
                took = monotonic()
            await run_in_threadpool(put_counts, front)
        except PASSING as error:
            _wait_out(error, "taking gifts and counts")
        await asyncio.sleep(COUNT_EVERY)


def _wait_out(error: Exception, what: str) -> None:
    """Say that the database or the disk is away, which passes by itself."""
    log.warning("%s waits: %s", what, type(error).__name__)


def told(task: "asyncio.Task[None]") -> None:
    """Say that a task ended that should not have; its error's values are not said, they may be somebody's."""
    if not task.cancelled() and (error := task.exception()):
        log.critical("a background task of the web process ended: %s", type(error).__name__)


def take(front: Front) -> None:
    """Gifts and their hosts, from the database into memory."""
    with front.installation.database.reading() as session:
        front.shelf.take(session)


def put_counts(front: Front) -> None:
    """Visits by gift and week, counted since the last time; kept in memory until the database has them."""
    counted = Counter(front.visits)
    if not counted:
        return
    with front.installation.database.writing() as session:
        engagement.count_visits(session, counted.elements())
    front.visits.subtract(counted)
    for key in [key for key, count in front.visits.items() if count <= 0]:
        del front.visits[key]

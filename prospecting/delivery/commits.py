"""One unit of work in one commit, tried again where the database asks for it."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from prospecting.db import Database

T = TypeVar("T")

TRIES = 4
AGAIN = ("40001", "40P01")
"""PostgreSQL: serialization failure, deadlock detected. Both were rolled back whole, so nothing was done."""


def committed(database: Database, work: Callable[[Session], T]) -> T:
    """What `work` returns once it is committed. Raises DBAPIError when the database is away."""
    for left in range(TRIES - 1, -1, -1):
        try:
            with database.writing() as session:
                return work(session)
        except DBAPIError as error:
            if not left or getattr(error.orig, "sqlstate", None) not in AGAIN:
                raise
    raise AssertionError("unreachable")

"""What differs between SQLite and PostgreSQL stays in one room."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import StatementError

from prospecting.db import Database, DatabaseClock, check_version, liveness_now, migrate, plus
from prospecting.findings import Refused
from prospecting.senders.models import Sending
from tests.conftest import TUESDAY


def test_an_instant_comes_back_as_it_was(database: Database) -> None:
    instant = TUESDAY + timedelta(microseconds=123_457)
    with database.writing() as session:
        session.add(Sending(id=1, enabled=True, changed_at=instant))
    with database.writing() as session:
        session.execute(update(Sending).values(changed_at=plus(session, Sending.changed_at, timedelta(hours=1))))
    with database.reading() as session:
        assert session.scalar(select(Sending.changed_at)) == instant + timedelta(hours=1)


def test_a_naive_time_never_enters_the_database(database: Database) -> None:
    with pytest.raises(StatementError), database.writing() as session:
        session.add(Sending(id=1, enabled=True, changed_at=datetime(2026, 12, 1)))  # noqa: DTZ001  that is the point


def test_liveness_is_the_databases_own_time(database: Database) -> None:
    with database.reading() as session:
        assert abs(liveness_now(session) - datetime.now(UTC)) < timedelta(seconds=5)
    clock = DatabaseClock(database)
    assert clock.now() <= clock.now()


def test_an_exception_leaves_nothing_half_done(database: Database) -> None:
    with pytest.raises(RuntimeError), database.writing() as session:
        session.add(Sending(id=1, enabled=True))
        session.flush()
        raise RuntimeError
    with database.reading() as session:
        assert session.scalar(select(Sending.id)) is None


def test_migrating_twice_changes_nothing(database: Database) -> None:
    migrate(database)
    check_version(database)


def test_a_database_of_a_newer_version_is_refused(database: Database) -> None:
    with database.engine.begin() as connection:
        kept = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        with pytest.raises(Refused, match="newer"):
            migrate(database)
    finally:
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :kept"), {"kept": kept})

"""The database, opened once by a door; `reading` and `writing` are the only two ways to a session.

All that differs between SQLite and PostgreSQL lives in this room.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Engine,
    Executable,
    Interval,
    MetaData,
    create_engine,
    event,
    func,
    literal,
    make_url,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import QueuePool

from prospecting.db.types import Instant
from prospecting.ids import EPOCH

UNIX_EPOCH_JULIAN = 2440587.5

Unreachable = OperationalError
"""What is raised when the database is away or locked for too long."""


class Base(DeclarativeBase):
    """Every table of the house, declared in the rooms' `models.py`."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database:
    """One database and its sessions. Threads may share it; sessions they may not."""

    def __init__(self, url: str | URL, *, pool_size: int = 10) -> None:
        self.url = make_url(url)
        self.dialect = self.url.get_backend_name()
        self.engine = _sqlite(self.url) if self.dialect == "sqlite" else _postgresql(self.url, pool_size)
        self._read = sessionmaker(self.engine, expire_on_commit=False)
        self._write = sessionmaker(self.engine.execution_options(immediate=True), expire_on_commit=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that is rolled back at the end."""
        with self._read() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is committed at the end, or rolled back by an exception (BEGIN IMMEDIATE on SQLite)."""
        with self._write.begin() as session:
            yield session

    def settle(self) -> None:
        """SQLite: bring the write-ahead log into the file and empty it, so that what was erased stands in neither."""
        if self.dialect == "sqlite":
            with self.engine.connect() as connection:
                connection.rollback()  # a checkpoint wants no transaction of its own
                driver = connection.connection.driver_connection
                assert driver is not None
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def liveness_now(session: Session) -> datetime:
    """The database's own clock, for leases and sweeps; never accelerated."""
    if is_sqlite(session):
        # A Julian day is exact to some 40 µs: enough for a lease of seconds, and every SQLite has it.
        days = session.execute(select(func.julianday("now"))).scalar_one()
        return EPOCH + timedelta(days=float(days) - UNIX_EPOCH_JULIAN)
    now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)


def insert_or_ignore(
    session: Session, table: Any, rows: list[dict[str, Any]], *, conflict: list[str] | None = None
) -> int:
    """Insert `rows`, leaving out those whose unique key is there already; how many went in."""
    if not rows:
        return 0
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    statement = insert(table).on_conflict_do_nothing(index_elements=conflict)
    # psycopg counts the rows of all sets, but SQLAlchemy forgets that count for anything but UPDATE and DELETE.
    done = session.connection().execute(statement, rows, execution_options={"preserve_rowcount": True})
    return max(done.rowcount, 0)


def upsert(session: Session, table: Any, *, key: list[str], update: list[str]) -> Any:
    """An INSERT that on a conflict on `key` sets `update` to the new values, only where something differs."""
    insert: Any = (sqlite.insert if is_sqlite(session) else postgresql.insert)(table)
    target = getattr(table, "__table__", table)
    differs = literal(False)
    for name in update:
        differs = differs | target.c[name].is_distinct_from(insert.excluded[name])
    return insert.on_conflict_do_update(
        index_elements=key, set_={name: insert.excluded[name] for name in update}, where=differs
    )


def exclusively(session: Session, key: int) -> None:
    """Wait until no other transaction holds `key`, and hold it to the end of this one (SQLite has one writer anyway)."""
    if not is_sqlite(session):
        session.execute(select(func.pg_advisory_xact_lock(key)))


def plus(session: Session, instant: Any, span: timedelta) -> Any:
    """`instant` (an Instant column or expression) moved by `span`, in SQL."""
    if is_sqlite(session):
        return type_coerce(type_coerce(instant, BigInteger) + span // timedelta(microseconds=1), Instant)
    return type_coerce(instant + literal(span, Interval), Instant)


def sqlite_file(url: str | URL) -> Path | None:
    """The file of an SQLite database; None for another one or one in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database)


def _sqlite(url: URL) -> Engine:
    if file := sqlite_file(url):
        file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=16,
        max_overflow=16,
        connect_args={"check_same_thread": False, "timeout": 30},
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        # Erased text would stay readable in the file's free pages without secure_delete.
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=30000",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _postgresql(url: URL, pool_size: int) -> Engine:
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=10,
        pool_timeout=5,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "options": "-c timezone=utc -c lock_timeout=20s"},
    )


def explain(session: Session, statement: Executable) -> str:
    """The database's plan for `statement`, for tests that hold an index to its promise."""
    prefix = "EXPLAIN QUERY PLAN " if is_sqlite(session) else "EXPLAIN "
    dialect = session.get_bind().dialect
    compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
    rows = session.connection().exec_driver_sql(prefix + str(compiled).replace("%", "%%"))
    return "\n".join(" ".join(str(value) for value in row) for row in rows)

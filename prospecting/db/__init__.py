"""The database: engine, sessions, types, migrations; all that differs between SQLite and PostgreSQL."""

from prospecting.db.clock import DatabaseClock
from prospecting.db.engine import (
    Base,
    Database,
    Unreachable,
    exclusively,
    explain,
    insert_or_ignore,
    is_sqlite,
    liveness_now,
    plus,
    sqlite_file,
    upsert,
)
from prospecting.db.migrate import check_version, migrate
from prospecting.db.types import (
    BigKey,
    EventId,
    Hash,
    Instant,
    Json,
    microseconds,
    new_event_id,
    one_of,
    partial_index,
    text,
)

__all__ = [
    "Base",
    "BigKey",
    "Database",
    "DatabaseClock",
    "EventId",
    "Hash",
    "Instant",
    "Json",
    "Unreachable",
    "check_version",
    "exclusively",
    "explain",
    "insert_or_ignore",
    "is_sqlite",
    "liveness_now",
    "microseconds",
    "migrate",
    "new_event_id",
    "one_of",
    "partial_index",
    "plus",
    "sqlite_file",
    "text",
    "upsert",
]

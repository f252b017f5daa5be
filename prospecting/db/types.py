"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    String,
    TypeDecorator,
    Uuid,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB

from prospecting.ids import EPOCH, uuid7

BigKey = BigInteger().with_variant(Integer, "sqlite")
"""A bigint key; SQLite numbers rows only for INTEGER."""

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

EventId = Uuid(as_uuid=True)

Hash = LargeBinary(16)
"""A keyed hash of 12 to 16 bytes."""


class Instant(TypeDecorator[datetime]):
    """An instant: timestamptz on PostgreSQL, integer microseconds since 1970 UTC on SQLite; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value!r}")
        return microseconds(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return EPOCH + timedelta(microseconds=int(value))


def microseconds(value: datetime) -> int:
    """Whole microseconds from 1970 UTC to `value`."""
    return (value - EPOCH) // timedelta(microseconds=1)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """The check that `column` holds nothing but the members of `values`."""
    listed = ", ".join(f"'{member.value}'" for member in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index over the rows that satisfy `where`, the same on both databases."""
    condition = sql(where)
    return Index(name, *columns, postgresql_where=condition, sqlite_where=condition)


def text(length: int) -> String:
    """Text of at most `length` characters."""
    return String(length)


new_event_id = uuid7
"""The id of an event at an instant, from 10 bytes of randomness."""

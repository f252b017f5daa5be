"""SQL that the two databases spell differently: JSON lists and objects, and taking turns."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Dialect,
    Text,
    TypeDecorator,
    cast,
    func,
    inspect,
    literal,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from prospecting.db.engine import Base, is_sqlite


class _JsonHolds(FunctionElement[bool]):
    name = "json_holds"
    type = Boolean()
    inherit_cache = True


class _JsonAdds(FunctionElement[bool]):
    name = "json_adds"
    type = Boolean()
    inherit_cache = True


class _JsonMerge(FunctionElement[Any]):
    name = "json_merge"
    type = JSON()
    inherit_cache = True


class _JsonUnion(FunctionElement[Any]):
    name = "json_union"
    type = JSON()
    inherit_cache = True


class _Among(FunctionElement[bool]):
    name = "among"
    type = Boolean()
    inherit_cache = True


class _Keys(TypeDecorator[list[int]]):
    """A list of keys as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(ARRAY(BigInteger) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" else json.dumps(value)


def among(column: Any, keys: Iterable[int]) -> ColumnElement[bool]:
    """Whether `column` is one of `keys`, however many: one parameter, one statement to prepare and to remember."""
    return _Among(column, literal(list(keys), _Keys))


def json_holds(column: Any, text: str) -> ColumnElement[bool]:
    """Whether the JSON list of texts in `column` holds `text`."""
    return _JsonHolds(column, literal(text))


def json_adds(old: Any, new: Any) -> ColumnElement[bool]:
    """Whether `new` brings anything to `old` that is not there: keys or values of an object, texts of a list."""
    return _JsonAdds(old, new)


def json_merge(old: Any, new: Any) -> ColumnElement[Any]:
    """The JSON object `old` with the keys of `new` over it."""
    return _JsonMerge(old, new)


def json_union(one: Any, other: Any) -> ColumnElement[Any]:
    """Two JSON lists of texts as one, each text once, by code point."""
    return _JsonUnion(one, other)


def take_turn(session: Session, number: int) -> None:
    """Wait until no other transaction that took the turn `number` is open; SQLite's writers take turns anyway."""
    if not is_sqlite(session):
        session.execute(select(func.pg_advisory_xact_lock(cast(literal(number), BigInteger))))


def hold_still(session: Session, table: type[Base]) -> None:
    """No other transaction writes to `table` until this one ends; reading goes on."""
    if not is_sqlite(session):
        name = inspect(table).local_table.description
        session.connection().exec_driver_sql(f'LOCK TABLE "{name}" IN SHARE MODE')


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, keys = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({keys}))"


@compiles(_Among)
def _among(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, keys = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} = ANY ({keys})"


@compiles(_JsonHolds, "sqlite")
def _holds_sqlite(element: _JsonHolds, compiler: SQLCompiler, **kw: Any) -> str:
    column, text = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value = {text})"


@compiles(_JsonHolds)
def _holds(element: _JsonHolds, compiler: SQLCompiler, **kw: Any) -> str:
    column, text = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"jsonb_exists({column}, {text})"


@compiles(_JsonAdds, "sqlite")
def _adds_sqlite(element: _JsonAdds, compiler: SQLCompiler, **kw: Any) -> str:
    old, new = (compiler.process(clause, **kw) for clause in element.clauses)
    in_object = f"added.value IS NOT json_extract({old}, '$.\"' || added.key || '\"')"
    in_list = f"added.value NOT IN (SELECT value FROM json_each({old}))"
    either = f"CASE WHEN typeof(added.key) = 'text' THEN {in_object} ELSE {in_list} END"
    return f"EXISTS (SELECT 1 FROM json_each({new}) AS added WHERE {either})"


@compiles(_JsonAdds)
def _adds(element: _JsonAdds, compiler: SQLCompiler, **kw: Any) -> str:
    old, new = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"NOT ({old} @> {new})"


@compiles(_JsonMerge, "sqlite")
def _merge_sqlite(element: _JsonMerge, compiler: SQLCompiler, **kw: Any) -> str:
    old, new = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"json_patch({old}, {new})"


@compiles(_JsonMerge)
def _merge(element: _JsonMerge, compiler: SQLCompiler, **kw: Any) -> str:
    old, new = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({old} || {new})"


@compiles(_JsonUnion, "sqlite")
def _union_sqlite(element: _JsonUnion, compiler: SQLCompiler, **kw: Any) -> str:
    one, other = (compiler.process(clause, **kw) for clause in element.clauses)
    both = f"SELECT value FROM json_each({one}) UNION SELECT value FROM json_each({other})"
    return f"(SELECT json_group_array(value) FROM ({both} ORDER BY 1))"


@compiles(_JsonUnion)
def _union(element: _JsonUnion, compiler: SQLCompiler, **kw: Any) -> str:
    one, other = (compiler.process(clause, **kw) for clause in element.clauses)
    # COLLATE "C" orders by code point, as SQLite and Python do.
    each = f'SELECT DISTINCT value COLLATE "C" AS value FROM jsonb_array_elements_text({one} || {other})'
    return f"(SELECT coalesce(jsonb_agg(value ORDER BY value), '[]') FROM ({each}) AS each_text)"

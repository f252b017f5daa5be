"""Many rows at once into a table that lives as long as the transaction: COPY on PostgreSQL, one prepared INSERT on
SQLite."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Table
from sqlalchemy.orm import Session

from prospecting.db.engine import is_sqlite

Cell = str | int | bytes | None


def fill_temporary(session: Session, table: Table, rows: Sequence[Sequence[Cell]]) -> None:
    """Create the temporary `table` and put `rows` in, in the order of its columns; `drop_temporary` ends it."""
    connection = session.connection()
    table.create(connection, checkfirst=False)
    names = ", ".join(column.name for column in table.columns)
    if is_sqlite(session):
        marks = ", ".join("?" for _ in table.columns)
        if rows:
            connection.exec_driver_sql(
                f"INSERT INTO {table.name} ({names}) VALUES ({marks})", [tuple(row) for row in rows]
            )
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def drop_temporary(session: Session, tables: Iterable[Table]) -> None:
    """The temporary tables are gone, and their rows with them."""
    for table in tables:
        table.drop(session.connection(), checkfirst=False)

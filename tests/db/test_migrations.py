"""The migrations make the very schema that the models describe, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from prospecting.db import Base, Database


def test_nothing_is_left_for_a_migration_to_do(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []


def test_every_table_has_its_checks_and_partial_indexes(database: Database) -> None:
    found = inspect(database.engine)
    for table in Base.metadata.sorted_tables:
        checks = {check["name"] for check in found.get_check_constraints(table.name)}
        wanted = {
            constraint.name for constraint in table.constraints if constraint.__visit_name__ == "check_constraint"
        }
        assert wanted <= checks, table.name


def test_the_database_itself_holds_a_touchs_edges(database: Database) -> None:
    asked = {
        "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'touch'",
        "postgresql": "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'touch'::regclass AND NOT tgisinternal",
    }
    with database.engine.connect() as connection:
        assert connection.execute(text(asked[database.dialect])).scalar_one() >= 1

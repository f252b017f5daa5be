"""Alembic, driven from code: a database is brought to this version when a door opens it, and never down."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from prospecting.db.engine import Database
from prospecting.findings import Refused

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 7_102_026


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def migrate(database: Database) -> None:
    """Bring `database` to this version's schema. Raises Refused if it is of a newer one.

    Two processes that start together take turns: SQLite by BEGIN IMMEDIATE, PostgreSQL by an advisory lock.
    """
    config = _config()
    with database.engine.execution_options(immediate=True).begin() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        if _refuse_newer(_current(connection), config):
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_version(database: Database) -> None:
    """Raises Refused unless `database` has exactly this version's schema."""
    config = _config()
    with database.engine.connect() as connection:
        if not _refuse_newer(_current(connection), config):
            raise Refused.of(
                "DB002",
                "The database is of an older version.",
                "Run `prospecting serve` once; it brings the database up to date.",
            )


def _current(connection: object) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()  # type: ignore[arg-type]


def _refuse_newer(current: str | None, config: Config) -> bool:
    """Whether the database is already at the head; Refused where its revision is unknown here."""
    script = ScriptDirectory.from_config(config)
    if current is not None:
        try:
            script.get_revision(current)
        except CommandError as error:
            raise Refused.of(
                "DB001",
                f"The database is of a newer version (revision {current}) than this program.",
                "Install the newer version of prospecting, or open the backup made before it.",
            ) from error
    return current == script.get_current_head()

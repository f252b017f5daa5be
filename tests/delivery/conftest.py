"""A world to send from, and servers to send to."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from prospecting.delivery import Sink
from prospecting.installation import Installation
from prospecting.journal import Journal
from tests.conftest import TUESDAY
from tests.delivery.scripted import ScriptedServer
from tests.delivery.world import World


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "var" / "journal")
    yield journal
    journal.close()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with Sink(tmp_path / "sink") as sink:
        yield sink


@pytest.fixture
def world(installation: Installation, journal: Journal, sink: Sink) -> World:
    """A world whose mailbox sends to the built-in sink."""
    return World(installation, journal, TUESDAY, sink.port).build()


@pytest.fixture
def scripted(installation: Installation, journal: Journal) -> Iterator[Callable[..., tuple[World, ScriptedServer]]]:
    """A world whose mailbox sends to a server that does as it is told."""
    servers: list[ScriptedServer] = []

    def open_(answers: dict[str, Any], **mailbox: Any) -> tuple[World, ScriptedServer]:
        server = ScriptedServer(answers)
        servers.append(server)
        return World(installation, journal, TUESDAY, server.port).build(**mailbox), server

    yield open_
    for server in servers:
        server.close()

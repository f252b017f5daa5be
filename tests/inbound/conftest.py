"""A campaign whose letters have left, and mail programs that answer them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from prospecting.delivery import Sink
from prospecting.installation import Installation
from prospecting.journal import Journal
from tests.conftest import TUESDAY
from tests.delivery.world import World
from tests.inbound.answering import Answering


@pytest.fixture
def answering(installation: Installation, tmp_path: Path) -> Iterator[Answering]:
    """One person who got one letter, in a mailbox that is read from the built-in sink."""
    journal = Journal(tmp_path / "var" / "journal")
    with Sink(tmp_path / "sink") as sink:
        inbox = {"maildir": str(sink.maildir("claire@acme.example"))}
        world = World(installation, journal, TUESDAY, sink.port).build(inbox=inbox)
        yield Answering(world, sink, journal)
    journal.close()

"""What it costs to be durable before we answer: records fsynced in groups, beside an fsync for each."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.measuring import Result, side_by_side
from prospecting.journal import Journal

RECORDS = 4000
AT_ONCE = 64
TIMES_BETTER = 4
DATA = {"touch": 7, "kind": "useful", "mode": "declared", "facts": {"link": "page"}}


def run() -> Iterator[Result]:
    """64 gestures at a time wait for the disk together."""
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder))
        handle = os.open(Path(folder) / "one-by-one", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

        async def press(times: int) -> None:
            for _ in range(times):
                await journal.append_async("gesture", DATA, at=datetime.now(UTC))

        async def crowd() -> None:
            await asyncio.gather(*(press(RECORDS // AT_ONCE) for _ in range(AT_ONCE)))

        def ours() -> int:
            asyncio.run(crowd())
            return RECORDS // AT_ONCE * AT_ONCE

        def reference() -> int:
            for _ in range(RECORDS // 4):
                os.write(handle, b"x" * 200)
                os.fsync(handle)
            return RECORDS // 4

        try:
            yield side_by_side(
                "journal",
                ours,
                reference,
                unit="records/s",
                goal=f"ratio ≥ {TIMES_BETTER}",
                holds=lambda _, ratio: ratio >= TIMES_BETTER,
            )
        finally:
            journal.close()
            os.close(handle)

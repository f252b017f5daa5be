"""What is in the journal reaches the database exactly once, whatever is cut, killed or refused."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from prospecting.db import Database, insert_or_ignore
from prospecting.engagement.models import JournalMark
from prospecting.ids import uuid7
from prospecting.journal import Journal, NotDurable, Record, drain, frame, frames, pending

AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


class Seen:
    """A handler that remembers, and a transaction that forgets what was not committed."""

    def __init__(self) -> None:
        self.committed: list[Record] = []
        self._open: list[Record] = []
        self.away = False

    @contextmanager
    def write(self) -> Iterator[Any]:
        if self.away:
            raise OperationalError("SELECT 1", {}, Exception("gone"))
        self._open = []
        yield None
        self.committed += self._open

    def __call__(self, _session: Session, records: Sequence[Record]) -> None:
        self._open += records

    def numbers(self) -> list[int]:
        return [record.data["n"] for record in self.committed]


@pytest.fixture
def seen() -> Seen:
    return Seen()


def filled(folder: Path, numbers: Sequence[int], *, close: bool = True) -> Journal:
    journal = Journal(folder)
    for n in numbers:
        journal.append("press", {"n": n}, at=AT)
    if close:
        journal.close()
    return journal


def test_what_was_appended_is_drained_once_and_the_orphan_segment_goes(tmp_path: Path, seen: Seen) -> None:
    filled(tmp_path, range(5))
    assert pending(tmp_path) == 5
    assert drain(tmp_path, seen.write, {"press": seen}) == 5
    assert drain(tmp_path, seen.write, {"press": seen}) == 0
    assert seen.numbers() == [0, 1, 2, 3, 4]
    assert list(tmp_path.iterdir()) == []


def test_a_living_writer_keeps_its_segment_and_only_news_are_drained(tmp_path: Path, seen: Seen) -> None:
    journal = filled(tmp_path, [1, 2], close=False)
    assert drain(tmp_path, seen.write, {"press": seen}) == 2
    journal.append("press", {"n": 3}, at=AT)
    assert pending(tmp_path) == 1
    assert drain(tmp_path, seen.write, {"press": seen}) == 1
    assert seen.numbers() == [1, 2, 3]
    assert len(list(tmp_path.glob("*.journal"))) == 1
    journal.close()


def test_a_writer_leaves_its_segment_after_a_while_so_that_nothing_personal_stays(tmp_path: Path, seen: Seen) -> None:
    journal = Journal(tmp_path, leave_after=0.05)
    journal.append("press", {"n": 1, "words": "confidential"}, at=AT)
    threading.Event().wait(0.3)
    drain(tmp_path, seen.write, {"press": seen})
    assert list(tmp_path.iterdir()) == []
    journal.append("press", {"n": 2}, at=AT)
    journal.close()
    drain(tmp_path, seen.write, {"press": seen})
    assert seen.numbers() == [1, 2]


@given(st.data())
def test_any_cut_of_the_file_loses_only_the_torn_tail(data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, 1_000_000), min_size=1, max_size=12))
    whole = b"".join(frame(Record(uuid7(AT, os.urandom(10)), AT, "press", {"n": n})) for n in numbers)
    ends = [end for _, end in frames(whole)]
    cut = data.draw(st.integers(0, len(whole)))
    with tempfile.TemporaryDirectory() as name:
        folder, seen = Path(name), Seen()
        (folder / "1-x.journal").write_bytes(whole[:cut])
        drain(folder, seen.write, {"press": seen})
        assert seen.numbers() == numbers[: sum(end <= cut for end in ends)]
        assert list(folder.iterdir()) == []


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_damaged_byte_never_lets_a_wrong_record_through_and_is_kept_for_a_person(at: int, flip: int) -> None:
    whole = bytearray(b"".join(frame(Record(uuid7(AT, bytes(10)), AT, "press", {"n": n})) for n in range(4)))
    at %= len(whole)
    whole[at] ^= flip
    with tempfile.TemporaryDirectory() as name:
        folder, seen = Path(name), Seen()
        (folder / "1-x.journal").write_bytes(whole)
        drain(folder, seen.write, {"press": seen})
        assert seen.numbers() == [0, 1, 2, 3][: len(seen.committed)]
        assert len(seen.committed) < 4


@given(st.binary(max_size=600))
def test_frames_of_anything_at_all_do_not_raise(noise: bytes) -> None:
    assert list(frames(noise)) == []


def test_when_the_database_is_away_nothing_moves_and_nothing_is_lost(tmp_path: Path, seen: Seen) -> None:
    filled(tmp_path, [1, 2])
    seen.away = True
    with pytest.raises(OperationalError):
        drain(tmp_path, seen.write, {"press": seen})
    seen.away = False
    drain(tmp_path, seen.write, {"press": seen})
    assert seen.numbers() == [1, 2]


def test_a_refused_record_is_set_aside_with_its_reason_and_blocks_nobody(tmp_path: Path, seen: Seen) -> None:
    filled(tmp_path, range(6))

    def picky(session: Session, records: Sequence[Record]) -> None:
        if any(record.data["n"] == 3 for record in records):
            raise ValueError("not this one")
        seen(session, records)

    drain(tmp_path, seen.write, {"press": picky})
    assert seen.numbers() == [0, 1, 2, 4, 5]
    [refused] = tmp_path.glob("*.refused")
    assert "not this one" in refused.read_text()
    assert pending(tmp_path) == 0


def test_a_kind_that_nobody_handles_is_set_aside(tmp_path: Path, seen: Seen) -> None:
    journal = filled(tmp_path, [1], close=False)
    journal.append("unheard", {"n": 2}, at=AT)
    journal.close()
    drain(tmp_path, seen.write, {"press": seen})
    assert seen.numbers() == [1]
    assert "no handler for 'unheard'" in next(tmp_path.glob("*.refused")).read_text()


def test_kinds_reach_their_handlers_in_the_order_of_the_journal(tmp_path: Path, seen: Seen) -> None:
    journal = Journal(tmp_path)
    for n, kind in enumerate(["press", "consent", "press", "press", "consent"]):
        journal.append(kind, {"n": n}, at=AT)
    journal.close()
    drain(tmp_path, seen.write, {"press": seen, "consent": seen})
    assert seen.numbers() == [0, 1, 2, 3, 4]


def test_a_drain_killed_between_commit_and_mark_writes_once(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / "j", range(50))

    def handler(session: Session, records: Sequence[Record]) -> None:
        insert_or_ignore(session, JournalMark, [{"record_id": record.id, "at": record.at} for record in records])

    with monkeypatch.context() as broken:
        broken.setattr("prospecting.journal._Reader._set_mark", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            drain(tmp_path / "j", database.writing, {"press": handler})
    assert drain(tmp_path / "j", database.writing, {"press": handler}) == 50
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(JournalMark)) == 50


def test_a_record_the_database_itself_refuses_is_set_aside(tmp_path: Path, database: Database) -> None:
    journal = filled(tmp_path / "j", [1, 2], close=False)
    twice = journal.append("press", {"n": 3}, at=AT)
    journal.close()
    with database.writing() as session:
        session.execute(insert(JournalMark).values(record_id=twice.id, at=AT))

    def strict(session: Session, records: Sequence[Record]) -> None:
        session.execute(insert(JournalMark), [{"record_id": record.id, "at": record.at} for record in records])

    assert drain(tmp_path / "j", database.writing, {"press": strict}) == 3
    assert "IntegrityError" in next((tmp_path / "j").glob("*.refused")).read_text()


def test_two_drains_at_once_do_not_meet_in_one_segment(tmp_path: Path) -> None:
    filled(tmp_path, range(300))
    lists = [Seen(), Seen()]
    threads = [threading.Thread(target=drain, args=(tmp_path, seen.write, {"press": seen})) for seen in lists]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(lists[0].numbers() + lists[1].numbers()) == list(range(300))


def test_many_coroutines_wait_for_few_syncs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    syncs = 0
    real = os.fdatasync

    def counted(fd: int) -> None:
        nonlocal syncs
        syncs += 1
        real(fd)

    monkeypatch.setattr("os.fdatasync", counted)
    journal = Journal(tmp_path)

    async def storm() -> list[Record]:
        return await asyncio.gather(*(journal.append_async("press", {"n": n}, at=AT) for n in range(500)))

    records = asyncio.run(storm())
    journal.close()
    assert len({record.id for record in records}) == 500
    assert pending(tmp_path) == 500
    assert syncs < 250


def test_a_full_disk_is_told_to_whoever_appends_and_the_next_append_may_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: Seen
) -> None:
    journal = filled(tmp_path, [1], close=False)
    real = os.write

    def half(fd: int, data: Any) -> int:
        if len(data) > 20:
            return real(fd, bytes(data)[:20])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("os.write", half)
        with pytest.raises(NotDurable, match="No space left"):
            journal.append("press", {"n": 2}, at=AT)
    journal.append("press", {"n": 3}, at=AT)
    journal.close()
    drain(tmp_path, seen.write, {"press": seen})
    assert sorted(seen.numbers()) == [1, 3]


def test_a_closed_journal_takes_nothing(tmp_path: Path) -> None:
    journal = filled(tmp_path, [1])
    with pytest.raises(NotDurable):
        journal.append("press", {"n": 2}, at=AT)


def test_a_record_too_large_or_naive_is_the_callers_mistake(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with pytest.raises(ValueError, match="larger"):
        journal.append("press", {"words": "x" * 300_000}, at=AT)
    with pytest.raises(ValueError, match="zone"):
        journal.append("press", {}, at=AT.replace(tzinfo=None))
    journal.close()


WRITER = """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from prospecting.journal import Journal
    journal = Journal(Path(sys.argv[1]))
    for n in range(1_000_000):
        journal.append("press", {"n": n}, at=datetime(2026, 12, 1, tzinfo=UTC))
        print(n, flush=True)
"""


def test_a_writer_killed_by_minus_9_loses_nothing_that_it_answered(tmp_path: Path, seen: Seen) -> None:
    script = textwrap.dedent(WRITER)
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        answered = [int(writer.stdout.readline()) for _ in range(200)]
        drain(tmp_path, seen.write, {"press": seen})  # while it lives
        writer.send_signal(signal.SIGKILL)
        answered += [int(line) for line in writer.stdout.read().split()]
    drain(tmp_path, seen.write, {"press": seen})
    numbers = seen.numbers()
    assert numbers == list(range(len(numbers)))
    assert set(answered) <= set(numbers)
    assert list(tmp_path.iterdir()) == []


def test_ids_sort_by_time() -> None:
    ids = [uuid7(AT + timedelta(milliseconds=n), os.urandom(10)) for n in range(50)]
    assert ids == sorted(ids)
    assert all(value.version == 7 for value in ids)

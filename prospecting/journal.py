"""What must be durable before we answer while the database may be slow or away: an append-only log on the local disk.

One segment file a process, named by its pid and some randomness and locked (flock) while its writer lives. Records are
written and fsynced in groups by one thread; whoever appends goes on once its record is on the disk. `drain` moves
records into the database through the handlers it is given, and moves a segment's mark after the commit: together with
idempotent handlers that is exactly once. A segment without a living writer is an orphan: its torn tail is cut, and it
goes once it is drained. A writer leaves its segment after half a minute, so that nothing personal stays behind.

On the disk: `<name>.journal`, frames of length (4 bytes), CRC-32 (4 bytes) and JSON `{"id", "at", "kind", "data"}`;
`<name>.mark`, how many bytes are drained, locked while somebody drains; `<name>.refused`, JSON lines of what no handler
took, with the reason; `<name>.damaged`, what follows a frame whose checksum is wrong.
"""

import asyncio
import fcntl
import json
import os
import secrets
import struct
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from zlib import crc32

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from prospecting.clock import aware, monotonic
from prospecting.ids import uuid7

HEAD = struct.Struct(">II")
MARK = struct.Struct(">QI")
MAX_RECORD = 256_000
"""Bytes of one record; nothing a person can press or write comes near it."""
MAX_WAITING = 20_000
"""Appends that may wait for the disk before new ones are refused."""
MAX_SEGMENT = 16_000_000
LEAVE_AFTER = 30.0
"""Seconds after which a writer leaves its segment for a new one."""
BATCH = 500
"""Records a commit."""
READ = 4_000_000
AWAY = (OperationalError, InterfaceError, PoolTimeout)
"""What the database raises when it cannot answer."""


class NotDurable(Exception):  # noqa: N818
    """The record could not be brought to the disk: nothing may be answered as done."""


@dataclass(frozen=True)
class Record:
    """One thing that happened: `at` is engine time, `data` plain JSON values."""

    id: uuid.UUID
    at: datetime
    kind: str
    data: dict[str, Any]


Handler = Callable[[Session, Sequence[Record]], None]
"""Takes records of its kind, in order, within the drain's transaction; may see the same record twice."""


@dataclass(frozen=True)
class _Waiting:
    frame: bytes
    done: "Future[None] | asyncio.Future[None]"
    loop: asyncio.AbstractEventLoop | None


class Journal:
    """The writing end. Open it after a fork: neither its thread nor its segment may be shared between processes."""

    def __init__(self, folder: Path, *, leave_after: float = LEAVE_AFTER) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._leave_after = leave_after
        self._segment: _Segment | None = None
        self._waiting: deque[_Waiting] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._write_groups, name="journal", daemon=True)
        self._thread.start()

    def append(self, kind: str, data: dict[str, Any], *, at: datetime) -> Record:
        """Bring a record to the disk and return it. Raises NotDurable."""
        record = _record(kind, data, at)
        done: Future[None] = Future()
        self._enqueue(_Waiting(frame(record), done, None))
        done.result()
        return record

    async def append_async(self, kind: str, data: dict[str, Any], *, at: datetime) -> Record:
        """The same, without blocking the event loop."""
        record = _record(kind, data, at)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._enqueue(_Waiting(frame(record), done, loop))
        await done
        return record

    def close(self) -> None:
        """Bring to the disk what waits, and leave the segment to whoever drains it."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _enqueue(self, waiting: _Waiting) -> None:
        if os.getpid() != self._pid:
            raise RuntimeError("a journal was carried over a fork; open one in the child")
        with self._wake:
            if self._closing:
                raise NotDurable("the journal is closed")
            if len(self._waiting) >= MAX_WAITING:
                raise NotDurable("too much waits for the disk")
            self._waiting.append(waiting)
            self._wake.notify()

    def _write_groups(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._closing:
                    self._wake.wait(self._until_leaving())
                    if not self._waiting and self._until_leaving() == 0:
                        break
                group, self._waiting = self._waiting, deque()
                ends = self._closing
            if group:
                _tell(group, self._bring_to_disk(b"".join(waiting.frame for waiting in group)))
            if self._segment and (ends or self._until_leaving() == 0 or self._segment.size > MAX_SEGMENT):
                self._segment.leave()
                self._segment = None
            if ends:
                return

    def _until_leaving(self) -> float | None:
        return max(0.0, self._segment.opened + self._leave_after - monotonic()) if self._segment else None

    def _bring_to_disk(self, frames: bytes) -> NotDurable | None:
        try:
            if self._segment is None:
                self._segment = _Segment(self.folder)
            self._segment.write(frames)
        except OSError as error:
            # After a failed write or fsync nobody knows what the file holds (the kernel may have dropped the pages):
            # leave it to the drain, which takes what is whole, and begin another one.
            if self._segment is not None:
                self._segment.give_up()
                self._segment = None
            return NotDurable(f"the journal cannot be written: {error.strerror or error}")
        return None


class _Segment:
    """A file that one living process writes; it appears in the folder under its name once it is locked."""

    def __init__(self, folder: Path) -> None:
        name = folder / f"{os.getpid()}-{secrets.token_hex(6)}"
        unnamed = name.with_suffix(".new")
        self._fd = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            unnamed.rename(name.with_suffix(".journal"))
            _sync_folder(folder)
        except OSError:
            os.close(self._fd)
            raise
        self.opened = monotonic()
        self.size = 0

    def write(self, frames: bytes) -> None:
        rest = memoryview(frames)
        while rest:
            rest = rest[os.write(self._fd, rest) :]
        os.fdatasync(self._fd)
        self.size += len(frames)

    def give_up(self) -> None:
        with suppress(OSError):
            os.ftruncate(self._fd, self.size)
        self.leave()

    def leave(self) -> None:
        with suppress(OSError):
            os.close(self._fd)


def _tell(group: Sequence[_Waiting], trouble: NotDurable | None) -> None:
    """Wake everybody of the group, each event loop once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
    for waiting in group:
        if waiting.loop is None:
            _settle([waiting], trouble)
        else:
            by_loop.setdefault(waiting.loop, []).append(waiting)
    for loop, theirs in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody is left to be told
            loop.call_soon_threadsafe(_settle, theirs, trouble)


def _settle(group: Sequence[_Waiting], trouble: NotDurable | None) -> None:
    for waiting in group:
        if waiting.done.done():  # given up by whoever waited
            continue
        if trouble:
            waiting.done.set_exception(trouble)
        else:
            waiting.done.set_result(None)


def _record(kind: str, data: dict[str, Any], at: datetime) -> Record:
    instant = aware(at)
    return Record(uuid7(instant, os.urandom(10)), instant, kind, data)


def frame(record: Record) -> bytes:
    """A record as it stands on the disk. Raises ValueError if it is too large."""
    payload = json.dumps(
        {"id": str(record.id), "at": record.at.isoformat(), "kind": record.kind, "data": record.data},
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    if len(payload) > MAX_RECORD:
        raise ValueError(f"a record of {len(payload)} bytes is larger than the journal takes")
    return HEAD.pack(len(payload), crc32(payload)) + payload


def frames(data: bytes) -> Iterator[tuple[Record, int]]:
    """Each whole record at the beginning of `data`, with the offset of its end; stops at what is cut or damaged."""
    start = 0
    while len(data) - start >= HEAD.size:
        length, checksum = HEAD.unpack_from(data, start)
        payload = data[start + HEAD.size : start + HEAD.size + length]
        if not 0 < length <= MAX_RECORD or len(payload) < length or crc32(payload) != checksum:
            return
        said = json.loads(payload)
        start += HEAD.size + length
        yield Record(uuid.UUID(said["id"]), datetime.fromisoformat(said["at"]), said["kind"], said["data"]), start


def drain(folder: Path, write: Callable[[], AbstractContextManager[Session]], handlers: Mapping[str, Handler]) -> int:
    """Move every record into the database; how many were moved or set aside.

    `write` opens a session that commits at its end. Segments that another drain holds are left to it. What the
    database raises when it is away goes through, and nothing is lost: the next drain begins where this one stood.
    """
    moved = 0
    for segment in sorted(folder.glob("*.journal")):
        with _draining(segment) as reader:
            if reader is not None:
                moved += reader.drain(write, handlers)
    return moved


def pending(folder: Path) -> int:
    """How many whole records are not drained yet."""
    return sum(_pending_in(segment) for segment in folder.glob("*.journal"))


def _pending_in(segment: Path) -> int:
    try:
        with segment.open("rb") as file:
            file.seek(_read_mark(segment.with_suffix(".mark")))
            return sum(1 for _ in frames(file.read()))
    except FileNotFoundError:  # drained and gone since it was listed
        return 0


class _Reader:
    """The draining end of one segment, whose mark is locked."""

    def __init__(self, segment: Path, data_fd: int, mark_fd: int) -> None:
        self._segment = segment
        self._data = data_fd
        self._mark = mark_fd

    def drain(self, write: Callable[[], AbstractContextManager[Session]], handlers: Mapping[str, Handler]) -> int:
        # Asked before reading: what a writer wrote before it died is read below, and nothing can follow it.
        orphan = self._is_orphan()
        moved = 0
        position = _parse_mark(os.pread(self._mark, MARK.size, 0))
        while read := list(frames(os.pread(self._data, READ, position))):
            for first in range(0, len(read), BATCH):
                batch = read[first : first + BATCH]
                self._move([record for record, _ in batch], write, handlers)
                self._set_mark(position + batch[-1][1])
                moved += len(batch)
            position += read[-1][1]
        if orphan:
            self._remove(position)
        return moved

    def _is_orphan(self) -> bool:
        try:
            fcntl.flock(self._data, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _move(
        self,
        records: Sequence[Record],
        write: Callable[[], AbstractContextManager[Session]],
        handlers: Mapping[str, Handler],
    ) -> None:
        try:
            with write() as session:
                # Runs of one kind, in the order of the journal: a withdrawal must reach the log before what follows it.
                for kind, run in groupby(records, key=lambda record: record.kind):
                    handlers[kind](session, list(run))
        except Exception as error:
            if away(error):
                raise
            if len(records) == 1:
                self._set_aside(records[0], error)
                return
            for record in records:
                self._move([record], write, handlers)

    def _set_aside(self, record: Record, error: Exception) -> None:
        reason = (
            f"no handler for {error}" if isinstance(error, KeyError) and error.args == (record.kind,) else repr(error)
        )
        line = {
            "reason": reason[:500],
            "id": str(record.id),
            "at": record.at.isoformat(),
            "kind": record.kind,
            "data": record.data,
        }
        with self._segment.with_suffix(".refused").open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
            out.flush()
            os.fsync(out.fileno())

    def _set_mark(self, position: int) -> None:
        value = position.to_bytes(8)
        os.pwrite(self._mark, MARK.pack(position, crc32(value)), 0)

    def _remove(self, position: int) -> None:
        rest = os.pread(self._data, MAX_SEGMENT * 2, position)
        # A frame that never became whole was never answered for, and goes. Damage within is something else: keep it.
        if len(rest) >= HEAD.size and 0 < HEAD.unpack_from(rest)[0] <= len(rest) - HEAD.size:
            self._segment.with_suffix(".damaged").write_bytes(rest)
        self._segment.unlink()
        self._segment.with_suffix(".mark").unlink()


@contextmanager
def _draining(segment: Path) -> Iterator[_Reader | None]:
    """The segment with its mark locked; None if somebody else drains it, or if it is gone."""
    mark = segment.with_suffix(".mark")
    mark_fd = os.open(mark, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(mark_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        try:
            data_fd = os.open(segment, os.O_RDONLY)
        except FileNotFoundError:
            mark.unlink(missing_ok=True)
            yield None
            return
        try:
            yield _Reader(segment, data_fd, mark_fd)
        finally:
            os.close(data_fd)
    finally:
        os.close(mark_fd)


def away(error: BaseException) -> bool:
    """Whether the database could not answer, which is no fault of any record."""
    return isinstance(error, AWAY) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def _read_mark(file: Path) -> int:
    try:
        return _parse_mark(file.read_bytes())
    except FileNotFoundError:
        return 0


def _parse_mark(data: bytes) -> int:
    """The mark, or 0 where none can be read: what is drained twice is written once."""
    if len(data) < MARK.size:
        return 0
    position, checksum = MARK.unpack_from(data)
    return int(position) if crc32(position.to_bytes(8)) == checksum else 0


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)

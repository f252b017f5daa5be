"""The built-in SMTP server: the demo's mailbox, and the oracle of the tests.

It says 250 only after the message and a line of its log are on the disk, so that what it counts is what was accepted,
whatever the engine believes. Mail to anybody is taken (the team's own addresses too: that is how replies come in) and
delivered into one Maildir an address, which `transports.inbox` reads.
"""

import asyncio
import json
import os
import threading
from base64 import urlsafe_b64decode
from binascii import Error as BadBase64
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as policy
from hashlib import blake2b
from pathlib import Path
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from prospecting.clock import wall

LOG = "accepted.jsonl"
MAX_BYTES = 10_000_000


@dataclass(frozen=True)
class Caught:
    """One message for one recipient, as the log has it."""

    number: int
    """Grows with each; also the file's delivery time in the Maildir, in nanoseconds."""
    touch: int | None
    """The touch its Message-ID names, if it is one of ours."""
    message_id: str
    sender: str
    recipient: str
    at: str
    """The machine's time, ISO 8601."""
    file: str


class Sink:
    """Listens from `start` (or as a context) until `close`; `port` 0 takes a free one."""

    def __init__(self, folder: Path, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._caught = list(read_log(folder))
        self._last = max((caught.number for caught in self._caught), default=0)
        self._log = os.open(folder / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._handler = _Handler(self)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sink", daemon=True)
        self._server: asyncio.Server | None = None
        self._wanted = (host, port)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Raises OSError when the port is taken."""
        self._thread.start()
        host, port = self._wanted
        opening = self._loop.create_server(self._session, host, port)
        try:
            self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result()
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()
        os.close(self._log)

    @property
    def port(self) -> int:
        assert self._server is not None, "the sink has not been started"
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def host(self) -> str:
        return self._wanted[0]

    def maildir(self, address: str) -> Path:
        """The Maildir of `address` (it may not exist yet)."""
        return maildir_of(self._folder, address)

    def messages(self) -> list[Caught]:
        """Everything accepted so far, oldest first."""
        return list(self._caught)

    def since(self, number: int) -> list[Caught]:
        """What was accepted after the message with this number, oldest first."""
        with self._lock:
            return self._caught[bisect_right(self._caught, number, key=lambda caught: caught.number) :]

    def content(self, caught: Caught) -> bytes:
        """The message itself, as it was received."""
        return (self._folder / caught.file).read_bytes()

    def read(self, number: int) -> bytes | None:
        """The message with this number, as it was received."""
        found = next((caught for caught in self.since(number - 1) if caught.number == number), None)
        return self.content(found) if found else None

    def _session(self) -> SMTP:
        return SMTP(self._handler, data_size_limit=MAX_BYTES, loop=self._loop, ident="prospecting")

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
        sessions = asyncio.all_tasks() - {asyncio.current_task()}
        for session in sessions:
            session.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)

    def take(self, sender: str, recipients: list[str], content: bytes) -> None:
        """Bring one accepted message to the disk; returns once it is there."""
        identifier = str(
            message_from_bytes(content[:100_000], _class=EmailMessage, policy=policy).get("Message-ID", "")
        )
        lines: list[Caught] = []
        with self._lock:
            for recipient in recipients:
                at = wall()
                number = self._last = max(self._last + 1, int(at.timestamp() * 1e9))
                path = _deliver(maildir_of(self._folder, recipient), number, content)
                line = Caught(
                    number,
                    touch_of(identifier),
                    identifier,
                    sender,
                    recipient,
                    at.isoformat(),
                    str(path.relative_to(self._folder)),
                )
                os.write(self._log, json.dumps(asdict(line)).encode() + b"\n")
                lines.append(line)
            os.fsync(self._log)
            self._caught += lines


class _Handler:
    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        content = envelope.original_content or b""
        # On the event loop on purpose: the 250 may not overtake the disk.
        self._sink.take(envelope.mail_from or "", list(envelope.rcpt_tos), content)
        return "250 OK"


def read_log(folder: Path) -> Iterator[Caught]:
    """What the log in `folder` says was accepted; a torn last line was never answered with 250."""
    try:
        text = (folder / LOG).read_bytes()
    except FileNotFoundError:
        return
    for line in text.split(b"\n"):
        try:
            yield Caught(**json.loads(line))
        except (ValueError, TypeError):
            continue


def maildir_of(folder: Path, address: str) -> Path:
    """Where mail to `address` lies; strangers' addresses never become names of files."""
    return folder / "boxes" / blake2b(address.lower().encode(), digest_size=12).hexdigest()


def touch_of(message_id: str) -> int | None:
    """The touch that a Message-ID of ours names; its signature is not looked at."""
    local = message_id.strip().removeprefix("<").split("@")[0]
    try:
        raw = urlsafe_b64decode(local + "=" * (-len(local) % 4))
    except (BadBase64, ValueError):
        return None
    return int.from_bytes(raw[1:7]) if len(raw) == 20 and len(local) == 27 else None


def _deliver(maildir: Path, number: int, content: bytes) -> Path:
    for part in ("tmp", "new", "cur"):
        (maildir / part).mkdir(parents=True, exist_ok=True)
    temporary, final = maildir / "tmp" / f"{number}.eml", maildir / "new" / f"{number}.eml"
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.utime(temporary, ns=(number, number))
    temporary.rename(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return final

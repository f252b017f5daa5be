"""Reading what came back: raw messages after a cursor, from an IMAP folder or a Maildir.

A cursor is (validity, uid), as IMAP counts (RFC 3501 §2.3.1.1): a folder whose validity changed is read from its
beginning, and whoever understands the messages knows by their digest which ones it has seen. A Maildir's uid is the
time of delivery in nanoseconds, which the built-in mailbox makes unique and growing.
"""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted

from prospecting.findings import Refused
from prospecting.senders.models import Mailbox
from prospecting.settings import secret_from_environment

MAX_BYTES = 5_000_000
"""A longer message is cut: what we look for stands at its beginning."""
AT_ONCE = 50
"""Messages fetched in one command."""
TIMEOUT = 30.0


@dataclass(frozen=True, order=True)
class Cursor:
    validity: int = 0
    uid: int = 0


@dataclass(frozen=True)
class Received:
    """One message, and the cursor after it."""

    cursor: Cursor
    raw: bytes


class Inbox(Protocol):
    @property
    def folder(self) -> str: ...

    def after(self, cursor: Cursor) -> Iterator[Received]:
        """Messages that came after `cursor`, oldest first. Raises OSError or imap_tools' errors when it cannot be read."""
        ...


@dataclass(frozen=True)
class MaildirInbox:
    """A Maildir that some server of ours delivers into; read without moving anything."""

    path: Path
    folder: str = "INBOX"

    def after(self, cursor: Cursor) -> Iterator[Received]:
        files = [
            (stat.st_mtime_ns, Path(entry.path)) for entry, stat in self._entries() if stat.st_mtime_ns > cursor.uid
        ]
        for uid, file in sorted(files):
            with file.open("rb") as opened:
                yield Received(Cursor(1, uid), opened.read(MAX_BYTES))

    def _entries(self) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
        for part in ("new", "cur"):
            try:
                with os.scandir(self.path / part) as entries:
                    yield from ((entry, entry.stat()) for entry in entries if entry.is_file())
            except FileNotFoundError:
                continue


@dataclass(frozen=True)
class ImapInbox:
    """A folder of an IMAP server."""

    host: str
    port: int
    username: str
    password: str
    security: str = "tls"
    folder: str = "INBOX"
    trusted: ssl.SSLContext | None = None

    def after(self, cursor: Cursor) -> Iterator[Received]:
        with self._opened() as box:
            validity = int(box.folder.status(self.folder, ["UIDVALIDITY"])["UIDVALIDITY"])
            box.folder.set(self.folder, readonly=True)
            last = cursor.uid if cursor.validity == validity else 0
            found = box.uids(f"UID {last + 1}:*")
            # "n:*" always names the last message, even where its uid is below n (RFC 3501 §6.4.8).
            uids = sorted(int(uid) for uid in found if int(uid) > last)
            for start in range(0, len(uids), AT_ONCE):
                yield from _fetched(box, uids[start : start + AT_ONCE], validity)

    @contextmanager
    def _opened(self) -> Iterator[BaseMailBox]:
        box: BaseMailBox
        context = self.trusted or ssl.create_default_context()
        if self.security == "tls":
            box = MailBox(self.host, self.port, timeout=TIMEOUT, ssl_context=context)
        elif self.security == "starttls":
            box = MailBoxStartTls(self.host, self.port, timeout=TIMEOUT, ssl_context=context)
        else:
            box = MailBoxUnencrypted(self.host, self.port, timeout=TIMEOUT)
        with box.login(self.username, self.password, initial_folder=None):
            yield box


def _fetched(box: BaseMailBox, uids: list[int], validity: int) -> Iterator[Received]:
    # PEEK leaves the person's own "unread" alone; the partial fetch keeps a giant attachment on the server.
    _, answer = box.client.uid("FETCH", ",".join(map(str, uids)), f"(UID BODY.PEEK[]<0.{MAX_BYTES}>)")
    found: dict[int, bytes] = {}
    for part in answer:
        if isinstance(part, tuple) and len(part) == 2 and (uid := _uid(part[0])) is not None:
            found[uid] = part[1]
    for uid in uids:
        if uid in found:
            yield Received(Cursor(validity, uid), found[uid])


def _uid(head: bytes) -> int | None:
    words = head.replace(b"(", b" ").split()
    place = words.index(b"UID") + 1 if b"UID" in words else len(words)
    return int(words[place]) if place < len(words) and words[place].isdigit() else None


def open_inbox(mailbox: Mailbox, *, workspace: Path | None = None) -> Inbox | None:
    """Where `mailbox` is read, or None if it is not. Raises Refused where its settings lack something."""
    said: dict[str, Any] = mailbox.inbox or {}
    if "maildir" in said:
        path = Path(str(said["maildir"]))
        return MaildirInbox(path if path.is_absolute() or workspace is None else workspace / path)
    if "imap" not in said:
        return None
    variable = str(said.get("password_env") or mailbox.password_env or "")
    password = secret_from_environment(variable) if variable else None
    username = str(said.get("username") or mailbox.username or "")
    if not username or password is None:
        raise Refused.of(
            "CF004",
            f"The mailbox {mailbox.slug} cannot be read: its user name or password is missing.",
            f"Set the environment variable {variable or 'named by password_env'}.",
            file="mailboxes.yaml",
        )
    security = str(said.get("security", "tls"))
    port = int(said.get("port") or (993 if security == "tls" else 143))
    return ImapInbox(str(said["imap"]), port, username, password, security, str(said.get("folder", "INBOX")))

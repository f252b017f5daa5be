"""The sink is an oracle: what it said 250 to is on the disk; and what came back is read once, oldest first."""

import smtplib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from prospecting.delivery import Sink
from prospecting.delivery.sink import LOG, read_log, touch_of
from prospecting.delivery.transports import Cursor, inbox, open_inbox
from prospecting.delivery.transports.inbox import ImapInbox, MaildirInbox
from prospecting.findings import Refused
from prospecting.senders.models import Mailbox
from prospecting.tokens import Purpose, Signer

RAW = b"From: paul@client.example\r\nMessage-ID: <x@client.example>\r\n\r\nBonjour.\r\n"


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with Sink(tmp_path / "sink") as sink:
        yield sink


def deliver(sink: Sink, *recipients: str, raw: bytes = RAW) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port) as session:
        session.sendmail("paul@client.example", recipients, raw)


def test_each_recipient_has_a_box_and_a_line_in_the_log(sink: Sink, tmp_path: Path) -> None:
    deliver(sink, "claire@acme.example", "marc@acme.example")
    assert [caught.recipient for caught in sink.messages()] == ["claire@acme.example", "marc@acme.example"]
    assert [caught.message_id for caught in read_log(tmp_path / "sink")] == ["<x@client.example>"] * 2
    assert sink.read(sink.messages()[0].number) == RAW
    assert sink.read(1) is None


def test_addresses_never_become_paths(sink: Sink, tmp_path: Path) -> None:
    sink.take("a@b.c", ["../../../etc/passwd@x.example"], RAW)
    files = list(tmp_path.rglob("*.eml"))
    assert len(files) == 1
    assert files[0].is_relative_to(tmp_path / "sink" / "boxes")


def test_a_sink_opened_again_goes_on_and_a_torn_line_is_none(tmp_path: Path) -> None:
    with Sink(tmp_path / "sink") as first:
        deliver(first, "claire@acme.example")
        before = first.messages()
    with (tmp_path / "sink" / LOG).open("ab") as log:
        log.write(b'{"number": 12, "tou')
    with Sink(tmp_path / "sink") as second:
        assert second.messages() == before
        deliver(second, "claire@acme.example")
        assert second.messages()[-1].number > before[-1].number


def test_a_taken_port_is_said(sink: Sink, tmp_path: Path) -> None:
    with pytest.raises(OSError), Sink(tmp_path / "other", port=sink.port):
        pass


def test_a_message_of_ours_names_its_touch(signer: Signer) -> None:
    assert touch_of(f"<{signer.touch(Purpose.RETURN_PATH, 4711)}@acme.example>") == 4711
    for other in ("", "<x@y>", "<AAAA@b>", f"<{'!' * 27}@b>"):
        assert touch_of(other) is None


def test_a_maildir_is_read_once_and_oldest_first(sink: Sink) -> None:
    for number in range(3):
        deliver(sink, "claire@acme.example", raw=RAW + b"%d\r\n" % number)
    box = MaildirInbox(sink.maildir("claire@acme.example"))
    received = list(box.after(Cursor()))
    assert [one.raw[-3:] for one in received] == [b"0\r\n", b"1\r\n", b"2\r\n"]
    assert [one.raw for one in box.after(received[1].cursor)] == [received[2].raw]
    assert list(box.after(received[2].cursor)) == []


def test_a_maildir_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert list(MaildirInbox(tmp_path / "nobody").after(Cursor())) == []


class FakeFolder:
    def status(self, folder: str, wanted: list[str]) -> dict[str, int]:
        return {"UIDVALIDITY": 7}

    def set(self, folder: str, readonly: bool) -> None:
        assert readonly, "the person's own mailbox stays as it is"


class FakeImap:
    """What imap-tools offers, over a dictionary of uids."""

    def __init__(self, stored: dict[int, bytes]) -> None:
        self.stored = stored
        self.folder = FakeFolder()
        self.client = self
        self.asked: list[str] = []

    def login(self, *_: Any, **__: Any) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def uids(self, criteria: str) -> list[str]:
        first = int(criteria.removeprefix("UID ").split(":")[0])
        found = [uid for uid in self.stored if uid >= first] or [max(self.stored)]
        return [str(uid) for uid in found]

    def uid(self, _command: str, uids: str, parts: str) -> tuple[str, list[Any]]:
        self.asked.append(parts)
        answer: list[Any] = []
        for uid in uids.split(","):
            answer += [(f"1 (UID {uid} BODY[]<0> {{5}}".encode(), self.stored[int(uid)]), b")"]
        return "OK", answer


@pytest.fixture
def imap(monkeypatch: pytest.MonkeyPatch) -> FakeImap:
    fake = FakeImap({3: b"three", 5: b"five", 9: b"nine"})
    monkeypatch.setattr(inbox, "MailBox", lambda *_, **__: fake)
    return fake


def test_imap_is_read_by_uid_without_marking_anything(imap: FakeImap) -> None:
    box = ImapInbox("imap.acme.example", 993, "claire", "secret")
    assert [(one.cursor, one.raw) for one in box.after(Cursor(7, 3))] == [
        (Cursor(7, 5), b"five"),
        (Cursor(7, 9), b"nine"),
    ]
    assert all("PEEK" in parts for parts in imap.asked)
    assert list(box.after(Cursor(7, 9))) == [], "n:* names the last message even when it is older"


def test_a_folder_that_was_made_anew_is_read_from_its_beginning(imap: FakeImap) -> None:
    assert len(list(ImapInbox("imap.acme.example", 993, "claire", "secret").after(Cursor(6, 9)))) == 3


def test_what_is_missing_in_a_mailbox_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NO_SUCH_SECRET", raising=False)
    assert open_inbox(Mailbox(slug="claire", inbox={})) is None
    with pytest.raises(Refused, match="NO_SUCH_SECRET"):
        open_inbox(
            Mailbox(
                slug="claire", inbox={"imap": "imap.acme.example"}, username="claire", password_env="NO_SUCH_SECRET"
            )
        )
    relative = open_inbox(Mailbox(slug="claire", inbox={"maildir": "mail/claire"}), workspace=tmp_path)
    assert isinstance(relative, MaildirInbox)
    assert relative.path == tmp_path / "mail" / "claire"

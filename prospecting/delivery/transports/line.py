"""What every transport is: a mailbox's way out, with capabilities that were measured, and lines that carry one message at a time.

A line stops between *offer* and *send*, because that is where the gate stands (reliability.md "One touch"): on SMTP
offer is MAIL and RCPT, send is DATA; on a service with drafts, offer writes the draft and send sends it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

KEPT_TEXT = 500
"""Characters of a server's words that we keep."""


class Stage(StrEnum):
    """How far a message had come when its reply was given."""

    CONNECT = "connect"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    """The command was given; no byte of the message was."""
    END = "end"
    """The message was on its way or whole."""


@dataclass(frozen=True)
class Reply:
    """What the server said at `stage`; `code` is None where no whole reply came."""

    stage: Stage
    code: int | None
    text: str

    @property
    def accepted(self) -> bool:
        return self.code is not None and 200 <= self.code < 300

    @property
    def temporary(self) -> bool:
        return self.code is not None and 400 <= self.code < 500

    @property
    def permanent(self) -> bool:
        return self.code is not None and 500 <= self.code < 600

    @property
    def understood(self) -> bool:
        """Whether it says yes, later or no; anything else tells nothing."""
        return self.accepted or self.temporary or self.permanent

    @property
    def closing(self) -> bool:
        """The server asks us to come back later, with everything (RFC 5321 §3.8)."""
        return self.code == 421


class NoConnection(Exception):  # noqa: N818
    """No line could be opened; `reply` says at which stage and why. Nothing was sent."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(f"{reply.stage}: {reply.code or ''} {reply.text}".strip())


@dataclass(frozen=True)
class Outgoing:
    """One message for one recipient; `data(eight_bit)` gives its bytes, lines ended by CRLF, dots not stuffed."""

    sender: str
    """The return path."""
    recipient: str
    data: Callable[[bool], bytes]


class Line(Protocol):
    """One connection, used by one thread."""

    @property
    def usable(self) -> bool:
        """Whether another message may be offered on it: open, and within its session's cap."""
        ...

    def offer(self, message: Outgoing) -> Reply:
        """Bring the message up to the gate. Not accepted: the line is ready for the next one, or no longer usable."""
        ...

    def send(self) -> Reply:
        """Let the offered message go, at once."""
        ...

    def withdraw(self) -> None:
        """Forget the offered message; the server never sees its text."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Capabilities:
    """What a mailbox was measured to do; unmeasured is no."""

    keeps_message_id: bool = True
    free_return_path: bool = False
    """Whether it takes a signed return path of ours in place of its own address."""
    dkim_covers_list_unsubscribe: bool = False
    """Whether its DKIM signature covers List-Unsubscribe and List-Unsubscribe-Post (RFC 8058 §4)."""
    files_a_copy: bool = False

    @classmethod
    def measured(cls, options: dict[str, Any]) -> "Capabilities":
        """Those kept in a mailbox's options by whoever measured them."""
        known = options.get("capabilities") or {}
        return cls(**{name: bool(known[name]) for name in cls.__dataclass_fields__ if name in known})


class Transport(Protocol):
    """A mailbox's way out."""

    @property
    def lines(self) -> int:
        """How many lines may be open at once."""
        ...

    def connect(self) -> Line:
        """Open a line, logged in. Raises NoConnection."""
        ...

"""Threads that speak to a server, one line each; they know neither the database nor a rule.

A lane offers a letter, waits at the gate for its verdict, and goes on at once. What happens comes out as the four kinds
of news below, to the one coordinator of the mailbox.
"""

from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread

from prospecting.delivery import crash
from prospecting.delivery.compose import Prepared
from prospecting.delivery.transports import Line, NoConnection, Reply, Transport
from prospecting.settings import Settings


@dataclass(frozen=True)
class Refused:
    """The server did not take the recipient, or the line was lost before it said so."""

    letter: Prepared
    reply: Reply


@dataclass(frozen=True)
class Standing:
    """The server takes the recipient: the letter stands at the gate, and `lane` waits for the verdict."""

    letter: Prepared
    lane: "Lane"


@dataclass(frozen=True)
class Finished:
    """What the server said to the letter."""

    letter: Prepared
    reply: Reply


@dataclass(frozen=True)
class Ended:
    """The lane is done: `unconnected` says why it could not go on, `error` is a bug of ours."""

    lane: "Lane"
    unconnected: Reply | None = None
    error: BaseException | None = None


News = Refused | Standing | Finished | Ended


class Lane(Thread):
    """One connection at a time, reopened when it is used up."""

    def __init__(
        self,
        transport: Transport,
        line: Line | None,
        work: SimpleQueue[Prepared],
        news: SimpleQueue[News],
        settings: Settings,
    ) -> None:
        super().__init__(name="smtp", daemon=True)
        self._transport = transport
        self._line = line
        self._work = work
        self._news = news
        self._settings = settings
        self._verdict: SimpleQueue[bool] = SimpleQueue()
        self._used = False
        """Whether the line has carried a letter before."""

    def decide(self, *, go: bool) -> None:
        """The coordinator's verdict on the letter that stands."""
        self._verdict.put(go)

    def run(self) -> None:
        ended = Ended(self)
        try:
            self._carry()
        except NoConnection as error:
            ended = Ended(self, unconnected=error.reply)
        except BaseException as error:  # noqa: BLE001  raised again by the coordinator, who must not wait for ever
            ended = Ended(self, error=error)
        finally:
            if self._line is not None:
                self._line.close()
            self._news.put(ended)

    def _carry(self) -> None:
        while True:
            if self._line is None or not self._line.usable:
                # Connected before a letter is taken, so that no letter waits for a server that does not answer.
                if self._work.empty():
                    return
                self._reconnect()
            try:
                letter = self._work.get_nowait()
            except Empty:
                return
            self._one(letter)

    def _reconnect(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None
        self._line = self._transport.connect()
        self._used = False

    def _one(self, letter: Prepared) -> None:
        assert self._line is not None
        reply = self._line.offer(letter.outgoing())
        if reply.code is None and self._used:
            # A server may end a session between two messages; nothing was sent, so a new line may ask again.
            try:
                self._reconnect()
            except NoConnection:
                self._news.put(Refused(letter, reply))
                raise
            reply = self._line.offer(letter.outgoing())
        self._used = True
        crash.point(self._settings, "after rcpt")
        if not reply.accepted:
            self._news.put(Refused(letter, reply))
            return
        self._news.put(Standing(letter, self))
        if not self._verdict.get():
            self._line.withdraw()
            return
        crash.point(self._settings, "before data")
        reply = self._line.send()
        crash.point(self._settings, "after data")
        self._news.put(Finished(letter, reply))

"""Connections that end at one deadline, to addresses that were checked."""

import queue
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

from prospecting.clock import monotonic
from prospecting.fetch.inside import checked
from prospecting.fetch.refusals import NotFetched, Why


class Deadline:
    """The one end of everything that one fetch does."""

    def __init__(self, seconds: float) -> None:
        self._ends = monotonic() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Seconds left. Raises NotFetched when there are none."""
        left = self._ends - monotonic()
        if left <= 0:
            raise NotFetched(Why.DEADLINE, "it took too long to answer")
        return left if at_most is None else min(left, at_most)


class _Stream(httpcore.NetworkStream):
    """A connection each of whose waits ends at the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(
            self._inner.start_tls(ssl_context, server_hostname, self._deadline.left(timeout)), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Network(httpcore.NetworkBackend):
    """Resolves a name once, checks every address it has, and connects to a checked one; Host and SNI keep the name."""

    def __init__(self, deadline: Deadline, *, loopback: bool) -> None:
        self._deadline, self._loopback = deadline, loopback
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = [checked(text, loopback=self._loopback) for text in _resolved(host, port, self._deadline)]
        for number, address in enumerate(addresses, start=1):
            try:
                return _Stream(
                    self._inner.connect_tcp(
                        str(address), port, self._deadline.left(timeout), local_address, socket_options
                    ),
                    self._deadline,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
        raise NotFetched(Why.UNRESOLVED, f"{host} has no address")


def _resolved(host: str, port: int, deadline: Deadline) -> list[str]:
    """Every address of `host`, in the system's order; a resolver that hangs is left behind at the deadline."""
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(each[4][0]) for each in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=look_up, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.left())
    except queue.Empty:
        raise NotFetched(Why.DEADLINE, f"nobody said in time where {host} is") from None
    if not isinstance(answer, list):
        raise NotFetched(Why.UNRESOLVED, f"there is no host {host}") from answer
    return answer


@contextmanager
def explained(host: str) -> Iterator[None]:
    """The connection's errors as reasons."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise NotFetched(Why.DEADLINE, f"{host} took too long to answer") from error
    except httpcore.ConnectError as error:
        if isinstance(error.__context__, ssl.SSLError) or "SSL" in str(error) or "CERTIFICATE" in str(error):
            raise NotFetched(Why.TLS, f"{host} has no certificate that holds") from error
        raise NotFetched(Why.UNREACHABLE, f"{host} does not answer") from error
    except httpcore.NetworkError as error:
        raise NotFetched(Why.UNREACHABLE, f"{host} broke the connection off") from error
    except (httpcore.ProtocolError, ValueError) as error:
        raise NotFetched(Why.PROTOCOL, f"{host} does not speak HTTP as it should") from error

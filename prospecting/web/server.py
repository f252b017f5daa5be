"""Granian in a thread of our process, so that `serve` and the demo hold web and workers together."""

import asyncio
import logging
import socket
import threading
from types import TracebackType
from typing import Any, Self

from granian.constants import Interfaces
from granian.server.embed import Server

from prospecting.clock import monotonic
from prospecting.findings import Refused

LOOPBACK = ("127.0.0.1", "::1", "localhost")
START_WITHIN = 20.0


class WebServer:
    """One ASGI application on one loopback address; a context manager that returns once it answers."""

    def __init__(self, application: Any, *, host: str, port: int) -> None:
        self._application = application
        self.host, self.port = host, port
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Server | None = None
        self._failed: BaseException | None = None

    def __enter__(self) -> Self:
        refuse_taken(self.host, self.port)
        self._thread.start()
        deadline = monotonic() + START_WITHIN
        while monotonic() < deadline and self._thread.is_alive():
            with socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET) as probe:
                probe.settimeout(1)
                if probe.connect_ex((self.host, self.port)) == 0:
                    return self
            self._thread.join(0.02)
        raise Refused.of(
            "WB002", f"The web server did not start: {self._failed or 'no answer'}.", "Look at the log above."
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Answer what is under way, then stop."""
        if self._loop and self._server and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(timeout=10)

    def wait(self, seconds: float) -> bool:
        """Whether it still runs after so many seconds."""
        self._thread.join(seconds)
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failed = error
            raise

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        # The access log stays off: a public path may hold a token, and nothing of a visit is kept (product.md).
        logging.getLogger("_granian").setLevel(logging.WARNING)
        self._server = Server(
            self._application,
            self.host,
            self.port,
            interface=Interfaces.ASGI,
            websockets=False,
            log_enabled=False,
            log_access=False,
        )
        await self._server.serve()


def refuse_taken(host: str, port: int) -> None:
    """Raises Refused if something listens on the port already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused.of(
                "WB001", f"Port {port} on {host} is taken.", f"Stop what listens there, or say --port {port + 1}."
            ) from error


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])

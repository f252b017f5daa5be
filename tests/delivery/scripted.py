"""An SMTP server that answers as a test says, byte by byte, and remembers what it accepted."""

import socket
import threading
import time
from typing import Any, Self

DROP = object()
"""Close the connection instead of answering."""
HANG = object()
"""Say nothing more, and keep the connection open."""

NORMAL = {
    "greeting": b"220 scripted\r\n",
    "EHLO": b"250-scripted\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    "DATA": b"354 go on\r\n",
    "QUIT": b"221 bye\r\n",
}


class ScriptedServer:
    """`answers`: verb (or greeting, END for the final reply) to bytes, DROP, HANG, or a list of them, one a use (the last
    one stays). A list item may be a tuple (bytes, DROP) to say something first."""

    def __init__(self, answers: dict[str, Any] | None = None) -> None:
        self._answers = NORMAL | (answers or {})
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()
        self.commands: list[str] = []
        self.accepted: list[bytes] = []
        """Messages whose final reply began with 2."""
        self.whole: list[bytes] = []
        """Messages received to their last dot, whatever was answered."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open = True
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def close(self) -> None:
        self._open = False
        self._socket.close()
        for connection in self._connections:
            connection.close()

    def _listen(self) -> None:
        while self._open:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as lines:
                if not self._answer(connection, "greeting"):
                    return
                for line in lines:
                    verb = line.split()[0].decode().upper() if line.split() else ""
                    with self._lock:
                        self.commands.append(line.decode().strip())
                    if not self._answer(connection, verb):
                        return
                    if verb == "QUIT":
                        return
                    if verb == "DATA" and self._last.startswith(b"354") and not self._message(connection, lines):
                        return
        except OSError:
            return

    def _message(self, connection: socket.socket, lines: Any) -> bool:
        body = b""
        for line in lines:
            if line == b".\r\n":
                break
            body += line[1:] if line.startswith(b".") else line
        else:
            return False
        with self._lock:
            self.whole.append(body)
        going_on = self._answer(connection, "END")
        if self._last.startswith(b"2"):
            with self._lock:
                self.accepted.append(body)
        return going_on

    def _answer(self, connection: socket.socket, verb: str) -> bool:
        answer = self._next(verb)
        said, then = answer if isinstance(answer, tuple) else (answer, None)
        self._last = said if isinstance(said, bytes) else b""
        if isinstance(said, bytes):
            connection.sendall(said)
        for what in (said, then):
            if what is DROP:
                return False
            if what is HANG:
                while self._open:
                    time.sleep(0.02)
                return False
        return True

    def _next(self, verb: str) -> Any:
        answer = self._answers.get(verb, b"250 ok\r\n")
        if not isinstance(answer, list):
            return answer
        with self._lock:
            place = self._used.get(verb, 0)
            self._used[verb] = place + 1
        return answer[min(place, len(answer) - 1)]

"""A sink that costs next to nothing: PIPELINING, no storage, an optional delay before each final reply.

`python bench/sink.py [--port N] [--delay SECONDS]` prints the port it listens on, and on end of input how many messages
it took. aiosmtpd takes 600 to 860 messages a second, which would measure the sink and not what sends to it.
"""

import argparse
import asyncio
import sys

EHLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 50000000\r\n"
OK, GO, BYE = b"250 OK\r\n", b"354 go on\r\n", b"221 bye\r\n"


class Connection(asyncio.Protocol):
    """One session, parsed in place."""

    taken = 0
    delay = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._out = transport
        self._in = bytearray()
        self._in_data = False
        self._out.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._in += data
        replies: list[bytes] = []
        while True:
            if self._in_data:
                if not self._end_of_data():
                    break
                if self.delay:
                    self._write(replies)
                    asyncio.get_running_loop().call_later(self.delay, self._out.write, OK)
                else:
                    replies.append(OK)
            else:
                end = self._in.find(b"\n")
                if end < 0:
                    break
                verb = bytes(self._in[:4]).upper()
                del self._in[: end + 1]
                replies.append(self._answer(verb))
        self._write(replies)

    def _end_of_data(self) -> bool:
        end = self._in.find(b"\r\n.\r\n")
        if end < 0:
            return False
        del self._in[: end + 5]
        self._in_data = False
        Connection.taken += 1
        return True

    def _answer(self, verb: bytes) -> bytes:
        if verb == b"DATA":
            self._in_data = True
            return GO
        if verb == b"QUIT":
            return BYE
        return EHLO if verb == b"EHLO" else OK

    def _write(self, replies: list[bytes]) -> None:
        if replies:
            self._out.write(b"".join(replies))
            replies.clear()


async def listen(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    sys.stdout.write(f"{Connection.taken}\n")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="A sink for benches.")
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--delay", type=float, default=0.0, help="seconds before each final reply")
    given = arguments.parse_args()
    Connection.delay = given.delay
    asyncio.run(listen(given.port))

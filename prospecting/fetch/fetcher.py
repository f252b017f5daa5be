"""One fetch: its hops, its robots, its answer."""

import re
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

import httpcore
import httpx
from protego import Protego

from prospecting.clock import monotonic
from prospecting.fetch.refusals import NotFetched, Why
from prospecting.fetch.wire import Deadline, Network, explained

AGENT = "prospecting/1.0 (+https://github.com/prospecting/prospecting)"
TOKEN = "prospecting"
"""What a robots.txt calls us."""

DEADLINE_S = 15.0
MAX_BYTES = 3_000_000
MAX_HOPS = 5
MAX_ADDRESS = 2_000
MAX_ROBOTS = 500_000
ROBOTS_KEPT_S = 3_600.0
MAX_HOSTS = 1_000
"""Hosts whose robots.txt is remembered."""
CONTENT_TYPES = (
    "text/html", "application/xhtml+xml", "text/plain", "text/xml", "application/xml", "application/rss+xml",
    "application/atom+xml", "application/json", "application/feed+json", "application/pdf", "text/calendar",
)  # fmt: skip

_CHARSET = re.compile(r"charset=[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True)
class Rules:
    """What may be fetched. `loopback` is for tests: it lets this machine's own addresses through, on any port."""

    ports: frozenset[int] = frozenset({80, 443})
    content_types: tuple[str, ...] = CONTENT_TYPES
    max_bytes: int = MAX_BYTES
    deadline_s: float = DEADLINE_S
    loopback: bool = False


@dataclass(frozen=True)
class Fetched:
    """An answer. `url` is where it came from in the end, `moved_to` where all hops said to go for good (301, 308)."""

    url: str
    status: int
    content_type: str
    charset: str | None
    body: bytes
    headers: dict[str, str]
    moved_to: str | None = None


@dataclass
class Fetcher:
    """Fetches, one request at a time a host. Threads may share it."""

    rules: Rules = field(default_factory=Rules)
    _locks: dict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock), repr=False)
    _robots: dict[str, tuple[float, Protego]] = field(default_factory=dict, repr=False)

    def fetch(self, url: str, *, robots: bool = True) -> Fetched:
        """What stands at `url`, after at most five hops, each checked like the first. Raises NotFetched.

        An answer of 400 and more is an answer; its body is read where its type is one we read.
        """
        deadline = Deadline(self.rules.deadline_s)
        address = self._address(url)
        moved_to: str | None = None
        for_good = True
        for _ in range(MAX_HOPS + 1):
            if robots and not self._allowed(address, deadline):
                raise NotFetched(Why.ROBOTS, f"{address.host} asks machines not to read this page")
            answer, location = self._one(address, deadline, self.rules.max_bytes, any_type=False)
            if location is None:
                return Fetched(**{**vars(answer), "moved_to": moved_to})
            address = self._address(str(address.join(location)))
            for_good = for_good and answer.status in (301, 308)
            moved_to = str(address) if for_good else moved_to
        raise NotFetched(Why.HOPS, f"more than {MAX_HOPS} redirections")

    def _address(self, url: str) -> httpx.URL:
        if len(url) > MAX_ADDRESS or any(c.isspace() or not c.isprintable() for c in url):
            raise NotFetched(Why.ADDRESS, "this is no address")
        try:
            address = httpx.URL(url)
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            raise NotFetched(Why.ADDRESS, "this is no address") from error
        if address.scheme not in ("http", "https") or not address.host:
            raise NotFetched(Why.ADDRESS, "only whole http and https addresses are read")
        if address.userinfo:
            raise NotFetched(Why.ADDRESS, "an address holds no name and password")
        port = address.port or (443 if address.scheme == "https" else 80)
        if port not in self.rules.ports and not self.rules.loopback:
            raise NotFetched(Why.PORT, f"port {port} is not read")
        return address.copy_with(fragment=None)

    def _allowed(self, address: httpx.URL, deadline: Deadline) -> bool:
        """Whether the host's robots.txt lets us read `address` (RFC 9309: none means yes, a broken server means no)."""
        origin = f"{address.scheme}://{address.netloc.decode('ascii')}"
        kept = self._robots.get(origin)
        if kept is None or kept[0] < monotonic():
            if len(self._robots) >= MAX_HOSTS:
                self._robots.clear()
            kept = (monotonic() + ROBOTS_KEPT_S, Protego.parse(self._robots_text(origin, deadline)))
            self._robots[origin] = kept
        return kept[1].can_fetch(str(address), TOKEN)

    def _robots_text(self, origin: str, deadline: Deadline) -> str:
        address = self._address(f"{origin}/robots.txt")
        for _ in range(MAX_HOPS + 1):
            try:
                answer, location = self._one(address, deadline, MAX_ROBOTS, any_type=True)
            except NotFetched as refused:
                if refused.why in (Why.TOO_LARGE, Why.ENCODING):
                    return ""
                raise
            if location is None:
                if answer.status >= 500:
                    return "User-agent: *\nDisallow: /"
                return answer.body.decode("utf-8", "replace") if answer.status < 300 else ""
            address = self._address(str(address.join(location)))
        return ""

    def _one(
        self, address: httpx.URL, deadline: Deadline, max_bytes: int, *, any_type: bool
    ) -> tuple[Fetched, str | None]:
        """One request, and where it redirects to."""
        network = Network(deadline, loopback=self.rules.loopback)
        target = httpcore.URL(
            scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path
        )
        headers = [
            ("Host", address.netloc.decode("ascii")),
            ("User-Agent", AGENT),
            ("Accept", ", ".join(self.rules.content_types)),
            ("Accept-Encoding", "identity"),
        ]
        with (
            self._turn(address.host, deadline),
            explained(address.host),
            httpcore.ConnectionPool(network_backend=network, max_keepalive_connections=0) as pool,
            pool.stream("GET", target, headers=headers) as response,
        ):
            return self._answer(address, response, max_bytes, any_type=any_type)

    def _answer(
        self, address: httpx.URL, response: httpcore.Response, max_bytes: int, *, any_type: bool
    ) -> tuple[Fetched, str | None]:
        said = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        location = said.get("location") if response.status in (301, 302, 303, 307, 308) else None
        kind, _, parameters = said.get("content-type", "").partition(";")
        kind = kind.strip().lower()
        wanted = location is None and (any_type or kind in self.rules.content_types)
        if location is None and not wanted and response.status < 400:
            raise NotFetched(Why.CONTENT_TYPE, f"it is of the kind {kind or 'unknown'}, which is not read")
        body = _body(response, said, max_bytes) if wanted else b""
        charset = _CHARSET.search(parameters)
        fetched = Fetched(str(address), response.status, kind, charset[1].lower() if charset else None, body, said)
        return fetched, location

    @contextmanager
    def _turn(self, host: str, deadline: Deadline) -> Iterator[None]:
        lock = self._locks[host]
        if not lock.acquire(timeout=deadline.left()):
            raise NotFetched(Why.DEADLINE, f"others are reading {host}")
        try:
            yield
        finally:
            lock.release()


def _body(response: httpcore.Response, said: dict[str, str], max_bytes: int) -> bytes:
    """The raw bytes, uncompressed. Raises NotFetched as soon as there are too many."""
    if said.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise NotFetched(
            Why.ENCODING, f"it came compressed ({said['content-encoding'][:40]}) though we asked for it plain"
        )
    length = said.get("content-length", "0")
    pieces: list[bytes] = []
    size = int(length) if length.isdigit() else 0
    if size > max_bytes:
        _too_large(max_bytes)
    size = 0
    for piece in response.iter_stream():
        size += len(piece)
        if size > max_bytes:
            _too_large(max_bytes)
        pieces.append(piece)
    return b"".join(pieces)


def _too_large(max_bytes: int) -> NoReturn:
    raise NotFetched(Why.TOO_LARGE, f"it is larger than {max_bytes / 1_000_000:g} MB")

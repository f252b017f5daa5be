"""The door to foreign addresses, against everything that a hostile one may be."""

import gzip
import ipaddress
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospecting.fetch import Fetcher, NotFetched, Rules, Why, checked, wire

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
Answer = Callable[[socket.socket, str], None]


@contextmanager
def server(answer: Answer, robots: bytes = NOT_FOUND) -> Iterator[str]:
    """A server on this machine that answers a connection's one request by `answer(connection, path)`."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                path = connection.recv(65536).split(b" ")[1].decode("latin-1")
                if path == "/robots.txt":
                    connection.sendall(robots)
                else:
                    answer(connection, path)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()


def sends(raw: bytes) -> Answer:
    return lambda connection, _path: connection.sendall(raw)


def page(body: bytes = b"<p>hello</p>", more: bytes = b"") -> bytes:
    return OK + more + b"Content-Length: %d\r\n\r\n" % len(body) + body


def local(**rules: object) -> Fetcher:
    return Fetcher(Rules(loopback=True, **rules))  # type: ignore[arg-type]


def refused(url: str, fetcher: Fetcher | None = None) -> Why:
    with pytest.raises(NotFetched) as refusal:
        (fetcher or Fetcher()).fetch(url)
    return refusal.value.why


def test_a_page_comes_with_its_kind_and_charset() -> None:
    with server(sends(page())) as url:
        fetched = local().fetch(f"{url}/page#part")
    assert (fetched.status, fetched.content_type, fetched.charset, fetched.body) == (
        200,
        "text/html",
        "utf-8",
        b"<p>hello</p>",
    )
    assert fetched.url == f"{url}/page"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1",
        "192.0.0.9", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1",
        "2001:0:7f00:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "::ffff:169.254.169.254",
    ],
)  # fmt: skip
def test_no_address_leads_inside(address: str) -> None:
    with pytest.raises(NotFetched) as refusal:
        checked(address)
    assert refusal.value.why is Why.PRIVATE


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_public_addresses_pass(address: str) -> None:
    assert checked(address) == ipaddress.ip_address(address)


@given(st.ip_addresses(v=4))
def test_what_hides_an_address_is_as_private_as_the_address(address: ipaddress.IPv4Address) -> None:
    def passes(text: str) -> bool:
        try:
            checked(text)
        except NotFetched:
            return False
        return True

    number = int(address)
    wrapped = [
        f"::ffff:{address}",
        str(ipaddress.IPv6Address((0x64FF9B << 96) | number)),
        str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80))),
    ]
    assert {passes(text) for text in wrapped} == {passes(str(address))}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://localhost/", "http://[::1]/",
        "http://[::ffff:127.0.0.1]/", "http://0/", "http://①②⑦.⓪.⓪.①/", "https://127.0.0.1/", "http://localhost./",
    ],
)  # fmt: skip
def test_this_machine_is_refused_in_all_spellings(url: str) -> None:
    assert refused(url) in (Why.PRIVATE, Why.UNRESOLVED, Why.ADDRESS)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://x/",
        "//example.org",
        "example.org",
        "http://",
        "",
        "http://u:p@example.org/",
        "http://a b/",
        "http://x\r\ny/",
        "http://" + "a" * 3000,
        "http://[::1",
        "javascript:alert(1)",
        "data:text/html,x",
    ],
)
def test_only_whole_web_addresses_are_read(url: str) -> None:
    assert refused(url) is Why.ADDRESS


def test_other_ports_are_not_read() -> None:
    assert refused("http://example.org:25/") is Why.PORT
    assert refused("http://example.org:99999/") is Why.PORT


def test_a_name_that_changes_between_two_questions_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answers(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1" if len(asked) > 1 else "10.0.0.1", port))]

    monkeypatch.setattr(wire.socket, "getaddrinfo", answers)
    assert refused("http://rebinding.example/") is Why.PRIVATE
    assert asked == ["rebinding.example"]


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(wire.socket, "getaddrinfo", lambda *_, **__: found)
    assert refused("http://both.example/") is Why.PRIVATE


def test_a_redirection_inside_is_checked_like_the_first_address() -> None:
    with server(
        sends(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n")
    ) as url:
        assert refused(f"{url}/", local()) is Why.PRIVATE


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://x/", "http://u:p@x/"])
def test_a_redirection_to_another_kind_of_address_is_refused(target: str) -> None:
    with server(sends(b"HTTP/1.1 302 Found\r\nLocation: " + target.encode() + b"\r\nContent-Length: 0\r\n\r\n")) as url:
        assert refused(f"{url}/", local()) is Why.ADDRESS


def test_a_loop_of_redirections_ends() -> None:
    with server(
        sends(b"HTTP/1.1 301 Moved\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    ) as url:
        assert refused(f"{url}/", local()) is Why.HOPS


def test_a_page_that_moved_for_good_says_where() -> None:
    def answer(connection: socket.socket, path: str) -> None:
        connection.sendall(
            page()
            if path == "/new"
            else b"HTTP/1.1 301 Moved\r\nLocation: /new\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )

    with server(answer) as url:
        fetched = local().fetch(f"{url}/old")
    assert fetched.moved_to == fetched.url == f"{url}/new"


def test_a_compressed_body_is_refused_before_it_grows() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    with server(sends(page(bomb, b"Content-Encoding: gzip\r\n"))) as url:
        tracemalloc.start()
        assert refused(f"{url}/", local()) is Why.ENCODING
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 10_000_000


def test_an_endless_body_is_cut_at_the_cap() -> None:
    def endless(connection: socket.socket, _path: str) -> None:
        connection.sendall(OK + b"\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with server(endless) as url:
        assert refused(f"{url}/", local()) is Why.TOO_LARGE
    with server(sends(OK + b"Content-Length: 99999999999\r\n\r\n")) as url:
        assert refused(f"{url}/", local()) is Why.TOO_LARGE


@pytest.mark.parametrize("where", ["headers", "body", "silence", "many_headers", "continue"])
def test_a_drip_ends_at_the_deadline(where: str) -> None:
    def drip(connection: socket.socket, _path: str) -> None:
        connection.sendall(
            {"body": OK + b"\r\n", "headers": b"HTTP/1.1 200 OK\r\nX: ", "many_headers": b"HTTP/1.1 200 OK\r\n"}.get(
                where, b""
            )
        )
        while True:
            connection.sendall(
                {"silence": b"", "many_headers": b"X: y\r\n", "continue": b"HTTP/1.1 100 Continue\r\n\r\n"}.get(
                    where, b"x"
                )
            )
            time.sleep(0.05)

    with server(drip) as url:
        begun = time.monotonic()
        assert refused(f"{url}/", local(deadline_s=0.6)) is Why.DEADLINE
        assert time.monotonic() - begun < 3


def test_a_resolver_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire.socket, "getaddrinfo", lambda *_, **__: time.sleep(5) or [])
    begun = time.monotonic()
    assert refused("http://slow.example/", Fetcher(Rules(deadline_s=0.3))) is Why.DEADLINE
    assert time.monotonic() - begun < 2


def test_headers_without_end_are_refused() -> None:
    def endless(connection: socket.socket, _path: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-Header: " + b"y" * 1000 + b"\r\n")

    with server(endless) as url:
        assert refused(f"{url}/", local()) in (Why.PROTOCOL, Why.TOO_LARGE)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/9.9 ???\r\n\r\n",
        b"\0" * 100,
    ],
)
def test_what_is_not_http_is_named(raw: bytes) -> None:
    with server(sends(raw)) as url:
        assert refused(f"{url}/", local()) in (Why.PROTOCOL, Why.UNREACHABLE)


def test_other_kinds_of_content_are_not_read() -> None:
    with server(
        sends(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-msdownload\r\nContent-Length: 3\r\n\r\nabc")
    ) as url:
        assert refused(f"{url}/", local()) is Why.CONTENT_TYPE


def test_an_answer_that_says_no_is_an_answer() -> None:
    with server(sends(NOT_FOUND)) as url:
        assert local().fetch(f"{url}/").status == 404


def test_robots_are_honoured_and_asked_once() -> None:
    robots = b"User-agent: *\nDisallow: /private\n"
    answer = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(robots)
        + robots
    )
    with server(sends(page()), robots=answer) as url:
        fetcher = local()
        assert refused(f"{url}/private/x", fetcher) is Why.ROBOTS
        assert fetcher.fetch(f"{url}/open").status == 200
        assert fetcher.fetch(f"{url}/private/x", robots=False).status == 200


def test_a_server_that_fails_to_say_its_robots_is_not_read() -> None:
    with server(sends(page()), robots=b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") as url:
        assert refused(f"{url}/", local()) is Why.ROBOTS


def test_nobody_there_is_named() -> None:
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    assert refused(f"http://127.0.0.1:{port}/", local()) is Why.UNREACHABLE


def test_a_certificate_that_does_not_hold_is_named() -> None:
    with server(sends(b"\x15\x03\x03\x00\x02\x02\x28")) as url:
        assert refused(url.replace("http:", "https:") + "/", local()) is Why.TLS


def test_one_request_at_a_time_a_host() -> None:
    together: list[int] = []
    now = [0]

    def slow(connection: socket.socket, _path: str) -> None:
        now[0] += 1
        together.append(now[0])
        time.sleep(0.1)
        now[0] -= 1
        connection.sendall(page())

    with server(slow) as url:
        fetcher = local()
        threads = [threading.Thread(target=fetcher.fetch, args=(f"{url}/{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert together == [1, 1, 1, 1]


def test_a_proxy_from_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with server(sends(page())) as url:
        assert local().fetch(f"{url}/").status == 200

"""SMTP (RFC 5321) on the standard library's session, with commands pipelined where offered (RFC 2920) and a stop before DATA.

Replies come from strangers: they are read under one deadline each, in bounded memory, and what is not a whole reply is
no reply. The standard library makes up codes of its own for such cases, which would turn "unknown" into "refused".
"""

import smtplib
import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass
from ipaddress import ip_address

from prospecting.clock import monotonic
from prospecting.delivery.transports.line import KEPT_TEXT, NoConnection, Outgoing, Reply, Stage

KEPT_LINE = 1_000
MAX_REPLY = 8_000_000
"""Bytes of one reply; a server that says more is not listened to."""
MAX_LINES = 1_000
QUIT_WITHIN = 2.0


class Lost(smtplib.SMTPServerDisconnected):
    """The connection ended, or went silent, before a whole reply came."""


@dataclass(frozen=True)
class Account:
    """How a server is reached: `security` is none, starttls or tls; `token` is an OAuth access token (XOAUTH2)."""

    host: str
    port: int
    security: str = "starttls"
    username: str | None = None
    password: str | None = None
    token: str | None = None
    trusted: ssl.SSLContext | None = None
    """Whose certificates we believe; the system's unless given."""


class _Session(smtplib.SMTP):
    """The standard library's session with a reader that believes nothing."""

    def __init__(self, account: Account, *, timeout: float) -> None:
        self._account = account
        self._unread = b""
        self._deadline = monotonic() + timeout
        super().__init__(timeout=timeout, local_hostname=_own_name())
        self._host = account.host  # the name that a certificate must have

    def begin(self, seconds: float) -> None:
        """From now on everything must be over in so many seconds, until `begin` is called again."""
        self._deadline = monotonic() + seconds

    def send(self, s: str | bytes) -> None:  # type: ignore[override]
        if self.sock is None:
            raise Lost("not connected")
        try:
            self.sock.settimeout(self._left())
            self.sock.sendall(s.encode("utf-8") if isinstance(s, str) else s)
        except OSError as error:
            self.close()
            raise Lost(f"connection lost while sending: {_reason(error)}") from error

    def getreply(self) -> tuple[int, bytes]:
        """One reply: its code, or -1 where its lines contradict each other or have none. Raises Lost."""
        said: list[bytes] = []
        codes: set[bytes] = set()
        while True:
            line = self._line()
            codes.add(line[:3])
            said.append(line[4:].strip())
            if not line[:3].isdigit() or len(line[:3]) < 3:
                return -1, line
            if line[3:4] != b"-":
                break
            if len(said) > MAX_LINES:
                self.close()
                raise Lost("an endless reply")
        return (int(line[:3]) if len(codes) == 1 else -1), b"\n".join(said)

    def close(self) -> None:
        self._unread = b""
        super().close()

    def to_tls(self) -> None:
        """STARTTLS (RFC 3207)."""
        self.starttls(context=self._account.trusted or ssl.create_default_context())
        if self._unread:
            # What came in the clear after 220 was put there by somebody in between (CVE-2011-0411).
            self.close()
            raise Lost("the server spoke before TLS began")

    def _line(self) -> bytes:
        """The next line, its first thousand bytes; however long it is, it must end."""
        if self.sock is None:
            raise Lost("not connected")
        kept, read = self._unread, len(self._unread)
        while (end := kept.find(b"\n")) < 0:
            kept = kept[:KEPT_LINE] if len(kept) > KEPT_LINE else kept
            try:
                self.sock.settimeout(self._left())
                more = self.sock.recv(65_536)
            except OSError as error:
                self.close()
                raise Lost(f"no reply: {_reason(error)}") from error
            read += len(more)
            if not more or read > MAX_REPLY:
                self.close()
                raise Lost("connection closed by the server" if not more else "an endless reply")
            kept += more
        self._unread = kept[end + 1 :]
        return kept[:end].rstrip(b"\r")[:KEPT_LINE]

    def _left(self) -> float:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def _get_socket(self, host: str, port: int, timeout: float | None) -> socket.socket:
        plain = socket.create_connection((host, port), self._left())
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._account.security != "tls":
            return plain
        return (self._account.trusted or ssl.create_default_context()).wrap_socket(plain, server_hostname=host)


class SmtpLine:
    """One SMTP session."""

    def __init__(self, session: _Session, *, timeout: float, cap: float) -> None:
        self._session = session
        self._timeout = timeout
        self._ends = monotonic() + cap
        self._offered: Outgoing | None = None
        self._pipelining = session.has_extn("pipelining")
        self._eight_bit = session.has_extn("8bitmime")

    @property
    def usable(self) -> bool:
        return self._session.sock is not None and monotonic() + 2 * self._timeout < self._ends

    def offer(self, message: Outgoing) -> Reply:
        stage = Stage.MAIL
        commands = [
            f"MAIL FROM:<{_path(message.sender)}>{' BODY=8BITMIME' if self._eight_bit else ''}",
            f"RCPT TO:<{_path(message.recipient)}>",
        ]
        try:
            self._session.begin(self._timeout)
            if self._pipelining:
                self._session.send("\r\n".join([*commands, ""]))
                mail = _reply(stage, self._session.getreply())
                stage = Stage.RCPT
                rcpt = _reply(stage, self._session.getreply())
                reply = rcpt if mail.accepted else mail
            else:
                reply = _reply(Stage.MAIL, self._session.docmd(commands[0]))
                if reply.accepted:
                    stage = Stage.RCPT
                    reply = _reply(Stage.RCPT, self._session.docmd(commands[1]))
        except smtplib.SMTPServerDisconnected as error:
            return Reply(stage, None, _cut(str(error)))
        if not reply.understood:
            return self._abandon(reply)
        self._after(reply)
        if reply.accepted:
            self._offered = message
        elif self._session.sock is not None:
            self.withdraw()
        return reply

    def send(self) -> Reply:
        message, self._offered = self._offered, None
        assert message is not None, "send comes after an accepted offer"
        data = message.data(self._eight_bit)
        stage = Stage.DATA
        try:
            self._session.begin(self._timeout)
            reply = _reply(stage, self._session.docmd("DATA"))
            if reply.code != 354:
                # 2xx or 3xx here is no answer to DATA: neither a refusal nor an acceptance.
                self._after(reply)
                return reply if reply.understood and not reply.accepted else self._abandon(reply)
            stage = Stage.END
            self._session.send(_stuffed(data))
            reply = _reply(stage, self._session.getreply())
        except smtplib.SMTPServerDisconnected as error:
            return Reply(stage, None, _cut(str(error)))
        self._after(reply)
        return reply if reply.understood else self._abandon(reply)

    def withdraw(self) -> None:
        self._offered = None
        try:
            self._session.begin(self._timeout)
            code, _ = self._session.docmd("RSET")
        except smtplib.SMTPServerDisconnected:
            return
        if code != 250:
            self._session.close()

    def close(self) -> None:
        if self._session.sock is None:
            return
        try:
            self._session.begin(QUIT_WITHIN)
            self._session.docmd("QUIT")
        except smtplib.SMTPServerDisconnected:
            return
        self._session.close()

    def _after(self, reply: Reply) -> None:
        if reply.closing:
            self._session.close()

    def _abandon(self, reply: Reply) -> Reply:
        """A reply that is none: we no longer know what the server thinks, so the session ends here."""
        self._session.close()
        return Reply(reply.stage, None, _cut(f"not a reply to this: {reply.code} {reply.text}"))


class SmtpTransport:
    """A server and an account on it. `timeout` and `cap` are seconds for one step and for one session."""

    def __init__(self, account: Account, *, lines: int, timeout: float, cap: float) -> None:
        self._account = account
        self._lines = lines
        self._timeout = timeout
        self._cap = cap

    @property
    def lines(self) -> int:
        return self._lines

    def connect(self) -> SmtpLine:
        account = self._account
        session = _Session(account, timeout=self._timeout)
        stage = Stage.CONNECT
        try:
            self._greet(session)
            if account.username:
                stage = Stage.LOGIN
                session.begin(self._timeout)
                _log_in(session, account)
        except NoConnection:
            session.close()
            raise
        except smtplib.SMTPResponseException as error:
            session.close()
            raise NoConnection(
                Reply(stage, error.smtp_code if error.smtp_code > 0 else None, _words(error.smtp_error))
            ) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            session.close()
            raise NoConnection(Reply(stage, None, _cut(_reason(error)))) from error
        return SmtpLine(session, timeout=self._timeout, cap=self._cap)

    def _greet(self, session: _Session) -> None:
        account = self._account
        session.begin(self._timeout)
        code, words = session.connect(account.host, account.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)
        session.ehlo_or_helo_if_needed()
        if account.security == "starttls":
            session.to_tls()
            session.ehlo_or_helo_if_needed()


def _log_in(session: _Session, account: Account) -> None:
    """PLAIN or LOGIN (RFC 4954) in UTF-8, or XOAUTH2; never a secret over an open line."""
    if account.security == "none" and not _loopback(account.host):
        raise NoConnection(
            Reply(Stage.LOGIN, None, "a password is not sent without TLS; set security to starttls or tls")
        )
    user, password = account.username or "", account.password
    if account.token is not None:
        reply = session.docmd("AUTH", "XOAUTH2 " + _b64(f"user={user}\x01auth=Bearer {account.token}\x01\x01"))
        if reply[0] == 334:  # the reason, in base64; an empty answer ends the exchange
            reply = session.docmd("")
    elif password is None:
        raise NoConnection(Reply(Stage.LOGIN, None, "the environment variable with the password is not set"))
    elif "PLAIN" in (offered := session.esmtp_features.get("auth", "").upper().split()):
        reply = session.docmd("AUTH", "PLAIN " + _b64(f"\0{user}\0{password}"))
    elif "LOGIN" in offered:
        reply = session.docmd("AUTH", "LOGIN " + _b64(user))
        if reply[0] == 334:
            reply = session.docmd(_b64(password))
    else:
        raise NoConnection(
            Reply(Stage.LOGIN, None, "the server offers no way to log in that we know (PLAIN, LOGIN, XOAUTH2)")
        )
    if reply[0] != 235:
        raise smtplib.SMTPAuthenticationError(*reply)


def _stuffed(data: bytes) -> bytes:
    """`data` as DATA wants it: a dot more before each line that begins with one, and the line that ends it (RFC 5321 §4.5.2)."""
    if data.startswith(b"."):
        data = b"." + data
    end = b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"
    return data.replace(b"\r\n.", b"\r\n..") + end


def _path(address: str) -> str:
    if not address.isascii() or any(character in "<>\r\n\0 \t" for character in address):
        raise ValueError("not an address that can stand in a command")
    return address


def _reply(stage: Stage, said: tuple[int, bytes]) -> Reply:
    return Reply(stage, said[0] if said[0] > 0 else None, _words(said[1]))


def _words(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return _cut(" ".join("".join(c if c.isprintable() else " " for c in text).split()))


def _cut(text: str) -> str:
    return text[:KEPT_TEXT]


def _reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not valid: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "timed out"
    return str(error) or type(error).__name__


def _b64(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _own_name() -> str:
    """What we say in EHLO: our name if it is a whole one. `getfqdn` is not asked, because it may wait for a name server."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"

"""A mailbox's row becomes its transport."""

from prospecting.delivery.transports.line import NoConnection, Reply, Stage, Transport
from prospecting.delivery.transports.smtp import Account, SmtpTransport
from prospecting.senders.models import Mailbox, TransportKind
from prospecting.settings import Settings, secret_from_environment

LINES = 4
"""Connections at once, unless the mailbox's options say otherwise; providers frown on more."""
MAX_LINES = 50


def open_transport(mailbox: Mailbox, settings: Settings) -> Transport:
    """The way out of `mailbox`. Raises NoConnection where its settings lack something."""
    if mailbox.transport != TransportKind.SMTP or not mailbox.host:
        raise NoConnection(Reply(Stage.CONNECT, None, f"the mailbox {mailbox.slug} has no server to send by"))
    account = Account(
        host=mailbox.host,
        port=mailbox.port or (465 if mailbox.security == "tls" else 587),
        security=mailbox.security,
        username=mailbox.username,
        password=_secret(mailbox.password_env),
        token=_secret(mailbox.options.get("token_env")),
    )
    # A mailbox that waits between two messages has no use for a second line.
    lines = 1 if mailbox.gap_s else min(int(mailbox.options.get("lines", LINES)), MAX_LINES)
    return SmtpTransport(account, lines=lines, timeout=settings.smtp_timeout, cap=settings.session_cap.total_seconds())


def _secret(variable: str | None) -> str | None:
    return secret_from_environment(variable) if variable else None

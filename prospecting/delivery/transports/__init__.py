"""Ways out and in: one small interface, a file for each kind."""

from prospecting.delivery.transports.inbox import Cursor, Inbox, Received, open_inbox
from prospecting.delivery.transports.line import Capabilities, Line, NoConnection, Outgoing, Reply, Stage, Transport
from prospecting.delivery.transports.open import open_transport

__all__ = [
    "Capabilities",
    "Cursor",
    "Inbox",
    "Line",
    "NoConnection",
    "Outgoing",
    "Received",
    "Reply",
    "Stage",
    "Transport",
    "open_inbox",
    "open_transport",
]

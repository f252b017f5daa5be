"""How it leaves: compose, gate, transports, result, sweep."""

from prospecting.delivery.people import erase_person, export_person
from prospecting.delivery.plain import NotSent, send_plain
from prospecting.delivery.results import proven_accepted, proven_not_accepted, replay
from prospecting.delivery.sender import Sent, send_due
from prospecting.delivery.sink import Sink
from prospecting.delivery.sweep import mailboxes_due, resolve, sweep, uncertain

__all__ = [
    "NotSent",
    "Sent",
    "Sink",
    "erase_person",
    "export_person",
    "mailboxes_due",
    "proven_accepted",
    "proven_not_accepted",
    "replay",
    "resolve",
    "send_due",
    "send_plain",
    "sweep",
    "uncertain",
]

"""What comes back by mail: bounces, complaints, absences, replies, objections."""

from prospecting.inbound.people import erase_person, export_person
from prospecting.inbound.reading import read_mailbox, waiting_for_a_person
from prospecting.inbound.understanding import understand
from prospecting.inbound.understood import ReplyKind, Understood

__all__ = [
    "ReplyKind",
    "Understood",
    "erase_person",
    "export_person",
    "read_mailbox",
    "understand",
    "waiting_for_a_person",
]

"""What comes back by mail: bounces, complaints, absences, replies, objections."""

from prospecting.inbound.people import erase_person, export_person

__all__ = ["erase_person", "export_person"]

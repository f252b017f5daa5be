"""What surfaces: lead, reasons, route, invitation, meeting, outcome, digest; and what the journal's records do."""

from prospecting.leads.choices import choose, slots
from prospecting.leads.digest import WORDS, Digest, Due, compose
from prospecting.leads.digest import due as digests_due
from prospecting.leads.digest import send_due as send_digests
from prospecting.leads.hearing import handlers
from prospecting.leads.invite import gifts_wanted, invite, take_back
from prospecting.leads.people import erase_person, export_person
from prospecting.leads.surface import surface
from prospecting.leads.views import HandView, LeadView, PersonView, lead, open_leads
from prospecting.leads.work import answer, answered_elsewhere, close, pass_over, record_outcome, undo_pass

__all__ = [
    "WORDS",
    "Digest",
    "Due",
    "HandView",
    "LeadView",
    "PersonView",
    "answer",
    "answered_elsewhere",
    "choose",
    "close",
    "compose",
    "digests_due",
    "erase_person",
    "export_person",
    "gifts_wanted",
    "handlers",
    "invite",
    "lead",
    "open_leads",
    "pass_over",
    "record_outcome",
    "send_digests",
    "slots",
    "surface",
    "take_back",
    "undo_pass",
]

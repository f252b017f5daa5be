"""Complaints: the abuse reporting format (RFC 5965), and what came before it (Microsoft's and AOL's loops)."""

import re
from dataclasses import replace

from prospecting.inbound.addresses import addresses_in
from prospecting.inbound.mail import Fields, Mail, blocks
from prospecting.inbound.models import InboundKind
from prospecting.inbound.phrases import fold, said
from prospecting.inbound.understood import Understood

NO_COMPLAINTS = ("not-spam", "auth-failure", "dmarc", "tls-rpt")
"""Feedback about something else: taken back, or a failed authentication (RFC 6591)."""
_REDACTED = re.compile(r"redacted|^x{3,}$|^[0-9a-f]{24,}$|^(?:unknown|undisclosed|hidden|recipient|private)$")


def read_complaint(mail: Mail, about: Understood) -> Understood | None:
    """`about` completed if this is a complaint; as it is if this is other feedback; else None."""
    fields = _feedback(mail)
    if not fields and not _by_words(mail):
        return None
    kind = fields.get("feedback-type", "abuse").strip().lower()
    if kind in NO_COMPLAINTS:
        return about
    return replace(about, kind=InboundKind.COMPLAINT, addresses=_who(fields, mail), reason=kind)


def _feedback(mail: Mail) -> Fields:
    fields: dict[str, str] = {}
    for part in mail.of_kind("message/feedback-report"):
        for block in blocks(part.text):
            fields |= block
    if not fields and mail.report == "feedback-report":
        fields = {name: value for part in mail.parts if not part.inside for block in blocks(part.text)
                  if "feedback-type" in block for name, value in block.items()}  # fmt: skip
    return fields


def _by_words(mail: Mail) -> bool:
    """Feedback loops without a report: a message of ours inside, and words that say what it is."""
    return bool(mail.returned) and (
        mail.report == "feedback-report"
        or said(fold(mail.subject), "complaint", "subject")
        or said(fold(mail.head.get("from", "")), "complaint", "from")
    )


def _who(fields: Fields, mail: Mail) -> tuple[str, ...]:
    """Who complained, as far as the provider tells: many hide the address."""
    head = mail.returned
    named = (
        fields.get("original-rcpt-to", ""),
        fields.get("removal-recipient", ""),
        head.get("x-hmxmroriginalrecipient", ""),
        head.get("x-original-to", ""),
        head.get("delivered-to", ""),
        head.get("to", ""),
    )
    for each in named:
        if found := tuple(address for address in addresses_in(each) if not _REDACTED.search(address.split("@")[0])):
            return found
    return ()

"""Complaints in the abuse reporting format (RFC 5965)."""

from dataclasses import replace

from prospecting.inbound.addresses import addresses_in
from prospecting.inbound.mail import Mail, blocks
from prospecting.inbound.models import InboundKind
from prospecting.inbound.understood import Understood


def read_complaint(mail: Mail, about: Understood) -> Understood | None:
    """`about` completed if this is a complaint, else None."""
    feedback = mail.of_kind("message/feedback-report")
    if not feedback:
        return None
    fields = {name: value for block in blocks(feedback[0].text) for name, value in block.items()}
    if fields.get("feedback-type", "abuse").strip().lower() == "not-spam":
        return None
    named = fields.get("original-rcpt-to") or fields.get("removal-recipient") or _returned_to(mail)
    return replace(
        about,
        kind=InboundKind.COMPLAINT,
        addresses=addresses_in(named),
        reason=fields.get("feedback-type", "abuse"),
        permanent=True,
    )


def _returned_to(mail: Mail) -> str:
    """To whom the message went that somebody complained about."""
    for part in mail.of_kind("message/rfc822", "text/rfc822-headers"):
        if head := next(iter(blocks(part.text)), None):
            return head.get("x-hmxmroriginalrecipient") or head.get("to", "")
    return ""

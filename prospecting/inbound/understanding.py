"""One message that came back, understood: a bounce, a complaint, an automatic answer, an absence, or a person."""

from prospecting.inbound.absences import read_automatic
from prospecting.inbound.addresses import message_ids_in
from prospecting.inbound.bounces import read_bounce
from prospecting.inbound.complaints import read_complaint
from prospecting.inbound.mail import Mail, blocks, open_mail
from prospecting.inbound.models import InboundKind
from prospecting.inbound.replies import read_reply
from prospecting.inbound.understood import Understood

RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")


def understand(raw: bytes) -> Understood:
    """What `raw` is and says. Any bytes are answered; nothing raises."""
    mail = open_mail(raw)
    about = Understood(
        kind=InboundKind.OTHER, message_ids=_refers_to(mail), sender=mail.sender, subject=mail.subject[:400]
    )
    return (
        read_complaint(mail, about)
        or read_bounce(mail, about)
        or read_automatic(mail, about)
        or read_reply(mail, about)
    )


def _refers_to(mail: Mail) -> tuple[str, ...]:
    """The messages it answers or brings back, the most trustworthy first."""
    named = [mail.head.get("in-reply-to", ""), *reversed(message_ids_in(mail.head.get("references", "")))]
    for part in mail.of_kind(*RETURNED):
        if head := next(iter(blocks(part.text)), None):
            named.insert(0, head.get("message-id", ""))
    return message_ids_in(" ".join(named))

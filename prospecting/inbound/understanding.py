"""One message that came back, understood: a bounce, a complaint, an automatic answer, an absence, or a person."""

import re
from collections.abc import Iterable

from prospecting.inbound.absences import read_automatic
from prospecting.inbound.addresses import message_ids_in
from prospecting.inbound.bounces import read_bounce
from prospecting.inbound.complaints import read_complaint
from prospecting.inbound.mail import Mail, open_mail
from prospecting.inbound.models import InboundKind
from prospecting.inbound.notifications import read_notification
from prospecting.inbound.replies import objects_in_subject, read_reply
from prospecting.inbound.texts import TOKEN
from prospecting.inbound.understood import Understood

OF_WHAT_CAME_BACK = (
    "message-id",
    "x-google-original-message-id",
    "x-microsoft-original-message-id",
    "original-message-id",
    "x-message-id",
)
"""Headers of a returned message in which providers keep the identifier that we gave it."""


def understand(raw: bytes) -> Understood:
    """What `raw` is and says. Any bytes are answered; nothing raises."""
    mail = open_mail(raw)
    about = Understood(
        kind=InboundKind.OTHER,
        message_ids=_refers_to(mail),
        tokens=_tokens(mail),
        sender=mail.sender,
        subject=mail.subject[:400],
    )
    for read in (read_complaint, read_notification, read_bounce):
        if (understood := read(mail, about)) is not None:
            return understood
    if objects_in_subject(mail):
        return read_reply(mail, about)  # pressed by a person, though some mail programs say that they wrote it
    if (understood := read_automatic(mail, about)) is not None:
        return understood
    return about if _from_a_list(mail) or mail.sender is None else read_reply(mail, about)


def _refers_to(mail: Mail) -> tuple[str, ...]:
    """The messages it brings back or answers, the most trustworthy first."""
    named = [
        *(mail.returned.get(name, "") for name in OF_WHAT_CAME_BACK),
        mail.head.get("in-reply-to", ""),
        *reversed(message_ids_in(mail.head.get("references", ""))),
    ]
    return message_ids_in(" ".join(named))


def _tokens(mail: Mail) -> tuple[str, ...]:
    """What may be tokens of ours: where mail programs and servers put them without anybody's doing."""
    return tuple(dict.fromkeys(token for text in _with_tokens(mail) for token in TOKEN.findall(text)))


def _with_tokens(mail: Mail) -> Iterable[str]:
    yield mail.subject
    for name in ("to", "delivered-to", "x-original-to"):
        yield mail.head.get(name, "")
    yield mail.returned.get("return-path", "")
    yield mail.returned.get("list-unsubscribe", "")


def _from_a_list(mail: Mail) -> bool:
    """Whether it went to many, or comes from where nobody reads: a newsletter, a notice; not an answer to us."""
    head = mail.head
    local = (mail.sender or "").split("@")[0]
    answers = "in-reply-to" in head and "list-id" not in head
    many = (
        head.get("precedence", "").strip().lower() in ("bulk", "list", "junk")
        or "list-id" in head
        or "list-unsubscribe" in head
    )
    nobody = re.match(r"(?:no|do-?not|ne-?pas)[-_.]?(?:reply|respond|repondre)", local) is not None
    return nobody or (many and not answers) or ("feedback-id" in head and not answers)

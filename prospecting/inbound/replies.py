"""What a person wants who writes back. An explicit objection beats everything else in the same reply."""

from dataclasses import replace

from prospecting.inbound.dates import days_in
from prospecting.inbound.mail import Mail
from prospecting.inbound.models import InboundKind
from prospecting.inbound.phrases import fold, said
from prospecting.inbound.texts import own_words, without_signature
from prospecting.inbound.understood import ReplyKind, Understood

IN_ORDER = (
    ReplyKind.RIGHTS,
    ReplyKind.LEFT_COMPANY,
    ReplyKind.NOT_NOW,
    ReplyKind.REFERRAL,
    ReplyKind.QUESTION,
    ReplyKind.INTERESTED,
)


def read_reply(mail: Mail, about: Understood) -> Understood:
    """`about` completed as a person's reply."""
    words = own_words(mail)
    text = fold(without_signature(words))
    kind = kind_of(text)
    found = days_in(text, sent_on=mail.sent_on) if kind is ReplyKind.NOT_NOW and mail.sent_on else []
    return replace(
        about,
        kind=InboundKind.REPLY,
        reply=kind,
        addresses=(mail.sender,) if mail.sender else (),
        until=found[0].day if found else None,
        reason=words[:300] or None,
        words=words,
    )


def kind_of(text: str) -> ReplyKind:
    """What the folded `text` wants."""
    if said(text, "replies", "objection"):
        return ReplyKind.OBJECTION
    if said(text, "replies", "refusal"):
        return ReplyKind.NOT_NOW if said(text, "replies", "tempered") else ReplyKind.OBJECTION
    if said(text, "replies", "interested") and not said(text, "replies", "not_now"):
        return ReplyKind.INTERESTED
    return next((kind for kind in IN_ORDER if said(text, "replies", kind.value)), ReplyKind.UNCLEAR)

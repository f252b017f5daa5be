"""Automatic answers (RFC 3834) and absences, with the last day of the absence."""

import re
from dataclasses import replace
from datetime import date, timedelta

from prospecting.inbound.dates import days_in
from prospecting.inbound.mail import Mail
from prospecting.inbound.models import InboundKind
from prospecting.inbound.phrases import fold, pattern, said
from prospecting.inbound.texts import without_quoted
from prospecting.inbound.understood import Understood


def read_automatic(mail: Mail, about: Understood) -> Understood | None:
    """`about` completed if a machine answered, else None."""
    subject, text = fold(mail.subject), fold(without_quoted(mail.text))
    announced = said(subject, "absence", "subject")
    absent = announced or said(text, "absence", "says")
    automatic = _by_headers(mail) or announced
    if not automatic:
        return None
    kind = InboundKind.ABSENCE if absent else InboundKind.AUTO_REPLY
    addresses = (mail.sender,) if mail.sender else ()
    until = last_day(f"{text}\n{subject}", sent_on=mail.sent_on) if absent and mail.sent_on else None
    return replace(about, kind=kind, addresses=addresses, until=until)


def last_day(text: str, *, sent_on: date, month_first: bool = False) -> date | None:
    """The last day of the absence that the folded `text` tells of."""
    found = days_in(text, sent_on=sent_on, month_first=month_first)
    last: date | None = None
    for each in found:
        before = text[max(0, each.start - 60) : each.start]
        if re.search(rf"(?:{pattern('absence', 'back').pattern})\b[^.;\n]{{0,40}}$", before):
            return each.day - timedelta(days=1)
        last = max(last or each.day, each.day)
    return last


def _by_headers(mail: Mail) -> bool:
    """Whether the headers say that a machine answered (RFC 3834 §5, and what came before it)."""
    head = mail.head
    submitted = head.get("auto-submitted", "no").split(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or head.get("precedence", "").strip().lower() in ("auto_reply", "auto-reply")
        or any(name in head for name in ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-auto-reply-from"))
    )

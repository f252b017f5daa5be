"""Bounces that carry no report: whether a text is one, and whom it is about."""

import re
from collections.abc import Iterable
from email import message_from_string

from flufl.bounce import all_failures

from prospecting.inbound.addresses import addresses_in
from prospecting.inbound.mail import Mail
from prospecting.inbound.phrases import fold, said

SYSTEM = re.compile(
    r"^(?:mailer-?daemon|mail-?daemon|post-?master|mdaemon|maildelivery|mail\.?delivery|mail-?notify|bounces?|"
    r"delivery|ndr|no-?reply-?dsn|microsoftexchange\w*|mailadmin|mail-?admin|administrator|admin|system|daemon)(?:[+._-].*)?$"
)
"""Local parts from which mail systems write."""
_PROVES = re.compile(
    r"\b[45]\d\d[ -](?:[45]\.\d{1,3}\.\d{1,3}\b|.{0,80}(?:user|recipient|mailbox|address|relay|unknown|quota))"
)
_BESIDE = re.compile(r"message-?id|references|envelope-from|sender|reporting|contact|assistance|help|questions?\b")


def is_notice(mail: Mail) -> bool:
    """Whether a mail system says that something was not delivered, whatever the form."""
    if mail.head.get("x-failed-recipients") or mail.report == "delivery-status":
        return True
    subject, text = fold(mail.subject), fold(mail.notice)
    by_subject = said(subject, "bounce", "subject")
    by_text = said(text, "bounce", "says") or _PROVES.search(text) is not None
    return (by_text and (by_subject or from_a_system(mail))) or (by_subject and from_a_system(mail))


def from_a_system(mail: Mail) -> bool:
    """Whether a mail system rather than a person is the sender."""
    name = fold(mail.head.get("from", ""))
    local = (mail.sender or "").split("@")[0]
    empty = mail.head.get("return-path", "").strip() in ("<>", "< >", "<MAILER-DAEMON>")
    return bool(SYSTEM.match(local)) or said(name, "bounce", "from") or empty or "mailer-daemon" in name


def recipients(mail: Mail) -> list[str]:
    """The addresses that were not reached, most trustworthy source first."""
    own = set(_own(mail))
    sources = (
        addresses_in(mail.head.get("x-failed-recipients", "")),
        _named(mail, own),
        _known_dialects(mail),
        _sent_to(mail),
    )
    for source in sources:
        if found := [address for address in source if address not in own]:
            return found
    return [address for address in _sent_to(mail) if address][:1]


def _named(mail: Mail, own: set[str]) -> list[str]:
    """Addresses in the notice that are neither ours nor a mail system's."""
    sent_to = set(_sent_to(mail))
    by_line: list[tuple[int, str]] = []
    previous = ""
    for line in mail.notice.split("\n"):
        folded = fold(line)
        for address in addresses_in(line):
            if address in own or SYSTEM.match(address.split("@")[0]):
                continue
            score = 4 * (address in sent_to) + 2 * bool(
                said(folded, "bounce", "recipient") or said(previous, "bounce", "recipient")
            )
            score += bool(folded.startswith(("<", address))) - 3 * bool(_BESIDE.search(folded))
            by_line.append((score, address))
        previous = folded or previous
    best = max((score for score, _ in by_line), default=0)
    return list(dict.fromkeys(address for score, address in by_line if score == best))


def _known_dialects(mail: Mail) -> list[str]:
    """What flufl.bounce makes of it."""
    rebuilt = message_from_string(
        f"From: {mail.sender or 'mailer-daemon@localhost'}\nSubject: {mail.subject}\n\n{mail.text}"
    )
    try:
        temporary, permanent = all_failures(rebuilt)
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError):
        return []
    return [
        address for raw in sorted({*temporary, *permanent}) for address in addresses_in(raw.decode("utf-8", "replace"))
    ]


def _sent_to(mail: Mail) -> Iterable[str]:
    """To whom the message went that came back."""
    head = mail.returned
    named = (head.get(name, "") for name in ("x-original-to", "x-envelope-to", "to", "cc", "delivered-to"))
    return list(dict.fromkeys(address for each in named for address in addresses_in(each)))


def _own(mail: Mail) -> Iterable[str]:
    """Addresses of whoever sent what came back: ours."""
    for name in ("to", "delivered-to", "from", "reply-to"):
        yield from addresses_in(mail.head.get(name, ""))
    for name in ("from", "sender", "return-path", "reply-to", "x-envelope-from", "errors-to"):
        yield from addresses_in(mail.returned.get(name, ""))

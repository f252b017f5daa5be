"""What a message that came back was understood to be, in plain values."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from prospecting.inbound.models import InboundKind


class ReplyKind(StrEnum):
    """What a person wants who writes back, the most binding first."""

    OBJECTION = "objection"
    RIGHTS = "rights"
    LEFT_COMPANY = "left_company"
    NOT_NOW = "not_now"
    REFERRAL = "referral"
    QUESTION = "question"
    INTERESTED = "interested"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Understood:
    """One message. `addresses` are those it is about: that failed, complained or are away; of a reply, its sender."""

    kind: InboundKind
    reply: ReplyKind | None = None
    addresses: tuple[str, ...] = ()
    status: str | None = None
    """An enhanced status code (RFC 3463), such as 5.1.1."""
    permanent: bool | None = None
    gone: bool = False
    """Of a bounce: the address itself is to blame, so that it is never written to again."""
    reason: str | None = None
    """In the server's or the person's own words, cut."""
    until: date | None = None
    """The day an absence ends, as it was named (the last day away or the day of return), or the day named for later."""
    message_ids: tuple[str, ...] = ()
    """Message-IDs it refers to, with angle brackets, the most trustworthy first."""
    tokens: tuple[str, ...] = ()
    """What may be tokens of ours: in its subject, its recipients, and the headers it brings back."""
    erase: bool = False
    """Of a data request: they want their data erased, which is an objection as well."""
    sender: str | None = None
    subject: str = ""
    words: str = ""
    """What the person wrote, without what they quoted and without their signature."""

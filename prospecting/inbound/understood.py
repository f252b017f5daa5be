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
    reason: str | None = None
    """In the server's or the person's own words, cut."""
    until: date | None = None
    """The last day of an absence, or the day a person named for later."""
    message_ids: tuple[str, ...] = ()
    """Message-IDs it refers to, with angle brackets, the most trustworthy first."""
    sender: str | None = None
    subject: str = ""
    words: str = ""
    """What the person wrote, without what they quoted and without their signature."""

"""The closed list of event kinds, what each weighs by default, and the tracking modes (product.md)."""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What may be known of a person, least first."""

    NONE = "none"
    DECLARED = "declared"
    CONSENTED = "consented"
    FULL = "full"

    @property
    def observes(self) -> bool:
        """Whether visits, reading and downloads may be recorded."""
        return self in (Mode.CONSENTED, Mode.FULL)


class EventKind(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    OBJECTED = "objected"
    CONSENTED = "consented"
    WITHDREW = "withdrew"
    VISITED = "visited"
    READ = "read"
    DOWNLOADED = "downloaded"
    WATCHED = "watched"
    USEFUL = "useful"
    SEND_NEXT = "send_next"
    DIAGNOSTIC_COMPLETED = "diagnostic_completed"
    COMPARISON_ASKED = "comparison_asked"
    REGISTERED = "registered"
    ATTENDED = "attended"
    FORWARDED = "forwarded"
    NOT_FOR_ME = "not_for_me"
    QUESTION = "question"
    REPLY = "reply"
    BOOKED = "booked"
    PROPOSAL_ASKED = "proposal_asked"
    REPLAY_ASKED = "replay_asked"


class Nature(StrEnum):
    RECORD = "record"
    """Weighs nothing."""
    OBSERVED = "observed"
    """Consented and full only."""
    DELIBERATE = "deliberate"
    HAND = "hand"
    """A hand raised; deliberate as well."""


@dataclass(frozen=True)
class Weight:
    """Points of one act, and its nature."""

    points: float
    nature: Nature

    @property
    def deliberate(self) -> bool:
        return self.nature in (Nature.DELIBERATE, Nature.HAND)


WEIGHTS: dict[EventKind, Weight] = {
    EventKind.SENT: Weight(0, Nature.RECORD),
    EventKind.DELIVERED: Weight(0, Nature.RECORD),
    EventKind.BOUNCED: Weight(0, Nature.RECORD),
    EventKind.COMPLAINED: Weight(0, Nature.RECORD),
    EventKind.OBJECTED: Weight(0, Nature.RECORD),
    EventKind.CONSENTED: Weight(0, Nature.RECORD),
    EventKind.WITHDREW: Weight(0, Nature.RECORD),
    EventKind.VISITED: Weight(2, Nature.OBSERVED),
    EventKind.READ: Weight(8, Nature.OBSERVED),  # times the share read
    EventKind.DOWNLOADED: Weight(6, Nature.OBSERVED),
    EventKind.WATCHED: Weight(8, Nature.OBSERVED),  # times the share watched
    EventKind.USEFUL: Weight(20, Nature.DELIBERATE),
    EventKind.SEND_NEXT: Weight(20, Nature.DELIBERATE),
    EventKind.DIAGNOSTIC_COMPLETED: Weight(30, Nature.DELIBERATE),
    EventKind.COMPARISON_ASKED: Weight(10, Nature.DELIBERATE),
    EventKind.REGISTERED: Weight(25, Nature.DELIBERATE),
    EventKind.ATTENDED: Weight(25, Nature.DELIBERATE),
    EventKind.FORWARDED: Weight(15, Nature.DELIBERATE),
    EventKind.NOT_FOR_ME: Weight(0, Nature.DELIBERATE),
    EventKind.QUESTION: Weight(30, Nature.HAND),
    EventKind.REPLY: Weight(30, Nature.HAND),  # of kind question, interested or referral; other replies weigh nothing
    EventKind.BOOKED: Weight(30, Nature.HAND),
    EventKind.PROPOSAL_ASKED: Weight(30, Nature.HAND),
    EventKind.REPLAY_ASKED: Weight(30, Nature.HAND),
}

GESTURES: tuple[EventKind, ...] = (
    EventKind.USEFUL,
    EventKind.SEND_NEXT,
    EventKind.NOT_FOR_ME,
    EventKind.QUESTION,
    EventKind.FORWARDED,
)
"""In the order of their numbers in tokens (the target of a GESTURE token is the index here); append only."""

REPLIES_THAT_RAISE_A_HAND = ("question", "interested", "referral")

"""What simulated people and machines do about a letter, as plain values; and the dice that decide it.

Randomness comes from hash(seed, who, what), never from ids, tokens or the order of arrival, so that the same seed
gives the same people whatever else happens around them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from random import Random


class What(StrEnum):
    """The kinds of act."""

    FETCH = "fetch"
    """A GET or HEAD of one address."""
    READ = "read"
    """Opening the gift and reading a share of it, with a visible page and one's own movement."""
    PRESS = "press"
    REPORT = "report"
    """Answering the diagnostic and asking for one's report."""
    REGISTER = "register"
    REPLY = "reply"
    OBJECT = "object"
    CHOOSE = "choose"
    CONSENT = "consent"


@dataclass(frozen=True, order=True)
class Act:
    """One thing done at an instant. `order` settles what happens first within the same instant."""

    at: datetime
    order: int
    what: What = field(compare=False)
    who: str = field(compare=False)
    """The address of the person it concerns."""
    by: str = field(compare=False, default="person")
    """"person", or the name of a machine's profile."""
    detail: str = field(compare=False, default="")
    """The gesture, the choice, the kind of reply, the method of a fetch."""
    words: str = field(compare=False, default="")
    share: float = field(compare=False, default=0.0)
    agent: str = field(compare=False, default="")
    network: str = field(compare=False, default="")
    about: str = field(compare=False, default="")
    """The letter it is about, by the name it has in every run."""
    link: int = field(compare=False, default=0)
    """Which of the letter's links, counted from 0."""


def dice(seed: int, *about: object) -> Random:
    """A random generator that depends on the seed and on what it is about, and on nothing else."""
    text = "\x1f".join([str(seed), *map(str, about)])
    return Random(int.from_bytes(blake2b(text.encode(), digest_size=16).digest()))

"""A condition on people, as values: what a `where` says, read and checked."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Op(StrEnum):
    """How a field is asked."""

    IS = "is"
    """One of the values."""
    NOT = "not"
    """None of them."""
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    WORDS = "words"
    """Holds one of these as whole words, whatever their case and accents."""
    STARTS = "starts"


class Unknown(StrEnum):
    """What becomes of a person of whom the field is not known."""

    KEEP = "keep"
    DROP = "drop"


Value = str | int | float | timedelta


@dataclass(frozen=True)
class Test:
    """One question to one field. Without `unknown`, an unknown value answers no."""

    field: str
    op: Op
    values: tuple[Value, ...]
    unknown: Unknown | None = None


@dataclass(frozen=True)
class Group:
    """Every one of `all`, at least one of `any` (if there is one), and nothing of `none`."""

    all: tuple["Condition", ...] = ()
    any: tuple["Condition", ...] = ()
    none: tuple["Condition", ...] = ()


Condition = Test | Group

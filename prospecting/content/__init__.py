"""What is given: the library of gifts, their pages, and the messages that carry them."""

from prospecting.content.compiled import CannotFill, CompiledMessage
from prospecting.content.letter import Letter
from prospecting.content.library import (
    GiftFacts,
    approve,
    facts_of,
    gift,
    gifts,
    languages,
    load_gifts,
    retire,
    sendable_condition,
    submit,
)
from prospecting.content.pages import GiftPage, GiftText, catalogue
from prospecting.content.templates import compile_message

__all__ = [
    "CannotFill",
    "CompiledMessage",
    "GiftFacts",
    "GiftPage",
    "GiftText",
    "Letter",
    "approve",
    "catalogue",
    "compile_message",
    "facts_of",
    "gift",
    "gifts",
    "languages",
    "load_gifts",
    "retire",
    "sendable_condition",
    "submit",
]

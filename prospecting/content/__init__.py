"""What is given: the library of gifts, their pages, and the messages that carry them."""

from prospecting.content.compiled import CannotFill, CompiledMessage
from prospecting.content.letter import Letter
from prospecting.content.templates import compile_message

__all__ = ["CannotFill", "CompiledMessage", "Letter", "compile_message"]

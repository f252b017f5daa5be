"""How a delivery failed: for good or for now, and whether the address itself is to blame (RFC 3463)."""

import re
from dataclasses import dataclass

from prospecting.inbound.phrases import fold, said

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.:/-])([45])[0-5]\d(?![\d:/]|\.\d)")
GENERIC = re.compile(r"[245]\.0\.0")
VAGUE = re.compile(r"[245]\.\d{1,2}\.0")
"""Codes that leave the detail open ("other")."""
NOT_THE_ADDRESS = re.compile(r"5\.(?:1\.[78]|2\.[23]|3\.\d+|4\.(?!1$|4$)\d+|5\.\d+|6\.\d+|7\.\d+)")
"""Codes about the sender, the size, the way, the protocol, the content or a policy."""


@dataclass(frozen=True)
class Failure:
    """One delivery that failed. `permanent` as the server meant it; a full mailbox is for now, whatever it says."""

    addresses: tuple[str, ...] = ()
    status: str | None = None
    permanent: bool = True
    gone: bool = False
    """The address itself is to blame: nobody can be written to there any more."""
    reason: str = ""


def judged(diagnostic: str, status: str, action: str, *, subject: str = "", notice: str = "") -> Failure:
    """What a server's words, its status field and the report's action amount to, each as far as it is there.

    `notice` is what stands around them for people; it decides where the words themselves say nothing.
    """
    code = _code(status, diagnostic)
    words = fold(f"{subject}\n{diagnostic}")
    if not _telling(words) and not code:
        words = fold(f"{words}\n{notice}")
    permanent = _permanent(code, words, action, _reply(diagnostic))
    return Failure(
        status=code,
        permanent=permanent,
        gone=permanent and _gone(code, words),
        reason=" ".join((diagnostic or notice).split()),
    )


def _code(status: str, diagnostic: str) -> str | None:
    """The more telling of the two: many reports say 5.3.0 above a diagnostic that says 5.1.1."""
    codes = [match[0] for text in (status, diagnostic) for match in [_ENHANCED.search(text)] if match]
    return next((code for code in codes if not VAGUE.fullmatch(code)), codes[0] if codes else None)


def _reply(diagnostic: str) -> str | None:
    """The first digit of the SMTP reply in a diagnostic."""
    found = _REPLY.search(diagnostic)
    return found[1] if found else None


def _permanent(code: str | None, words: str, action: str, reply: str | None) -> bool:
    if action == "delayed" or said(words, "bounce", "delayed"):
        return False
    if (code and code[1:] == ".2.2") or said(words, "bounce", "full"):
        return False
    digit = code[0] if code and not GENERIC.fullmatch(code) else reply or (code[0] if code else None)
    if digit:
        return digit == "5"
    return said(words, "bounce", "unknown") or not said(words, "bounce", "temporary")


def _gone(code: str | None, words: str) -> bool:
    if said(words, "bounce", "unknown"):
        return True
    if said(words, "bounce", "policy"):
        return False
    return not (code and NOT_THE_ADDRESS.fullmatch(code))


def _telling(words: str) -> bool:
    return any(said(words, "bounce", about) for about in ("unknown", "full", "policy", "temporary", "delayed"))

"""What a person wrote themselves: without what they quoted, without signature and legal footer.

Our own quoted letter says how to stop; whoever judged it would take every answer for an objection.
"""

import re

from prospecting.inbound.html import text_of_html
from prospecting.inbound.mail import Mail
from prospecting.inbound.phrases import fold, pattern

TOKEN = re.compile(r"(?<![\w-])[\w-]{27}(?:[\w-]{5})?(?![\w-])", re.ASCII)
"""What may be a token of ours: a touch's has 27 characters, an objection's 32."""
_ANSWERED = re.compile(r"(?:re|tr|fwd?|aw|sv|rv|antw|ref)(?:\[\d+\])? ?:")
MAX_LINES = 2_000
ATTRIBUTION_LINES = 3
"""An attribution ("On … wrote:") may be wrapped over so many lines."""


def own_subject(mail: Mail) -> str:
    """The folded subject, if it is not ours answered; without the tokens that our own "unsubscribe" puts there."""
    bare = fold(TOKEN.sub(" ", mail.subject))
    return "" if _ANSWERED.match(bare) else bare.strip()


def own_words(mail: Mail) -> str:
    """What the sender of `mail` wrote, as text."""
    plain = any(part.kind == "text/plain" and part.text.strip() and not part.inside for part in mail.parts)
    shown = mail.text if plain or not mail.html else text_of_html(mail.html, without_quoted=True)
    return without_quoted(shown)


def without_quoted(text: str) -> str:
    """`text` without quoted lines, quoted messages, signature and footer."""
    kept: list[str] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:MAX_LINES]
    folded = [fold(line) for line in lines]
    number = 0
    while number < len(lines):
        if _ends_here(folded, number):
            break
        if length := _attribution(folded, number):
            following = next((line for line in folded[number + length :] if line), "")
            if not following.startswith(">"):
                break
            number += length
            continue
        if not lines[number].lstrip().startswith((">", "|>")):
            kept.append(lines[number].rstrip())
        number += 1
    return "\n".join(kept).strip()


def _ends_here(folded: list[str], number: int) -> bool:
    """Whether everything from this line on is quoted, or a signature, or a footer."""
    line = folded[number]
    if line in ("--", "---", "__") or (re.fullmatch(r"[_=*-]{10,}", line) and _head_block(folded, number + 1)):
        return True
    return bool(pattern("quotes", "starts").match(line)) or _head_block(folded, number)


def _attribution(folded: list[str], number: int) -> int:
    """How many lines an attribution takes that begins here; 0 if none does."""
    if not pattern("quotes", "attribution_begins").match(folded[number]):
        return 0
    for length in range(1, ATTRIBUTION_LINES + 1):
        if pattern("quotes", "attribution").fullmatch(" ".join(folded[number : number + length])):
            return length
    return 0


def _head_block(folded: list[str], number: int) -> bool:
    """The headers of a quoted message, as Outlook writes them: "From: … Sent: … To: …", bold or not."""
    if number >= len(folded) or not pattern("quotes", "from").match(folded[number].lstrip("*> ")):
        return False
    following = [line.lstrip("*> ") for line in folded[number + 1 : number + 8]]
    return sum(bool(pattern("quotes", "other_header").match(line)) for line in following) >= 1


def without_signature(words: str) -> str:
    """`words` up to the line with which the letter closes ("Best regards,"); postscripts stay."""
    lines = words.split("\n")
    for number, line in enumerate(lines):
        if number and pattern("closing").fullmatch(fold(line).strip(" ,.!-")):
            rest = [each for each in lines[number + 1 :] if re.match(r"p\.? ?s\b", fold(each))]
            return "\n".join([*lines[:number], *rest])
    return words

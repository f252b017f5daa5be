"""What a person wants who writes back. An explicit objection beats everything else in the same reply."""

import re
from dataclasses import replace
from datetime import date

from prospecting.inbound.absences import month_first
from prospecting.inbound.later import later_day
from prospecting.inbound.mail import Mail
from prospecting.inbound.models import InboundKind
from prospecting.inbound.phrases import fold, pattern, said
from prospecting.inbound.texts import own_subject, own_words, without_signature
from prospecting.inbound.understood import ReplyKind, Understood

REASON = 300
READ = 8_000
"""Characters of a reply that are judged: nobody hides a wish behind them."""
_SENTENCE_ENDS = re.compile(r"(?<=[.!?;])\s+")


def read_reply(mail: Mail, about: Understood) -> Understood:
    """`about` completed as a person's reply."""
    words = own_words(mail)
    text = readable(without_signature(words))
    kind = kind_of(text)
    if kind is not ReplyKind.OBJECTION and _objects_elsewhere(mail, words):
        kind = ReplyKind.OBJECTION
    return replace(
        about,
        kind=InboundKind.REPLY,
        reply=kind,
        addresses=(mail.sender,) if mail.sender else (),
        until=_until(text, mail) if kind is ReplyKind.NOT_NOW else None,
        erase=kind is ReplyKind.RIGHTS and said(text, "replies", "erasure"),
        reason=" ".join(words.split())[:REASON] or None,
        words=words,
    )


def kind_of(text: str) -> ReplyKind:
    """What `text`, made `readable`, wants. The order is that of what binds us most."""
    if said(text, "replies", "rights") and not said(text, "replies", "objection"):
        return ReplyKind.RIGHTS
    if said(text, "replies", "objection") or _complains_of_law(text):
        return ReplyKind.OBJECTION
    if said(text, "replies", "left_company"):
        return ReplyKind.LEFT_COMPANY
    if said(text, "replies", "refusal"):
        return (
            ReplyKind.NOT_NOW
            if said(text, "replies", "tempered") or said(text, "replies", "not_now")
            else _refused(text)
        )
    if said(text, "replies", "not_now"):
        return ReplyKind.NOT_NOW
    if said(text, "replies", "referral"):
        return ReplyKind.REFERRAL
    if said(text, "replies", "eager"):
        return ReplyKind.INTERESTED
    if said(_without_requests(text), "replies", "question"):
        return ReplyKind.QUESTION
    if said(text, "replies", "interested"):
        return ReplyKind.INTERESTED
    return ReplyKind.OBJECTION if _sounds_like_no(text) else ReplyKind.UNCLEAR


def readable(words: str) -> str:
    """`words` as the patterns look at them: folded; all on one line first, then a line for each sentence and each line,
    so that a pattern may span a wrapped line and yet be held to a whole sentence. Greetings are left out, and
    sentences that say how *others* may unsubscribe."""
    lines = [line for line in (_bare(line) for line in fold(words[:READ]).split("\n")) if line]
    flat = " ".join(lines)
    sentences = [_bare(sentence) for sentence in _SENTENCE_ENDS.split(flat)]
    kept = [sentence for sentence in sentences if sentence and not said(sentence, "replies", "boilerplate")]
    short = [line for line in lines if not said(line, "replies", "boilerplate")]
    return "\n".join([" ".join(kept), *kept, *short])


def _bare(sentence: str) -> str:
    """Without the greeting before it."""
    return pattern("greeting").sub("", sentence.strip(), count=1).strip(" ,")


def _refused(text: str) -> ReplyKind:
    """A no that names somebody else sends us on; any other is an objection."""
    return ReplyKind.REFERRAL if said(text, "replies", "instead") else ReplyKind.OBJECTION


def _sounds_like_no(text: str) -> bool:
    """A sentence with a no and a word of mail in it. Whom we misheard we lose; whom we overheard we harm."""
    return any(
        said(sentence, "replies", "negation")
        and said(sentence, "replies", "contact")
        and not said(sentence, "replies", "harmless")
        for sentence in text.split("\n")[1:]
    )


def _complains_of_law(text: str) -> bool:
    """Who names the law without asking for data wants to be left alone, unless they ask whether we keep to it."""
    return said(text, "replies", "law") and not said(text, "replies", "law_question")


def _without_requests(text: str) -> str:
    """`text` without questions that are requests: "could you send me…?"."""
    return "\n".join(line for line in text.split("\n")[1:] if not said(line, "replies", "request"))


def objects_in_subject(mail: Mail) -> bool:
    """An objection in the subject: that is how mail programs unsubscribe."""
    subject = own_subject(mail)
    by_machine = said(subject, "automatic", "subject") or said(subject, "absence", "subject")
    return not by_machine and said(readable(subject), "replies", "objection")


def _objects_elsewhere(mail: Mail, words: str) -> bool:
    """An objection in the subject, or after the closing line."""
    after = words[len(without_signature(words)) :]
    return objects_in_subject(mail) or said(readable(after), "replies", "objection")


def _until(text: str, mail: Mail) -> date | None:
    if mail.sent_on is None:
        return None
    return later_day(text.split("\n")[0], sent_on=mail.sent_on, month_first=month_first(mail))

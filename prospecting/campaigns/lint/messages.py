"""LW001, LW002, MS001 to MS003: each message compiles, can be filled for everybody, and says who writes and why."""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from prospecting.campaigns.lint.case import Case, Message, Words, in_head
from prospecting.content import CompiledMessage, compile_message
from prospecting.content.allowed import ROOTS
from prospecting.findings import Finding, Refused

SUBJECT = 50
"""Characters of a subject that the narrowest phones in use still show on two lines."""
FILLED = re.compile(r"\{\{.*?\}\}", re.S)
TITLE = re.compile(r"\{\{\s*gift\s*\.\s*title\b.*?\}\}", re.S)
ORDINARY = "x" * 10
"""A first name or a place, for counting a subject's length."""
OWN = "prospect.fields."
PERSONAL = tuple(f"prospect.{name}" for name in sorted(ROOTS["prospect"]))


def messages(case: Case) -> Iterator[Finding]:
    """Everything about the letters' form."""
    yield from _lawful(case)
    yield from _senders(case)
    for message in case.messages:
        try:
            compiled = compile_message(
                message.text, file=message.path, language=message.language, subject=_subject(case, message)
            )
        except Refused as refused:
            yield from refused.findings
            continue
        yield from _lacking(case, compiled)
    yield from _subjects(case)


def _subject(case: Case, message: Message) -> str | None:
    """A variant's subject where the message has none of its own."""
    if message.step is None or (message.document and message.document.data.get("subject")):
        return None
    return next((variant.subject for variant in case.definition.gifts[message.step].variants if variant.subject), None)


def _lawful(case: Case) -> Iterator[Finding]:
    if not case.definition.lawful.why_them.strip():
        yield case.at(
            "LW001",
            ("lawful", "why_them"),
            "The campaign does not say why it writes to these people.",
            'Add lawful: {why_them: "…"}: one sentence, printed in the first message.',
        )


def _senders(case: Case) -> Iterator[Finding]:
    languages = case.audience.languages if case.audience and case.audience.size else {case.language: 1}
    for number, slug in enumerate(case.definition.senders):
        box = case.mailboxes.get(slug)
        if box is None:
            continue
        silent = [
            what
            for what, said in (
                ("for whom", box.organisation),
                ("the postal address", box.postal_address),
                ("who writes", box.name),
            )
            if not said.strip()
        ]
        if not any(sentence.strip() for sentence in box.sells.values()):
            silent.append("what they sell")
        if silent:
            yield case.at(
                "LW002",
                ("senders", number),
                f"Messages from `{slug}` do not say {', '.join(silent)}.",
                "Complete it in mailboxes.yaml.",
            )
        elif unsaid := sorted(
            language for language in languages if not box.sells.get(language, "").strip() and language in ("fr", "en")
        ):
            yield case.at(
                "LW002",
                ("senders", number),
                f"`{slug}` does not say in {', '.join(unsaid)} what they sell.",
                f"Add sells: {{{unsaid[0]}: …}} in mailboxes.yaml.",
                severity="warning",
            )


def _lacking(case: Case, compiled: CompiledMessage) -> Iterator[Finding]:
    """MS001: a value that somebody of the audience does not have, and the letter cannot be written without."""
    if case.audience is None or not case.audience.size:
        return
    told: set[str] = set()
    for use in compiled.uses:
        if not use.needed or use.path in told or not use.path.startswith(("prospect.", "organisation.")):
            continue
        told.add(use.path)
        if use.path.startswith(OWN) and use.path not in case.audience.missing:
            message, mend = f"Nobody has `{use.path}`.", _meant(use.path, case.audience.missing)
        elif count := case.audience.missing.get(use.path, 0):
            message = f"{count} of {case.audience.size} people have no {use.path}: their letter could not be written."
            mend = 'Give it a default, like | default("…"), or put it into {% if %}.'
        else:
            continue
        yield Finding("MS001", compiled.file, message, mend, use.line, use.column)


def _meant(path: str, known: Iterable[str]) -> str:
    names = {name.removeprefix(OWN).removeprefix("prospect."): name for name in (*PERSONAL, *known)}
    near = get_close_matches(path.removeprefix(OWN), names, n=1)
    return f"Did you mean `{names[near[0]]}`?" if near else "Import that column, or give it a default."


def _subjects(case: Case) -> Iterator[Finding]:
    for message in case.messages:
        titles = _titles(case, message)
        for words in message.words:
            if words.part == "subject":
                yield from _long(words, titles)
    for number, step in enumerate(case.definition.gifts):
        titles = [gift.title for slug in step.gifts for gift in case.gifts.get(slug, ())]
        for place, variant in enumerate(step.variants):
            written = in_head(case.document, "gifts", number, "variants", place, "subject")
            if variant.subject and written:
                yield from _long(written, titles)


def _titles(case: Case, message: Message) -> list[str]:
    if message.step is None:
        return []
    return [
        gift.title
        for slug in case.definition.gifts[message.step].gifts
        for gift in case.gifts.get(slug, ())
        if gift.language.split("-")[0] == message.language
    ]


def _long(words: Words, titles: list[str]) -> Iterator[Finding]:
    title = max(titles, key=len, default=ORDINARY)
    filled = FILLED.sub(ORDINARY, TITLE.sub(lambda _: title, words.text))
    if len(filled) > SUBJECT:
        yield words.finding(
            "MS003",
            0,
            f"This subject has {len(filled)} characters; phones show about {SUBJECT}.",
            "Say the same in fewer words.",
            severity="warning",
        )

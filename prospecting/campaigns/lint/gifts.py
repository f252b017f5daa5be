"""GF003 to GF008 and GF011: what is given, in which order, in which language, and whether it may leave."""

import re
from collections.abc import Iterator

from prospecting.campaigns.lint.case import Case, Message
from prospecting.content import GiftFacts
from prospecting.content.files import read_gift
from prospecting.findings import Finding, Refused

REASONS = {
    "retired": ("has been retired", "Give another one, or bring it back into the library."),
    "not_approved": ("is not approved yet", "Have somebody read it and approve this version."),
    "stale": ("is past its freshness date", "Revise it and set a new fresh_until, or give another one."),
    "dead": ("leads to a page that is gone", "Mend its address, or give another one."),
    "gated": ("has gone behind a form", "Give another one, or ask for the page to be open."),
}
LONG = re.compile(r"\w{5,}")
STEM = 5


def gifts(case: Case) -> Iterator[Finding]:
    """Everything about what is given."""
    yield from _files(case)
    yield from _first(case)
    yield from _sendable(case)
    yield from _languages(case)
    yield from _invitation(case)
    yield from _gains(case)


def _files(case: Case) -> Iterator[Finding]:
    """What the gifts' own files say wrongly: GF007, GF011, and their form."""
    for slug in sorted({slug for _, _, slug, _ in case.given()}):
        for path in sorted((case.folder / "gifts").glob(f"{slug}.*.md")):
            try:
                read_gift(path)
            except Refused as refused:
                yield from refused.findings


def _first(case: Case) -> Iterator[Finding]:
    for number, _, slug, path in case.given():
        if number == 0 and any(gift.gated for gift in case.gifts.get(slug, ())):
            yield case.at(
                "GF003",
                path,
                f"The first gift, `{slug}`, is behind a form: that is a trade, not a gift.",
                "Begin with an open one, and give this one later.",
            )


def _sendable(case: Case) -> Iterator[Finding]:
    today = max(case.now.date(), case.definition.starts or case.now.date())
    for _, _, slug, path in case.given():
        reasons = [gift.why_not(today) for gift in case.gifts.get(slug, ())]
        if not reasons or None in reasons:
            continue
        what, mend = REASONS.get(str(reasons[0]), (f"cannot leave: {reasons[0]}", "Look at it in the library."))
        yield case.at("GF006", path, f"The gift `{slug}` {what}, so nobody would receive it.", mend)


def _languages(case: Case) -> Iterator[Finding]:
    if case.audience is None:
        return
    for _, _, slug, path in case.given():
        spoken = {gift.language.split("-")[0] for gift in case.gifts.get(slug, ())}
        for language, count in sorted(case.audience.languages.items()):
            if not spoken or language in spoken:
                continue
            most = count * 2 > case.audience.size
            yield case.at(
                "GF008",
                path,
                f"{count} of {case.audience.size} people read {language}, and `{slug}` is there in {', '.join(sorted(spoken))} only.",
                f"Translate it as gifts/{slug}.{language}.md, or leave these people out.",
                severity="error" if most else "warning",
            )


def _invitation(case: Case) -> Iterator[Finding]:
    invitation, steps = case.definition.invitation, case.definition.gifts
    if invitation is None:
        return
    if invitation.after_gifts < 2:
        yield case.at(
            "GF004",
            ("invitation", "after_gifts"),
            f"It would invite after {invitation.after_gifts} gift{'s' * (invitation.after_gifts != 1)}: that is asking before giving.",
            "Write 2 or more.",
        )
    elif len(steps) < invitation.after_gifts:
        yield case.at(
            "GF012",
            ("gifts",),
            f"It gives {len(steps)} and invites after {invitation.after_gifts}, so nobody could be invited.",
            "Add gifts.",
            key=True,
            severity="warning",
        )
    if not set(invitation.choices) - {"meeting"}:
        yield case.at(
            "GF005",
            ("invitation", "choices"),
            "The invitation leaves no way without a meeting.",
            "Add question, proposal or replay.",
        )


def _gains(case: Case) -> Iterator[Finding]:
    """GF007: a message that neither prints the promise nor says it in its own words."""
    for message in case.messages:
        if message.step is None or message.document is None:
            continue
        given = [gift for slug in case.definition.gifts[message.step].gifts for gift in case.gifts.get(slug, ())]
        if not given or re.search(r"gift\s*\.\s*promise", message.text):
            continue
        silent = [
            gift for gift in given if gift.language.split("-")[0] == message.language and not _says(message, gift)
        ]
        if silent:
            yield message.words[-1].finding(
                "GF007",
                0,
                "This message does not say what the reader gains.",
                f"Print {{{{ gift.promise }}}}, or say it in your words: {silent[0].promise}",
                severity="warning",
            )


def _says(message: Message, gift: GiftFacts) -> bool:
    """Whether enough of the promise's (or title's) own words stand in the message."""
    said = {word[:STEM] for word in LONG.findall(message.text.lower())}
    promised = {word[:STEM] for word in LONG.findall(f"{gift.promise} {gift.title}".lower())}
    return len(said & promised) >= min(2, len(promised))

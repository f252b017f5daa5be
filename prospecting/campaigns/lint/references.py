"""CF003: what the file names must be there: people, mailboxes, gifts, messages, quiet spans, countries."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from prospecting.campaigns.closed import countries, quiet_spans
from prospecting.campaigns.lint.case import Case
from prospecting.documents import Path_
from prospecting.findings import Finding


def references(case: Case) -> Iterator[Finding]:
    """A finding for every name that leads nowhere."""
    definition = case.definition
    if definition.owner not in case.users:
        yield _nothing(case, ("owner",), "user", definition.owner, case.users, "Add them to team.yaml.")
    for number, sender in enumerate(definition.senders):
        if sender not in case.mailboxes:
            yield _nothing(case, ("senders", number), "mailbox", sender, case.mailboxes, "Add it to mailboxes.yaml.")
    for _, _, slug, path in case.given():
        if slug not in case.gifts and not list((case.folder / "gifts").glob(f"{slug}.*.md")):
            yield _nothing(case, path, "gift", slug, case.slugs, f"Write it as gifts/{slug}.{case.language}.md.")
    yield from _calendar(case)
    yield from _messages(case)


def _calendar(case: Case) -> Iterator[Finding]:
    for number, span in enumerate(case.definition.calendar.quiet):
        if span.name and span.name not in quiet_spans():
            path = ("calendar", "quiet", number)
            yield _nothing(
                case, path, "quiet span", span.name, quiet_spans(), "Or write its dates: 2026-12-24/2027-01-02."
            )
    for number, country in enumerate(case.definition.calendar.holidays):
        if country != "prospect" and country not in countries():
            listed: Path_ = (
                ("calendar", "holidays", number) if isinstance(_holidays(case), list) else ("calendar", "holidays")
            )
            yield case.at(
                "CF003",
                listed,
                f"We know no public holidays of {country}.",
                "Write a country's two capital letters, like DE.",
            )


def _holidays(case: Case) -> object:
    calendar = case.document.data.get("calendar")
    return calendar.get("holidays") if isinstance(calendar, dict) else None


def _messages(case: Case) -> Iterator[Finding]:
    for path, place in _paths(case):
        if path in case.files:
            continue
        if (case.folder / path).is_file():
            yield case.at("CF002", place, f"{path} is not UTF-8.", "Save it as UTF-8.")
        else:
            found = sorted(
                file.relative_to(case.folder).as_posix() for file in (case.folder / path).parent.glob("*.md")
            )
            yield _nothing(
                case, place, "message", path, found, "Write it, or correct the path; it starts at the workspace."
            )


def _paths(case: Case) -> Iterator[tuple[str, Path_]]:
    for number, step in enumerate(case.definition.gifts):
        yield step.message, ("gifts", number, "message")
        for place, variant in enumerate(step.variants):
            if variant.message:
                yield variant.message, ("gifts", number, "variants", place, "message")
    if case.definition.invitation:
        yield case.definition.invitation.message, ("invitation", "message")


def _nothing(case: Case, path: Path_, what: str, name: str, known: Iterable[str], mend: str) -> Finding:
    near = get_close_matches(name, list(known), n=1)
    return case.at("CF003", path, f"There is no {what} `{name}`.", f"Did you mean `{near[0]}`?" if near else mend)

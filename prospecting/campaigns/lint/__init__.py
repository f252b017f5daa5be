"""The linter: a campaign and all its words are checked like code. One file a family of rules.

Every finding has a code with a page in docs/lint. Errors stop a launch; warnings don't.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting import content
from prospecting.campaigns.definition import load
from prospecting.campaigns.lint.asking import asking
from prospecting.campaigns.lint.audience import audience as how_many
from prospecting.campaigns.lint.case import Case, library, texts
from prospecting.campaigns.lint.gifts import gifts
from prospecting.campaigns.lint.messages import messages
from prospecting.campaigns.lint.pace import pace
from prospecting.campaigns.lint.references import references
from prospecting.campaigns.lint.warmth import warmth
from prospecting.campaigns.lint.who import audience
from prospecting.findings import Finding
from prospecting.senders.models import Mailbox, User
from prospecting.settings import Settings

FAMILIES: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    references,
    gifts,
    asking,
    messages,
    pace,
    how_many,
    warmth,
)


def lint(session: Session, folder: Path, file: Path, *, now: datetime, settings: Settings) -> list[Finding]:
    """Every finding of the campaign in `file` of the workspace `folder`, whose material is in the database already.

    Findings come in the order of the files, the campaign's first. An empty list: it may be launched.
    """
    folder, file = folder.resolve(), file.resolve()
    loaded = load(file, name=_name(folder, file))
    if loaded.draft is None:
        return loaded.findings
    definition = loaded.draft
    zone = session.scalar(select(User.zone).where(User.handle == definition.owner)) or settings.timezone
    people, unread = audience(session, definition, loaded.document, now=now, default_zone=zone)
    facts = content.gifts(session)
    case = Case(
        definition=definition,
        document=loaded.document,
        folder=folder,
        now=now,
        settings=settings,
        users={user.handle: user for user in session.scalars(select(User).where(User.active))},
        mailboxes={mailbox.slug: mailbox for mailbox in session.scalars(select(Mailbox))},
        gifts=library(definition, facts),
        slugs=sorted({fact.slug for fact in facts}),
        audience=people,
        files=texts(folder, definition),
    )
    return ordered(
        [*loaded.findings, *unread, *(finding for family in FAMILIES for finding in family(case))],
        first=case.document.file,
    )


def ordered(findings: list[Finding], *, first: str) -> list[Finding]:
    """Each finding once, by file (`first` before the others), line and column."""
    known = {(one.code, one.file, one.line, one.column): one for one in reversed(findings)}
    for code, *place in list(known):
        if code == "GF001":  # a tel: link is no address that leads anywhere either; once is enough
            known.pop(("MS002", *place), None)  # type: ignore[arg-type]
    return sorted(known.values(), key=lambda one: (one.file != first, one.file, one.line, one.column, one.code))


def _name(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.name

"""A workspace's files brought into a database: the real one, or one in memory for linting and planning."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from prospecting.content.library import load_gifts
from prospecting.db import Database, migrate
from prospecting.diagnostics.shelf import load_definitions
from prospecting.documents import Document, read_yaml
from prospecting.findings import Finding, Refused
from prospecting.prospects.importing import import_csv
from prospecting.prospects.segments import load_segments
from prospecting.senders.mailboxes import load_mailboxes
from prospecting.senders.team import load_team
from prospecting.settings import Settings
from prospecting.tokens import Signer

Loader = Callable[[Session, Document], list[Finding]]


def open_workspace(session: Session, folder: Path, *, now: datetime, signer: Signer) -> list[Finding]:
    """Bring team.yaml, mailboxes.yaml, diagnostics/, gifts/ and segments.yaml in; what is wrong is returned.

    What exists is updated, what is gone from the files stays. People come in by an import, with their source.
    """
    del signer  # part of the doors' common form
    findings: list[Finding] = []
    findings += _loaded(session, folder / "team.yaml", lambda *given: load_team(*given, now=now))
    findings += _loaded(session, folder / "mailboxes.yaml", lambda *given: load_mailboxes(*given, now=now))
    findings += load_definitions(session, folder / "diagnostics")
    findings += load_gifts(session, folder / "gifts", now=now)
    findings += _loaded(session, folder / "segments.yaml", lambda *given: load_segments(*given, now=now), needed=False)
    session.flush()
    return findings


def _loaded(session: Session, file: Path, loader: Loader, *, needed: bool = True) -> list[Finding]:
    if not needed and not file.exists():
        return []
    try:
        return loader(session, read_yaml(file, name=file.name))
    except Refused as refused:
        return refused.findings


@dataclass(frozen=True)
class InMemory:
    """A workspace's own files in a database that is gone afterwards, and what is wrong with them."""

    database: Database
    findings: list[Finding]
    people: int


@contextmanager
def in_memory(folder: Path, settings: Settings, *, now: datetime) -> Iterator[InMemory]:
    """The workspace as its files say, without touching the installation's database, keys or anything else of it.

    The people of prospects/*.csv have the file's name as their source in here.
    """
    del settings  # nothing of the installation is used
    signer = Signer({0: bytes(32)})
    with TemporaryDirectory(prefix="prospecting-") as place:
        database = Database(f"sqlite:///{place}/workspace.db")
        try:
            migrate(database)
            findings, people = _people(database, folder, now=now, signer=signer)
            with database.writing() as session:
                findings += open_workspace(session, folder, now=now, signer=signer)
            yield InMemory(database, findings, people)
        finally:
            database.close()


def _people(database: Database, folder: Path, *, now: datetime, signer: Signer) -> tuple[list[Finding], int]:
    findings: list[Finding] = []
    people = 0
    for file in sorted((folder / "prospects").glob("*.csv")):
        try:
            name = f"{file.parent.name}/{file.name}"
            report = import_csv(database, file, source=file.name, now=now, signer=signer, name=name)
        except Refused as refused:
            findings += refused.findings
            continue
        # The good rows are in: a bad one is worth a word, and stops nothing.
        findings += [replace(finding, severity="warning") for finding in report.refused]
        people += report.added
    return findings, people

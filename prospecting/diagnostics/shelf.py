"""Which diagnostics there are: brought in from files, kept in the database, handed to whoever serves them."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.db import upsert
from prospecting.diagnostics.definition import Diagnostic, load_definition
from prospecting.diagnostics.models import DiagnosticVersion
from prospecting.findings import Finding, Refused


def load_definitions(session: Session, folder: Path) -> list[Finding]:
    """Bring the diagnostics in `folder` in; the well-said ones are written, what is wrong with the others is returned.

    The languages of one diagnostic ask the same questions for the same points, so that all answers can be compared.
    """
    findings: list[Finding] = []
    first: dict[str, Diagnostic] = {}
    rows = []
    for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else []:
        try:
            read = load_definition(path)
        except Refused as refused:
            findings += refused.findings
            continue
        if _shape(read) != _shape(first.setdefault(read.slug, read)):
            finding = Finding(
                "CF004",
                f"{folder.name}/{path.name}",
                "Its questions or points differ from the other language's.",
                "Keep ids, order and points the same.",
                1,
                1,
            )
            findings.append(finding)
            continue
        rows.append({"slug": read.slug, "language": read.language, "definition": read.as_dict()})
    if rows:
        statement = upsert(session, DiagnosticVersion, key=["slug", "language"], update=["definition"])
        session.execute(statement, rows)
    return findings


def definitions(session: Session) -> list[Diagnostic]:
    """Every diagnostic in each of its languages, for a web process to keep in memory."""
    rows = session.scalars(
        select(DiagnosticVersion.definition).order_by(DiagnosticVersion.slug, DiagnosticVersion.language)
    )
    return [Diagnostic.from_dict(row) for row in rows]


def definition(session: Session, slug: str, language: str) -> Diagnostic | None:
    """The diagnostic in `language`, else in English, else in any; None if there is no such one."""
    of_slug = {each.language: each for each in definitions(session) if each.slug == slug}
    return (
        of_slug.get(language)
        or of_slug.get(language.split("-")[0])
        or of_slug.get("en")
        or next(iter(of_slug.values()), None)
    )


def _shape(diagnostic: Diagnostic) -> object:
    questions = [
        (question.id, [dict(option.points) for option in question.options]) for question in diagnostic.questions
    ]
    return list(diagnostic.dimensions), questions

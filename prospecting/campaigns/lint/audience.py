"""AU001, AU003 (AU002 comes from reading the condition): somebody, and not everybody."""

from collections.abc import Iterator

from prospecting.campaigns.audience import WHERE
from prospecting.campaigns.lint.case import Case
from prospecting.findings import Finding

FEW = 20
"""In a database so small, everybody may well be meant."""


def audience(case: Case) -> Iterator[Finding]:
    """How many the condition means."""
    found = case.audience
    if found is None:
        return
    if not found.size:
        why = (
            "Nobody in the database fits this condition." if found.everybody else "The database holds no prospects yet."
        )
        mend = (
            "Widen it, or import the people it is meant for."
            if found.everybody
            else "Import them first: prospecting import FILE.csv --source …"
        )
        yield case.at("AU001", WHERE, why, mend)
    elif found.size == found.everybody > FEW:
        yield case.at(
            "AU003",
            WHERE,
            f"This means everybody in the database, all {found.size} of them.",
            "Choose those for whom these gifts were made.",
            severity="warning",
        )

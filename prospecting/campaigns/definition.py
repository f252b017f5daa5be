"""A campaign file in: a typed definition, or findings with the line and column of the offending words."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from prospecting.campaigns.form import (
    BARS,
    Audience,
    BestOf,
    CalendarRules,
    CampaignDefinition,
    Invitation,
    Lawful,
    Pace,
    Step,
    Variant,
    Warm,
)
from prospecting.campaigns.mending import examined
from prospecting.documents import Document, read_yaml
from prospecting.findings import Finding, Refused

__all__ = [
    "BARS",
    "Audience",
    "BestOf",
    "CalendarRules",
    "CampaignDefinition",
    "Invitation",
    "Lawful",
    "Loaded",
    "Pace",
    "Step",
    "Variant",
    "Warm",
    "json_schema",
    "load",
    "read",
]


@dataclass(frozen=True)
class Loaded:
    """What a campaign file came to: a definition if it has no finding, and always where its words stand."""

    definition: CampaignDefinition | None
    findings: list[Finding]
    document: Document = field(repr=False)
    draft: CampaignDefinition | None = None
    """The definition, or what it would be with the mistakes taken out, so that everything else can be checked too."""


def load(path: Path, *, name: str | None = None) -> Loaded:
    """The campaign file at `path`, called `name` in findings. Never raises for what a file may hold."""
    called = name or path.name
    try:
        document = read_yaml(path, name=called)
    except Refused as refused:
        return Loaded(None, refused.findings, Document(called, None))
    return read(document)


def read(document: Document) -> Loaded:
    """The campaign in a parsed file."""
    if not isinstance(document.data, dict) or not document.data:
        finding = document.finding(
            "CF004", (), "This file holds no campaign.", "Begin with campaign: a-name, owner: and audience:."
        )
        return Loaded(None, [finding], document)
    draft, wrong = examined(document.data, json_schema())
    findings = sorted((mistake.finding(document) for mistake in wrong), key=lambda one: (one.line, one.column))
    return Loaded(None if findings else draft, findings, document, draft)


@cache
def json_schema() -> dict[str, Any]:
    """The published JSON Schema of a campaign file; editors complete and check by it."""
    return CampaignDefinition.model_json_schema(mode="validation")

"""Versions: a campaign's bundle, frozen at launch and named by its hash; read once, because it never changes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from prospecting.campaigns.form import CampaignDefinition
from prospecting.campaigns.models import CampaignVersion


@dataclass(frozen=True)
class Version:
    """A version as the engine uses it: the typed definition, the texts, and the gift versions by language."""

    version_id: int
    campaign_id: int
    definition: CampaignDefinition
    messages: Mapping[str, str]
    gifts: Mapping[str, Mapping[str, int]]
    steps: Mapping[str, int]
    """Number of each step by its id."""

    def message_for(self, path: str, language: str) -> str:
        """The path of the message that readers of `language` get: `guide.en.md` beside `guide.md`, if it is there."""
        translated = in_language(path, language)
        return translated if translated in self.messages else path

    def gift_version(self, slug: str, language: str) -> int | None:
        """The gift's version in `language`, else in the campaign's, else in any; None if the bundle has none."""
        known = self.gifts.get(slug, {})
        for wanted in (language, language.split("-")[0], self.definition.language or ""):
            if wanted in known:
                return known[wanted]
        return next(iter(known.values()), None)


def in_language(path: str, language: str) -> str:
    """`messages/guide.md` as it is called for readers of another language: `messages/guide.en.md`."""
    return f"{path.removesuffix('.md')}.{language.split('-')[0]}.md"


def digest_of(definition: Mapping[str, Any], messages: Mapping[str, str], gifts: Mapping[str, Any]) -> str:
    """The name of a bundle: the same wherever and whenever the same campaign is launched."""
    canonical = json.dumps([definition, messages, gifts], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def texts_of(folder: Path, definition: CampaignDefinition) -> dict[str, str]:
    """Every message of the campaign with its translations, by path relative to the workspace."""
    texts: dict[str, str] = {}
    for path in definition.messages:
        file = folder / path
        for found in [file, *sorted(file.parent.glob(f"{file.stem}.??.md"))]:
            if found.is_file():
                texts[found.relative_to(folder).as_posix()] = found.read_text(encoding="utf-8-sig")
    return texts


_known: WeakKeyDictionary[Engine, dict[int, Version]] = WeakKeyDictionary()
"""By database, because ids mean something within one only."""


def version(session: Session, version_id: int) -> Version:
    """The version `version_id`; asked of the database once."""
    known = _known.setdefault(session.get_bind().engine, {})
    if version_id not in known:
        known[version_id] = read(session, version_id)
    return known[version_id]


def definition_of(session: Session, version_id: int) -> CampaignDefinition:
    """The definition of a version; asked of the database once."""
    return version(session, version_id).definition


def step_numbers(session: Session, version_id: int) -> Mapping[str, int]:
    """The number of each step of a version, by its id."""
    return version(session, version_id).steps


def read(session: Session, version_id: int) -> Version:
    """The version `version_id`, from the database."""
    row = session.get_one(CampaignVersion, version_id)
    definition = CampaignDefinition.model_validate(row.definition)
    return Version(
        version_id=row.id,
        campaign_id=row.campaign_id,
        definition=definition,
        messages=row.bundle.get("messages", {}),
        gifts=row.bundle.get("gifts", {}),
        steps={step.id: number for number, step in enumerate(definition.gifts)},
    )

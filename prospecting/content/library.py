"""The library: gifts, their versions by language, who approved what, and what may leave."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from prospecting.content.files import read_gifts
from prospecting.content.heads import GiftFile
from prospecting.content.models import Gift, GiftVersion, Health, ReviewState
from prospecting.findings import Finding, Refused
from prospecting.senders.models import User

SENDABLE_HEALTH = (Health.OK, Health.CHANGED, Health.MOVED)
"""A dead, stale or newly gated gift is never sent; a changed or moved one is, and its owner is told."""


@dataclass(frozen=True)
class GiftFacts:
    """One version of a gift, as the rooms above know it. `approved` and `sendable` are this version's."""

    gift_id: int
    version_id: int
    slug: str
    kind: str
    language: str
    number: int
    title: str
    promise: str
    minutes: int
    topics: tuple[str, ...]
    audience: str
    owner: str
    author: str
    gated: bool
    state: str
    health: str
    fresh_until: date | None
    revised_on: date | None
    approved: bool
    approved_by: str | None
    url: str | None
    file: str | None
    data: Mapping[str, Any]

    def why_not(self, today: date) -> str | None:
        """Why this version may not leave on `today`: retired, not_approved, stale, or its health; None if it may.

        The same rule as `sendable_condition`, said for a person.
        """
        if self.state == ReviewState.RETIRED:
            return "retired"
        if not self.approved or self.state != ReviewState.APPROVED:
            return "not_approved"
        if self.health not in SENDABLE_HEALTH:
            return self.health
        return "stale" if self.fresh_until and self.fresh_until < today else None


def sendable_condition(today: date) -> ColumnElement[bool]:
    """On Gift and GiftVersion, joined: this version may leave on `today` (the gate's question)."""
    return and_(
        Gift.state == ReviewState.APPROVED,
        GiftVersion.approved_at.is_not(None),
        Gift.health.in_(SENDABLE_HEALTH),
        or_(Gift.fresh_until.is_(None), Gift.fresh_until >= today),
    )


def load_gifts(session: Session, folder: Path, *, now: datetime) -> list[Finding]:
    """Bring the gifts in `folder` into the library; changed words make the next version. What is wrong is returned.

    Well-said gifts are written even where others are refused; the door that wants all or nothing rolls back. A gift
    whose file is gone stays: files are how material comes in, the database holds the truth.
    """
    files, findings = read_gifts(folder)
    findings += _unknown_people(session, files)
    for slug, languages in groupby(files, key=lambda file: file.slug):
        _store(session, slug, list(languages), now=now)
    session.flush()
    return findings


def gift(session: Session, slug: str, language: str) -> GiftFacts | None:
    """The gift's version to give in `language`, else in the nearest language there is; None if there is no such gift.

    Approved versions come first: a translation still in review changes nothing for anybody.
    """
    versions = _facts(session, [Gift.slug == slug])
    approved = [version for version in versions if version.approved]
    return min(
        approved or versions,
        key=lambda version: (language_distance(version.language, language), -version.number),
        default=None,
    )


def gifts(session: Session) -> list[GiftFacts]:
    """Every gift's newest version in each of its languages, by slug and language."""
    newest = {(version.slug, version.language): version for version in _facts(session, [])}
    return list(newest.values())


def languages(session: Session, slug: str) -> list[str]:
    """The languages in which the gift has an approved version."""
    return sorted({version.language for version in _facts(session, [Gift.slug == slug]) if version.approved})


def facts_of(session: Session, version_ids: Iterable[int]) -> dict[int, GiftFacts]:
    """The versions with these ids."""
    return {version.version_id: version for version in _facts(session, [GiftVersion.id.in_(set(version_ids))])}


def submit(session: Session, version_id: int) -> bool:
    """Ask for a review of this version's gift; False if it is not a draft."""
    of_gift = select(GiftVersion.gift_id).where(GiftVersion.id == version_id).scalar_subquery()
    asked = session.execute(
        update(Gift).where(Gift.id == of_gift, Gift.state == ReviewState.DRAFT).values(state=ReviewState.IN_REVIEW)
    )
    return bool(asked.rowcount)  # type: ignore[attr-defined]


def approve(session: Session, version_id: int, *, by: str, now: datetime) -> None:
    """`by` stands for this version. Raises Refused if it changed since (a newer one is there) or is approved already."""
    newest = (
        select(func.max(GiftVersion.number))
        .where(GiftVersion.gift_id == select(GiftVersion.gift_id).where(GiftVersion.id == version_id).scalar_subquery())
        .where(
            GiftVersion.language == select(GiftVersion.language).where(GiftVersion.id == version_id).scalar_subquery()
        )
        .scalar_subquery()
    )
    done = session.execute(
        update(GiftVersion)
        .where(GiftVersion.id == version_id, GiftVersion.approved_at.is_(None), GiftVersion.number == newest)
        .values(approved_at=now, approved_by=by)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        raise Refused.of(
            "GF006",
            "This version is approved already, or has changed since you read it.",
            "Read the newest version, then approve that one.",
        )
    of_gift = select(GiftVersion.gift_id).where(GiftVersion.id == version_id).scalar_subquery()
    session.execute(
        update(Gift).where(Gift.id == of_gift, Gift.state != ReviewState.RETIRED).values(state=ReviewState.APPROVED)
    )


def retire(session: Session, slug: str) -> None:
    """Never give it again; its page stays for those who have it."""
    session.execute(update(Gift).where(Gift.slug == slug).values(state=ReviewState.RETIRED))


def set_health(session: Session, gift_id: int, health: Health, *, now: datetime) -> None:
    """What the last look at its address found."""
    session.execute(update(Gift).where(Gift.id == gift_id).values(health=health, checked_at=now))


def _facts(session: Session, conditions: Sequence[ColumnElement[bool]]) -> list[GiftFacts]:
    rows = session.execute(
        select(Gift, GiftVersion)
        .join(GiftVersion, GiftVersion.gift_id == Gift.id)
        .where(*conditions)
        .order_by(Gift.slug, GiftVersion.language, GiftVersion.number)
    )
    return [_said(gift, version) for gift, version in rows]


def _said(gift: Gift, version: GiftVersion) -> GiftFacts:
    return GiftFacts(
        gift_id=gift.id,
        version_id=version.id,
        slug=gift.slug,
        kind=gift.kind,
        language=version.language,
        number=version.number,
        title=version.title,
        promise=version.promise,
        minutes=version.minutes,
        topics=tuple(gift.topics),
        audience=gift.audience,
        owner=gift.owner,
        author=version.author,
        gated=gift.gated,
        state=gift.state,
        health=gift.health,
        fresh_until=gift.fresh_until,
        revised_on=version.revised_on,
        approved=version.approved_at is not None,
        approved_by=version.approved_by,
        url=version.url,
        file=version.file,
        data=version.data,
    )


def language_distance(language: str, wanted: str) -> tuple[int, str]:
    """How far a language is from the wanted one: the same, the same without its country, English, any."""
    short = wanted.split("-")[0].lower()
    if language.lower() == wanted.lower():
        return 0, ""
    if language.split("-")[0] == short:
        return 1, language
    return (2, "") if language.split("-")[0] == "en" else (3, language)


def _unknown_people(session: Session, files: Sequence[GiftFile]) -> list[Finding]:
    """Owners and approvers who are not of the team, once there is a team."""
    team = set(session.scalars(select(User.handle)))
    return [
        file.document.finding(
            "CF003",
            (key,),
            f"Nobody in the team is called `{handle}`.",
            "Correct the handle, or add the person to team.yaml.",
        )
        for file in files
        for key, handle in (("owner", file.owner), ("approved_by", file.approved_by))
        if team and handle and handle not in team
    ]


def _store(session: Session, slug: str, files: Sequence[GiftFile], *, now: datetime) -> None:
    """One gift with its languages: the gift's row, and a version for each language whose words are new."""
    found = session.scalar(select(Gift).where(Gift.slug == slug))
    gift = found or Gift(slug=slug, created_at=now, health=Health.OK)
    first = files[0]
    gift.kind, gift.owner, gift.gated, gift.audience = first.kind, first.owner, first.gated, first.audience
    gift.topics = list(dict.fromkeys(topic for file in files for topic in file.topics))
    gift.fresh_until = min((file.fresh_until for file in files if file.fresh_until), default=None)
    gift.state = _state(files, gift.state if found else None)
    if not found:
        session.add(gift)
        session.flush()
    kept: dict[str, list[GiftVersion]] = defaultdict(list)
    for version in session.scalars(select(GiftVersion).where(GiftVersion.gift_id == gift.id)):
        kept[version.language].append(version)
    for file in files:
        _store_version(session, gift.id, file, kept[file.language], now=now)


def _store_version(
    session: Session, gift_id: int, file: GiftFile, kept: Sequence[GiftVersion], *, now: datetime
) -> None:
    words: dict[str, Any] = {
        "title": file.title,
        "promise": file.promise,
        "minutes": file.minutes,
        "author": file.author,
        "body": file.body,
        "url": file.url,
        "file": file.file,
        "data": file.data,
    }
    text = json.dumps(words | {"revised": str(file.revised_on)}, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    newest = max(kept, key=lambda version: version.number, default=None)
    if newest is None or newest.digest != digest:
        # Words that come back to an earlier state are a new version all the same: numbers tell the order of reviews.
        number = newest.number + 1 if newest else 1
        newest = GiftVersion(
            gift_id=gift_id,
            language=file.language,
            number=number,
            digest=digest,
            revised_on=file.revised_on,
            created_at=now,
            **words,
        )
        session.add(newest)
    if file.state is ReviewState.APPROVED and newest.approved_at is None:
        newest.approved_at, newest.approved_by = now, file.approved_by


def _state(files: Sequence[GiftFile], before: str | None) -> ReviewState:
    """The gift's state from its files' (the furthest of its languages); what a page approved, a draft file keeps."""
    states = {file.state for file in files}
    if ReviewState.RETIRED in states:
        return ReviewState.RETIRED
    if ReviewState.APPROVED in states or before == ReviewState.APPROVED:
        return ReviewState.APPROVED
    return ReviewState.IN_REVIEW if ReviewState.IN_REVIEW in states else ReviewState.DRAFT

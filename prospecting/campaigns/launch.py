"""Launching: the bundle is frozen as a version, its people are enrolled, and the first ones begin."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prospecting.campaigns import audience, definition
from prospecting.campaigns.calendar import seed_of
from prospecting.campaigns.form import CampaignDefinition
from prospecting.campaigns.holding import FIRST_ONES
from prospecting.campaigns.lint import lint
from prospecting.campaigns.models import Campaign, CampaignState, CampaignVersion, Enrolment
from prospecting.campaigns.sharing import share_out
from prospecting.campaigns.versions import digest_of, texts_of
from prospecting.content.models import Gift, GiftVersion
from prospecting.db import insert_or_ignore
from prospecting.documents import Document
from prospecting.findings import Refused, errors
from prospecting.prospects.audit import audit
from prospecting.prospects.models import Prospect
from prospecting.senders.models import Mailbox
from prospecting.settings import Settings


@dataclass(frozen=True)
class Launched:
    """What a launch did."""

    campaign_id: int
    slug: str
    version_id: int
    version: int
    new_version: bool
    enrolled: int
    waiting: int
    """Of those enrolled, who waits until a person has looked at the answers of the first ones."""
    left_out: dict[str, int] = field(default_factory=dict)


def relative(folder: Path, file: Path) -> str:
    """The file as findings call it: by its path in the workspace."""
    resolved, root = file.resolve(), folder.resolve()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else file.name


def read(folder: Path, file: Path) -> tuple[CampaignDefinition, Document]:
    """The campaign in `file`. Raises Refused with every finding of its form."""
    loaded = definition.load(file, name=relative(folder, file))
    if loaded.definition is None:
        raise Refused(loaded.findings)
    return loaded.definition, loaded.document


def launch(session: Session, folder: Path, file: Path, *, by: str, now: datetime, settings: Settings) -> Launched:
    """Launch the campaign in `file` of the workspace `folder`: a version unless nothing changed, and whoever is new.

    Whoever is in it stays on the version they are on. Raises Refused with the linter's errors; nothing is done then.
    """
    campaign, document = read(folder, file)
    if found := errors(lint(session, folder, file, now=now, settings=settings)):
        raise Refused(found)
    boxes = mailboxes_of(session, campaign, document)
    row = _campaign(session, campaign, now=now)
    version, new = _version(session, row, campaign, bundle_of(session, folder, campaign, document), by=by, now=now)
    found_people = audience.people(session, campaign, now=now, document=document)
    enrolled, waiting = _enrol(session, row.id, version.id, campaign, found_people.organisations, boxes, now=now)
    audit(
        session,
        at=now,
        actor=by,
        action="launch",
        subject=f"campaign:{row.slug}",
        detail={"version": version.number, "enrolled": enrolled},
    )
    return Launched(row.id, row.slug, version.id, version.number, new, enrolled, waiting, found_people.left_out)


def mailboxes_of(session: Session, campaign: CampaignDefinition, document: Document) -> list[int]:
    """The ids of the campaign's senders, in its order. Raises Refused for one that does not exist."""
    known = {row.slug: row.id for row in session.execute(select(Mailbox.slug, Mailbox.id))}
    missing = [
        document.finding("CF003", ("senders", place), f'There is no mailbox "{slug}".', "Name one of mailboxes.yaml.")
        for place, slug in enumerate(campaign.senders)
        if slug not in known
    ]
    if missing:
        raise Refused(missing)
    return [known[slug] for slug in campaign.senders]


def bundle_of(session: Session, folder: Path, campaign: CampaignDefinition, document: Document) -> dict[str, Any]:
    """Everything that a version freezes: the file, its messages, and the gifts' versions by language."""
    slugs = {slug for step in campaign.gifts for slug in step.gifts}
    return {
        "file": document.text,
        "name": document.file,
        "messages": texts_of(folder, campaign),
        "gifts": _gift_versions(session, slugs),
    }


def _gift_versions(session: Session, slugs: set[str]) -> dict[str, dict[str, int]]:
    """The newest approved version of each gift in each language; only where none is approved, the newest."""
    rows = session.execute(
        select(Gift.slug, GiftVersion.language, GiftVersion.id)
        .join(GiftVersion, GiftVersion.gift_id == Gift.id)
        .where(Gift.slug.in_(slugs))
        .order_by(Gift.slug, GiftVersion.approved_at.is_not(None), GiftVersion.number)
    )
    found: dict[str, dict[str, int]] = {}
    for slug, language, version_id in rows:
        found.setdefault(slug, {})[language] = version_id
    return found


def _campaign(session: Session, campaign: CampaignDefinition, *, now: datetime) -> Campaign:
    """The campaign's row, locked, so that two launches at once take turns."""
    values = {"slug": campaign.campaign, "name": campaign.title, "purpose": campaign.purpose, "owner": campaign.owner}
    insert_or_ignore(
        session, Campaign, [values | {"state": CampaignState.RUNNING, "created_at": now}], conflict=["slug"]
    )
    statement = select(Campaign).where(Campaign.slug == campaign.campaign).with_for_update(key_share=True)
    row = session.scalars(statement.execution_options(populate_existing=True)).one()
    for name, value in values.items():
        setattr(row, name, value)
    if row.state == CampaignState.FINISHED:
        row.state = CampaignState.RUNNING
    return row


def _version(
    session: Session, row: Campaign, campaign: CampaignDefinition, bundle: dict[str, Any], *, by: str, now: datetime
) -> tuple[CampaignVersion, bool]:
    written = campaign.model_dump(mode="json", by_alias=True)
    digest = digest_of(written, bundle["messages"], bundle["gifts"])
    mine = select(CampaignVersion).where(CampaignVersion.campaign_id == row.id)
    version = session.scalar(mine.where(CampaignVersion.digest == digest))
    new = version is None
    if version is None:
        last = (
            session.scalar(select(func.max(CampaignVersion.number)).where(CampaignVersion.campaign_id == row.id)) or 0
        )
        version = CampaignVersion(
            campaign_id=row.id,
            number=last + 1,
            digest=digest,
            definition=written,
            bundle=bundle,
            launched_by=by,
            launched_at=now,
        )
        session.add(version)
        session.flush()
    row.version_id = version.id
    session.flush()
    return version, new


def _enrol(
    session: Session,
    campaign_id: int,
    version_id: int,
    campaign: CampaignDefinition,
    people: Mapping[int, int | None],
    boxes: Sequence[int],
    *,
    now: datetime,
) -> tuple[int, int]:
    """Rows for everybody who is new; how many, and how many of them wait for the first ones."""
    load, known = _shares(session, campaign_id)
    senders = share_out(people, boxes, load=load, known=known)
    first = first_ones(campaign, list(people), before=_begun(session, campaign_id))
    rows = [
        {
            "campaign_id": campaign_id,
            "version_id": version_id,
            "prospect_id": person,
            "mailbox_id": senders[person],
            "round": 1,
            "state": "active",
            "step": 0,
            "plan_at": now if person in first else None,
            "held": None if person in first else FIRST_ONES,
            "received": 0,
            "unused": 0,
            "enrolled_at": now,
        }
        for person in people
    ]
    enrolled = insert_or_ignore(session, Enrolment, rows, conflict=["campaign_id", "prospect_id", "round"])
    return enrolled, sum(1 for row in rows if row["held"])


def first_ones(campaign: CampaignDefinition, people: Sequence[int], *, before: tuple[int, int] = (0, 0)) -> set[int]:
    """Who begins at once: everybody, or with `start_with` a sample that is the same at each try.

    `before`: how many began already, and how many still wait for them.
    """
    begun, waiting = before
    if campaign.start_with is None or (begun and not waiting):
        return set(people)
    order = sorted(people, key=lambda person: seed_of(campaign.campaign, "start_with", person))
    return set(order[: max(0, campaign.start_with - begun)])


def _begun(session: Session, campaign_id: int) -> tuple[int, int]:
    mine = select(func.count()).select_from(Enrolment).where(Enrolment.campaign_id == campaign_id)
    waiting = session.scalar(mine.where(Enrolment.held == FIRST_ONES)) or 0
    return (session.scalar(mine) or 0) - waiting, waiting


def _shares(session: Session, campaign_id: int) -> tuple[Counter[int], dict[int, int]]:
    """How many people each mailbox has in this campaign, and which one each organisation's people have."""
    load: Counter[int] = Counter()
    known: dict[int, int] = {}
    rows = session.execute(
        select(Enrolment.mailbox_id, Prospect.organisation_id, func.count())
        .join(Prospect, Prospect.id == Enrolment.prospect_id)
        .where(Enrolment.campaign_id == campaign_id)
        .group_by(Enrolment.mailbox_id, Prospect.organisation_id)
        .order_by(Enrolment.mailbox_id)
    )
    for mailbox_id, organisation_id, count in rows:
        load[mailbox_id] += count
        if organisation_id is not None:
            known.setdefault(organisation_id, mailbox_id)
    return load, known

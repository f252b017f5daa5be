"""Rows for stories about campaigns: a team, a mailbox, gifts, people, a launched version."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from prospecting.campaigns.form import CampaignDefinition
from prospecting.campaigns.models import Campaign, CampaignVersion, Enrolment
from prospecting.content.models import Gift, GiftVersion
from prospecting.prospects.models import Organisation, Prospect
from prospecting.senders.models import Mailbox, User

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
"""A Tuesday morning, ten o'clock in Paris."""

DEFINITION: dict[str, Any] = {
    "campaign": "async-hr",
    "owner": "claire",
    "language": "fr",
    "audience": {"where": {"all": [{"country": "FR"}]}},
    "lawful": {"why_them": "Vous dirigez les ressources humaines."},
    "senders": ["claire"],
    "pace": {"min_days_between": 2, "max_per_30_days": 6},
    "gifts": [
        {"id": "guide", "give": "guide-async", "message": "messages/guide.md"},
        {"id": "diagnostic", "after": "5 working days", "give": "diagnostic-sync", "message": "messages/diagnostic.md"},
        {
            "id": "next",
            "after": "3 working days",
            "when": {"any": [{"useful": "guide"}, {"completed": "diagnostic"}]},
            "wait": "4 working days",
            "give": {"best_of": ["study", "charter"]},
            "message": "messages/next.md",
        },
    ],
    "invitation": {"message": "messages/invitation.md", "choices": ["question", "meeting"]},
}
GIFTS = ("guide-async", "diagnostic-sync", "study", "charter")


def definition(**changes: Any) -> CampaignDefinition:
    return CampaignDefinition.model_validate(DEFINITION | changes)


def person(session: Session, number: int, **values: Any) -> Prospect:
    given: dict[str, Any] = {
        "address": f"p{number}@org{number % 7}.example",
        "address_hash": number.to_bytes(12),
        "domain": f"org{number % 7}.example",
        "first_name": f"Anne {number}",
        "country": "FR",
        "source": "a list",
        "source_at": NOW,
        "created_at": NOW,
    }
    prospect = Prospect(**(given | values))
    session.add(prospect)
    return prospect


def team(session: Session, **limits: Any) -> Mailbox:
    """Claire and her mailbox."""
    claire = User(handle="claire", name="Claire", address="claire@us.example", zone="Europe/Paris")
    session.add(claire)
    session.flush()
    box = Mailbox(
        slug="claire",
        user_id=claire.id,
        address="claire.box@us.example",
        name="Claire",
        organisation="Us",
        postal_address="1 rue",
        sells={"fr": "Nous vendons du conseil.", "en": "We sell advice."},
        started_at=NOW,
        **({"per_day": 100_000, "ramp_from": 100_000, "gap_s": 0, "per_domain_per_day": 100_000} | limits),
    )
    session.add(box)
    session.flush()
    return box


def gifts(session: Session) -> dict[str, int]:
    """The version of each gift, in French."""
    made: dict[str, int] = {}
    for slug in GIFTS:
        gift = Gift(slug=slug, kind="guide", owner="claire", state="approved", topics=[slug], created_at=NOW)
        session.add(gift)
        session.flush()
        text = GiftVersion(
            gift_id=gift.id,
            language="fr",
            number=1,
            digest=slug,
            title=slug,
            promise="x",
            minutes=5,
            approved_at=NOW,
            approved_by="claire",
            created_at=NOW,
        )
        session.add(text)
        session.flush()
        made[slug] = text.id
    return made


def launched(
    session: Session,
    people: int = 1,
    *,
    plan_at: datetime = NOW,
    limits: Mapping[str, Any] | None = None,
    **changes: Any,
) -> list[Enrolment]:
    """A running campaign with so many people in it."""
    box = team(session, **(limits or {}))
    versions = gifts(session)
    made = definition(**changes)
    campaign = Campaign(slug=made.campaign, name=made.title, owner=made.owner, created_at=NOW)
    session.add(campaign)
    session.flush()
    bundle = {
        "messages": dict.fromkeys(made.messages, "text"),
        "gifts": {slug: {"fr": one} for slug, one in versions.items()},
    }
    version = CampaignVersion(
        campaign_id=campaign.id,
        number=1,
        digest="1",
        definition=made.model_dump(mode="json", by_alias=True),
        bundle=bundle,
        launched_by="claire",
        launched_at=NOW,
    )
    session.add(version)
    session.flush()
    prospects = [person(session, number + 1) for number in range(people)]
    session.flush()
    enrolments = [
        Enrolment(
            campaign_id=campaign.id,
            version_id=version.id,
            prospect_id=one.id,
            mailbox_id=box.id,
            plan_at=plan_at,
            enrolled_at=NOW,
        )
        for one in prospects
    ]
    session.add_all(enrolments)
    session.flush()
    return enrolments


def organisation(session: Session, name: str, **values: Any) -> Organisation:
    made = Organisation(name=name, folded_name=name.lower(), created_at=NOW, **values)
    session.add(made)
    session.flush()
    return made

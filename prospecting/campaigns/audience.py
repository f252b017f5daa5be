"""Who a campaign is for: its condition compiled to SQL, and who is left out of it, by reason, each counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, null, or_, select
from sqlalchemy.orm import Session

from prospecting.campaigns.conditions import EVENTS, Act
from prospecting.campaigns.edges import TouchState
from prospecting.campaigns.form import CampaignDefinition
from prospecting.campaigns.models import Campaign, CampaignState, Enrolment, EnrolmentState, Touch
from prospecting.content.models import Gift
from prospecting.documents import Document, Path_
from prospecting.engagement.models import Event
from prospecting.findings import Refused
from prospecting.prospects import segments
from prospecting.prospects.models import Organisation, Prospect, Standing, Suppression
from prospecting.prospects.segments import Catalogue, Condition, Field, Kind

WHERE: Path_ = ("audience", "where")
INSIDE = (EnrolmentState.ACTIVE, EnrolmentState.WARM)


class LeftOut(StrEnum):
    """Why somebody whom the condition takes is not written to; the first that holds, in this order."""

    SUPPRESSED = "suppressed"
    STOPPED = "stopped"
    ALREADY_IN = "already_in"
    OTHER_CAMPAIGN = "other_campaign"
    IN_TOUCH = "in_touch"
    CUSTOMER = "customer"
    PER_ORGANISATION = "per_organisation"


@dataclass(frozen=True)
class UnknownCount:
    """Of so many people a field that the condition asks is not known; they are kept, or dropped, as it says."""

    field: str
    kept: bool
    people: int


@dataclass(frozen=True)
class Audience:
    """The people to write to, in the order of their ids, and who was left out."""

    ids: list[int]
    matched: int
    left_out: dict[str, int] = field(default_factory=dict)
    unknown: list[UnknownCount] = field(default_factory=list)
    organisations: Mapping[int, int | None] = field(default_factory=dict, repr=False)
    """Where each of them works."""


def catalogue(session: Session, *, now: datetime) -> dict[str, Field]:
    """What an audience may ask: people, organisations, own columns, segments, and what was given and done."""
    gifts = list(session.scalars(select(Gift.slug).order_by(Gift.slug)))
    campaigns = list(session.scalars(select(Campaign.slug).order_by(Campaign.slug)))
    known = dict(segments.catalogue(session))
    for act in Act:
        if act is not Act.SENT:
            known[act.value] = Field(Kind.MEMBER, choices=gifts, test=lambda slug, act=act: _did(act, slug))  # type: ignore[misc]
    known["given"] = Field(Kind.MEMBER, choices=gifts, test=_given)
    known["campaign"] = Field(Kind.MEMBER, choices=campaigns, test=_was_in)
    known["not_contacted_for"] = Field(Kind.SPAN, test=lambda span: _not_contacted(now - span))
    return known


def condition(
    session: Session, definition: CampaignDefinition, *, now: datetime, document: Document | None = None
) -> tuple[Condition, Catalogue]:
    """The audience's condition, read. Raises Refused with where its words stand, if the file is handed in."""
    known = catalogue(session, now=now)
    where: Any = definition.audience.where
    if document is None:
        read = segments.parse(where, Document(f"{definition.campaign}.yaml", where), (), known)
    else:
        read = segments.parse(where, document, WHERE, known)
    if isinstance(read, list):
        raise Refused(read)
    return read, known


def people(
    session: Session, definition: CampaignDefinition, *, now: datetime, document: Document | None = None
) -> Audience:
    """Who the campaign would write to if it were launched now. Raises Refused for a condition that cannot be read."""
    read, known = condition(session, definition, now=now, document=document)
    taken = segments.compile(read, known)
    campaign_id = session.scalar(select(Campaign.id).where(Campaign.slug == definition.campaign))
    reason = _reason(definition, campaign_id, now=now)
    rows = session.execute(
        segments.people(Prospect.id, Prospect.organisation_id, reason.label("reason"))
        .where(taken)
        .order_by(Prospect.id)
    )
    most, inside = definition.audience.per_organisation, _colleagues(session, campaign_id)
    left_out: Counter[str] = Counter()
    kept: dict[int, int | None] = {}
    matched = 0
    for prospect_id, organisation_id, why in rows:
        matched += 1
        if why is None and most and organisation_id and inside[organisation_id] >= most:
            why = LeftOut.PER_ORGANISATION
        if why is not None:
            left_out[str(why)] += 1
            continue
        kept[prospect_id] = organisation_id
        if organisation_id:
            inside[organisation_id] += 1
    ordered = {str(why): left_out[why] for why in LeftOut if left_out[why]}
    return Audience(list(kept), matched, ordered, _unknown(session, read, known), kept)


def _reason(definition: CampaignDefinition, campaign_id: int | None, *, now: datetime) -> ColumnElement[Any]:
    """Why this person is left out, in SQL; NULL: they are not."""
    audience = definition.audience
    quiet_since = now - audience.not_in_touch_for.delta
    passage = select(Enrolment.id).where(Enrolment.prospect_id == Prospect.id)
    elsewhere = passage.join(Campaign, Campaign.id == Enrolment.campaign_id).where(
        Enrolment.state.in_(INSIDE), Campaign.state != CampaignState.FINISHED, Campaign.slug != definition.campaign
    )
    reasons: list[tuple[ColumnElement[bool], Any]] = [
        (
            exists(select(Suppression.address_hash).where(Suppression.address_hash == Prospect.address_hash)),
            LeftOut.SUPPRESSED,
        ),
        (Prospect.stopped_at.is_not(None), LeftOut.STOPPED),
        (exists(passage.where(Enrolment.campaign_id == campaign_id)), LeftOut.ALREADY_IN),
        (exists(elsewhere), LeftOut.OTHER_CAMPAIGN),
        (and_(Prospect.in_touch_at.is_not(None), Prospect.in_touch_at > quiet_since), LeftOut.IN_TOUCH),
    ]
    if audience.customers == "leave_out":
        reasons.append((func.coalesce(Organisation.standing, Standing.NONE) != Standing.NONE, LeftOut.CUSTOMER))
    return case(*((when, why.value) for when, why in reasons), else_=null())


def _colleagues(session: Session, campaign_id: int | None) -> Counter[int]:
    """How many of each organisation are in this campaign already."""
    rows = session.execute(
        select(Prospect.organisation_id, func.count())
        .join(Enrolment, Enrolment.prospect_id == Prospect.id)
        .where(Enrolment.campaign_id == campaign_id, Enrolment.state.in_(INSIDE), Prospect.organisation_id.is_not(None))
        .group_by(Prospect.organisation_id)
    )
    return Counter({organisation_id or 0: count for organisation_id, count in rows})


def _unknown(session: Session, read: Condition, known: Catalogue) -> list[UnknownCount]:
    found = []
    for unknown in segments.unknown_of(read, known):
        count = session.scalar(segments.people(func.count()).where(unknown.where)) or 0
        if count:
            found.append(UnknownCount(unknown.field, unknown.kept, count))
    return found


def _did(act: Act, slug: str) -> ColumnElement[bool]:
    done = select(Event.id).where(Event.prospect_id == Prospect.id, Event.gift == slug, Event.kind.in_(EVENTS[act]))
    return exists(done)


def _given(slug: str) -> ColumnElement[bool]:
    touches = select(Touch.id).join(Gift, Gift.id == Touch.gift_id)
    return exists(touches.where(Touch.prospect_id == Prospect.id, Gift.slug == slug, Touch.state == TouchState.SENT))


def _was_in(slug: str) -> ColumnElement[bool]:
    passages = select(Enrolment.id).join(Campaign, Campaign.id == Enrolment.campaign_id)
    return exists(passages.where(Enrolment.prospect_id == Prospect.id, Campaign.slug == slug))


def _not_contacted(since: datetime) -> ColumnElement[bool]:
    """Nothing of ours left to them, and nobody exchanged mail with them, since then; an uncertain touch counts as sent."""
    left = select(Touch.id).where(
        Touch.prospect_id == Prospect.id,
        Touch.state.in_((TouchState.SENT, TouchState.UNCERTAIN)),
        Touch.ended_at > since,
    )
    return and_(~exists(left), or_(Prospect.in_touch_at.is_(None), Prospect.in_touch_at <= since))

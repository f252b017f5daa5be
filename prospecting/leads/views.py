"""A lead as people read it: who, why, what is promised, what may be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from prospecting import warmth
from prospecting.campaigns.models import Campaign, Enrolment
from prospecting.campaigns.versions import definition_of
from prospecting.leads.invite import why_not
from prospecting.leads.models import Invitation, Lead, LeadPerson, LeadState, Meeting, Outcome, RaisedHand
from prospecting.prospects.models import Organisation, Prospect
from prospecting.warmth import Explanation

SHOWN = 200


@dataclass(frozen=True)
class HandView:
    """One hand raised; `kept`: answered by the promised time; None while that is not known."""

    kind: str
    words: str | None
    raised_at: datetime
    answer_by: datetime | None
    answered_at: datetime | None

    @property
    def kept(self) -> bool | None:
        if self.answer_by is None or self.answered_at is None:
            return None
        return self.answered_at <= self.answer_by


@dataclass(frozen=True)
class PersonView:
    """One person of a lead, with the explanation as it stands now."""

    prospect_id: int
    enrolment_id: int
    name: str
    address: str
    role: str | None
    country: str | None
    warm: bool
    received: int
    why: Explanation
    hands: list[HandView]
    may_invite: bool
    why_not: str | None
    """Why they cannot be invited, in a sentence."""
    invited_at: datetime | None
    chosen: str | None
    meeting_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether they asked something that nobody answered."""
        return any(hand.answered_at is None and hand.answer_by is not None for hand in self.hands)


@dataclass(frozen=True)
class LeadView:
    """One lead with its people, the warmest first."""

    id: int
    campaign: str
    campaign_name: str
    organisation: str | None
    headcount: int | None
    owner: str
    state: str
    surfaced_at: datetime
    answer_by: datetime | None
    passed_until: datetime | None
    people: list[PersonView]
    outcomes: list[str]


def open_leads(
    session: Session,
    *,
    owner: str | None = None,
    now: datetime,
    language: str,
    passed: bool = False,
    limit: int = SHOWN,
) -> list[LeadView]:
    """What waits for somebody: those with a promise first (soonest first), then the newest. With `passed` also those
    that were passed over."""
    statement = select(Lead.id).where(Lead.state == LeadState.OPEN)
    if owner is not None:
        statement = statement.where(Lead.owner == owner)
    if not passed:
        statement = statement.where(or_(Lead.passed_until.is_(None), Lead.passed_until <= now))
    promised_last = case((Lead.answer_by.is_(None), 1), else_=0)
    ordered = statement.order_by(promised_last, Lead.answer_by, Lead.surfaced_at.desc(), Lead.id.desc()).limit(limit)
    return [lead(session, lead_id, now=now, language=language) for lead_id in session.scalars(ordered).all()]


def lead(session: Session, lead_id: int, *, now: datetime, language: str) -> LeadView:
    """One lead. Raises LookupError where there is none."""
    row = session.execute(
        select(Lead, Campaign, Organisation)
        .join(Campaign, Campaign.id == Lead.campaign_id)
        .outerjoin(Organisation, Organisation.id == Lead.organisation_id)
        .where(Lead.id == lead_id)
    ).one_or_none()
    if row is None:
        raise LookupError(f"no lead {lead_id}")
    found, campaign, organisation = row
    hands = session.scalars(
        select(RaisedHand).where(RaisedHand.lead_id == lead_id).order_by(RaisedHand.raised_at, RaisedHand.event_id)
    ).all()
    people = [
        _person(session, found, person, prospect, hands, now=now, language=language)
        for person, prospect in session.execute(
            select(LeadPerson, Prospect)
            .join(Prospect, Prospect.id == LeadPerson.prospect_id)
            .where(LeadPerson.lead_id == lead_id)
        ).all()
    ]
    outcomes = session.scalars(select(Outcome.kind).where(Outcome.lead_id == lead_id).order_by(Outcome.at, Outcome.id))
    return LeadView(
        id=found.id,
        campaign=campaign.slug,
        campaign_name=campaign.name or campaign.slug,
        organisation=organisation.name if organisation else None,
        headcount=organisation.headcount if organisation else None,
        owner=found.owner,
        state=found.state,
        surfaced_at=found.surfaced_at,
        answer_by=found.answer_by,
        passed_until=found.passed_until,
        people=sorted(people, key=lambda person: (not person.waits, -person.why.number, person.prospect_id)),
        outcomes=list(outcomes),
    )


def _person(
    session: Session,
    lead: Lead,
    person: LeadPerson,
    prospect: Prospect,
    hands: Sequence[RaisedHand],
    *,
    now: datetime,
    language: str,
) -> PersonView:
    enrolment = session.get_one(Enrolment, person.enrolment_id)
    refused = why_not(session, lead, person, enrolment, definition_of(session, enrolment.version_id))
    mine = (Invitation.lead_id == lead.id, Invitation.prospect_id == prospect.id)
    invitation = session.scalars(select(Invitation).where(*mine).order_by(Invitation.round.desc()).limit(1)).first()
    meeting_at = session.scalar(
        select(Meeting.starts_at)
        .where(Meeting.lead_id == lead.id, Meeting.prospect_id == prospect.id, Meeting.cancelled_at.is_(None))
        .order_by(Meeting.starts_at.desc())
        .limit(1)
    )
    return PersonView(
        prospect_id=prospect.id,
        enrolment_id=enrolment.id,
        name=warmth.name_of(prospect.first_name, prospect.last_name, prospect.address),
        address=prospect.address,
        role=prospect.role,
        country=prospect.country,
        warm=person.warm,
        received=enrolment.received,
        why=warmth.explain(session, enrolment.id, now=now, language=language),
        hands=[
            HandView(hand.kind, hand.words, hand.raised_at, hand.answer_by, hand.answered_at)
            for hand in hands
            if hand.prospect_id == prospect.id
        ],
        may_invite=refused is None,
        why_not=refused.findings[0].message if refused else None,
        invited_at=invitation.created_at if invitation else None,
        chosen=invitation.chosen if invitation else None,
        meeting_at=meeting_at,
    )

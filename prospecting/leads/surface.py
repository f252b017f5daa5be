"""What surfaces: whoever reached the bar by acts of their own, and every hand raised at once; nothing else does."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from prospecting import campaigns, senders, warmth
from prospecting.campaigns.cooling import mark_cold
from prospecting.campaigns.models import Enrolment, EnrolmentState
from prospecting.campaigns.versions import definition_of
from prospecting.db import exclusively
from prospecting.engagement.kinds import EventKind
from prospecting.engagement.models import Event
from prospecting.leads.invite import automatic, gifts_wanted
from prospecting.leads.models import HELD_FOR, Lead, LeadPerson, LeadState, RaisedHand
from prospecting.leads.routes import owner_of, promise
from prospecting.prospects.models import Prospect
from prospecting.settings import Settings
from prospecting.warmth.models import Contribution, Warmth

SURFACING = 7_102_031
AT_ONCE = 500
"""People brought up by one call; the next tick takes the rest."""
NOTHING_TO_ANSWER = frozenset({EventKind.BOOKED})
RUNNING = (EnrolmentState.ACTIVE, EnrolmentState.FINISHED, EnrolmentState.WARM)


def surface(session: Session, *, now: datetime, settings: Settings) -> list[int]:
    """Bring up whoever became warm or raised a hand, into leads with their reasons; the ids of leads that changed.

    Called twice, it does nothing twice. One process at a time, so that colleagues meet in one lead.
    """
    exclusively(session, SURFACING)
    changed = _sink(session, now=now)
    for enrolment, organisation, at in session.execute(_newly_warm()).all():
        changed.append(_warm(session, enrolment, organisation, at=at or now, now=now))
    for enrolment, organisation, event in session.execute(_newly_raised()).all():
        changed.append(_hand(session, enrolment, organisation, event=event, now=now))
    _no_more_gifts(session, now=now)
    automatic(session, now=now, settings=settings)
    return list(dict.fromkeys(changed))


def _newly_warm() -> Select[Enrolment, int | None, datetime | None]:
    """Enrolments that reached their bar and are no lead's warm people yet, in the order in which they did."""
    known = exists().where(LeadPerson.enrolment_id == Warmth.enrolment_id, LeadPerson.warm)
    return (
        select(Enrolment, Prospect.organisation_id, Warmth.reached_at)
        .join(Warmth, Warmth.enrolment_id == Enrolment.id)
        .join(Prospect, Prospect.id == Enrolment.prospect_id)
        .where(Warmth.reached_at.is_not(None), Enrolment.state.in_(RUNNING), Prospect.stopped_at.is_(None), ~known)
        .order_by(Warmth.reached_at, Enrolment.id)
        .limit(AT_ONCE)
        .execution_options(populate_existing=True)
    )


def _newly_raised() -> Select[Enrolment, int | None, Event]:
    """Hands raised that nobody was shown, oldest first; one that warms several campaigns is shown in the newest."""
    shown = exists().where(RaisedHand.event_id == Contribution.event_id)
    newer = aliased(Contribution)
    in_newer = exists().where(newer.event_id == Contribution.event_id, newer.enrolment_id > Contribution.enrolment_id)
    return (
        select(Enrolment, Prospect.organisation_id, Event)
        .join(Contribution, Contribution.enrolment_id == Enrolment.id)
        .join(Event, Event.id == Contribution.event_id)
        .join(Prospect, Prospect.id == Enrolment.prospect_id)
        .where(Contribution.hand, ~shown, ~in_newer, Prospect.stopped_at.is_(None))
        .order_by(Event.at, Event.id)
        .limit(AT_ONCE)
        .execution_options(populate_existing=True)
    )


def _warm(session: Session, enrolment: Enrolment, organisation_id: int | None, *, at: datetime, now: datetime) -> int:
    lead = _lead(session, enrolment, organisation_id, now=now)
    _person(session, lead, enrolment, at=at, now=now, warm=True)
    return _reopen(session, lead)


def _hand(session: Session, enrolment: Enrolment, organisation_id: int | None, *, event: Event, now: datetime) -> int:
    lead = _lead(session, enrolment, organisation_id, now=now)
    _person(session, lead, enrolment, at=event.at, now=now, hand=True)
    answer_by = None if event.kind in NOTHING_TO_ANSWER else promise(session, lead.owner, event.at)
    session.add(
        RaisedHand(
            event_id=event.id,
            lead_id=lead.id,
            prospect_id=enrolment.prospect_id,
            enrolment_id=enrolment.id,
            kind=event.kind,
            words=event.words,
            raised_at=event.at,
            answer_by=answer_by,
        )
    )
    if answer_by is not None:
        lead.answer_by = min(filter(None, (lead.answer_by if lead.answered_at is None else None, answer_by)))
        lead.answered_at = None
        if enrolment.state == EnrolmentState.ACTIVE:
            campaigns.hold(session, enrolment_id=enrolment.id, why=f"{HELD_FOR}: {event.kind}")
    return _reopen(session, lead)


def _lead(session: Session, enrolment: Enrolment, organisation_id: int | None, *, now: datetime) -> Lead:
    """The open lead of the person's organisation for this campaign (of the person alone, without one), or a new one."""
    statement = select(Lead).where(Lead.campaign_id == enrolment.campaign_id, Lead.state != LeadState.CLOSED)
    if organisation_id is not None:
        statement = statement.where(Lead.organisation_id == organisation_id)
    else:
        mine = select(LeadPerson.lead_id).where(LeadPerson.prospect_id == enrolment.prospect_id)
        statement = statement.where(Lead.organisation_id.is_(None), Lead.id.in_(mine))
    lead = session.scalars(statement.order_by(Lead.id.desc()).limit(1)).first()
    if lead is None:
        definition = definition_of(session, enrolment.version_id)
        owner = owner_of(
            session,
            definition,
            campaign_id=enrolment.campaign_id,
            organisation_id=organisation_id,
            mailbox_id=enrolment.mailbox_id,
        )
        lead = Lead(
            campaign_id=enrolment.campaign_id,
            organisation_id=organisation_id,
            owner=owner,
            state=LeadState.OPEN,
            surfaced_at=now,
        )
        session.add(lead)
        session.flush()
    return lead


def _person(
    session: Session,
    lead: Lead,
    enrolment: Enrolment,
    *,
    at: datetime,
    now: datetime,
    warm: bool = False,
    hand: bool = False,
) -> None:
    """The person in the lead, with the reasons as they stood `at` that instant, in the owner's language."""
    user = senders.user(session, lead.owner)
    why = warmth.explain(session, enrolment.id, now=at, language=user.language if user else "en")
    person = session.get(LeadPerson, (lead.id, enrolment.prospect_id))
    if person is None:
        person = LeadPerson(
            lead_id=lead.id,
            prospect_id=enrolment.prospect_id,
            enrolment_id=enrolment.id,
            warm=False,
            hand=False,
            warmth=0,
            bar=0,
            surfaced_at=now,
        )
        session.add(person)
    if warm or not person.warm:
        person.enrolment_id = enrolment.id
        person.warmth, person.bar = round(why.number, 6), why.bar
        person.reasons = [asdict(reason) | {"at": reason.at.isoformat()} for reason in why.reasons]
    person.warm, person.hand = person.warm or warm, person.hand or hand
    session.flush()


def _reopen(session: Session, lead: Lead) -> int:
    """Something new about this lead: somebody has to read it, whatever was decided before."""
    lead.state, lead.passed_until = LeadState.OPEN, None
    session.flush()
    return lead.id


def _no_more_gifts(session: Session, *, now: datetime) -> None:
    """Warm people who received what an invitation asks for get no further gifts; the others still receive theirs first."""
    rows = session.execute(
        select(Enrolment.id, Enrolment.version_id, Enrolment.received)
        .join(LeadPerson, LeadPerson.enrolment_id == Enrolment.id)
        .join(Lead, Lead.id == LeadPerson.lead_id)
        .where(LeadPerson.warm, Lead.state != LeadState.CLOSED, Enrolment.state == EnrolmentState.ACTIVE)
    )
    for enrolment_id, version_id, received in rows.all():
        if received >= gifts_wanted(definition_of(session, version_id)):
            campaigns.mark_warm(session, enrolment_id, now=now)


def _sink(session: Session, *, now: datetime) -> list[int]:
    """Take back those who surfaced by acts that turned out to be a machine's, while nobody has invited or answered them."""
    rows = session.execute(
        select(LeadPerson, Lead, Enrolment.state)
        .join(Lead, Lead.id == LeadPerson.lead_id)
        .join(Enrolment, Enrolment.id == LeadPerson.enrolment_id)
        .outerjoin(Warmth, Warmth.enrolment_id == LeadPerson.enrolment_id)
        .where(Lead.state == LeadState.OPEN, func.coalesce(Warmth.deliberate, 0) == 0)
    ).all()
    for person, lead, state in rows:
        session.delete(person)
        session.flush()
        if state == EnrolmentState.WARM:
            mark_cold(session, person.enrolment_id, now=now)
        if not session.scalar(select(exists().where(LeadPerson.lead_id == lead.id))):
            lead.state, lead.closed_at = LeadState.CLOSED, now
    return [lead.id for _, lead, _ in rows]

"""The warm leads: who is ready to talk, who waits for an answer, and why; and each lead's own page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from prospecting import leads, senders, warmth
from prospecting.campaigns.models import Campaign, CampaignState, Enrolment, Touch, TouchKind, TouchState
from prospecting.leads import LeadView, PersonView
from prospecting.leads.models import Invitation, Lead, LeadPerson, LeadState, OutcomeKind
from prospecting.prospects.models import Organisation, Prospect
from prospecting.web.app.desk import NothingHere, Visit
from prospecting.web.app.drawing import Curve, curve

WHOLE = 6
"""Leads shown with everything; the others of the page in one line each."""
LISTED = 40
ON_THEIR_WAY = 12
SEEN = timedelta(days=56)


@dataclass(frozen=True)
class Shown:
    """A lead with a drawing for each of its people, and the zone in which its owner reads times."""

    lead: LeadView
    curves: Mapping[int, Curve]
    zone: str | None
    owner_name: str


@dataclass(frozen=True)
class Underway:
    """One person of a lead that somebody has worked already."""

    lead_id: int
    prospect_id: int
    name: str
    organisation: str | None
    state: str
    touch_state: str | None
    leaves_at: datetime | None
    chosen: str | None
    at: datetime


@dataclass(frozen=True)
class Warm:
    """All that the page of warm leads says."""

    whole: list[Shown]
    rest: list[LeadView]
    underway: list[Underway]
    ready: int
    waiting: int
    given_to: int
    next_at: datetime | None
    campaigns: int
    passed: LeadView | None


async def warm_leads(visit: Visit) -> Response:
    """`GET /app`."""
    found = await visit.front.reading(lambda session: look(session, visit))
    return visit.page("warm.html", {"warm": found, "heading": heading(visit, found), "done": _done(visit)})


async def one_lead(visit: Visit) -> Response:
    """`GET /app/leads/{lead}`: everything about one lead, and what became of it."""
    shown = await visit.front.reading(lambda session: shown_lead(session, visit))
    return visit.page("lead.html", {"shown": shown, "outcomes": list(OutcomeKind), "done": _done(visit)})


def heading(visit: Visit, found: Warm) -> str:
    """The news in a sentence."""
    parts = []
    if found.waiting:
        parts.append(visit.t("app.warm.waiting", n=found.waiting, count=counted(visit, found.waiting)))
    if found.ready:
        key = "app.warm.ready_too" if found.waiting else "app.warm.ready"
        parts.append(visit.t(key, n=found.ready, count=counted(visit, found.ready, capital=not found.waiting)))
    if not parts:
        return visit.t("app.warm.nobody_waits" if found.underway else "app.warm.nobody")
    return " ".join(parts)


def counted(visit: Visit, number: int, *, capital: bool = True) -> str:
    """A small number as a word."""
    words = visit.t("app.numbers").split()
    word = words[number] if number < len(words) else str(number)
    return word.capitalize() if capital else word


def look(session: Session, visit: Visit) -> Warm:
    """What is open, what is under way, and what leaves next."""
    now = visit.now
    found = leads.open_leads(session, now=now, language=visit.language, limit=LISTED)
    people = [person for lead in found for person in lead.people]
    owners = _owners(session)
    running = Campaign.state == CampaignState.RUNNING
    planned = (
        select(func.min(Touch.due_at))
        .join(Campaign, Campaign.id == Touch.campaign_id)
        .where(Touch.state == TouchState.PLANNED, Touch.kind == TouchKind.GIFT, running, Touch.due_at >= now)
    )
    return Warm(
        whole=[_shown(session, lead, owners, now=now) for lead in found[:WHOLE]],
        rest=found[WHOLE:],
        underway=underway(session),
        ready=sum(person.may_invite and not person.waits for person in people),
        waiting=sum(person.waits for person in people),
        given_to=session.scalar(select(func.count()).select_from(Enrolment).where(Enrolment.received > 0)) or 0,
        next_at=session.scalar(planned),
        campaigns=session.scalar(select(func.count()).select_from(Campaign)) or 0,
        passed=_passed(session, visit),
    )


def shown_lead(session: Session, visit: Visit, lead_id: int | None = None) -> Shown:
    """The lead of the path with its drawings. Raises NothingHere."""
    lead = find(session, visit, visit.number("lead") if lead_id is None else lead_id)
    return _shown(session, lead, _owners(session), now=visit.now)


def find(session: Session, visit: Visit, lead_id: int) -> LeadView:
    """A lead by its number. Raises NothingHere."""
    if session.get(Lead, lead_id) is None:
        raise NothingHere
    return leads.lead(session, lead_id, now=visit.now, language=visit.language)


def person_in(lead: LeadView, prospect_id: int) -> PersonView:
    """One person of a lead. Raises NothingHere."""
    for person in lead.people:
        if person.prospect_id == prospect_id:
            return person
    raise NothingHere


def underway(session: Session) -> list[Underway]:
    """The people of leads that were invited or answered, the newest first."""
    rows = session.execute(
        select(Lead, LeadPerson, Prospect, Organisation.name, Invitation, Touch)
        .join(LeadPerson, LeadPerson.lead_id == Lead.id)
        .join(Prospect, Prospect.id == LeadPerson.prospect_id)
        .outerjoin(Organisation, Organisation.id == Lead.organisation_id)
        .outerjoin(Invitation, (Invitation.lead_id == Lead.id) & (Invitation.prospect_id == LeadPerson.prospect_id))
        .outerjoin(Touch, Touch.id == Invitation.touch_id)
        .where(Lead.state.in_((LeadState.INVITED, LeadState.ANSWERED)))
        .order_by(Lead.id.desc(), Invitation.id.desc())
        .limit(ON_THEIR_WAY)
    )
    return [
        Underway(
            lead_id=lead.id,
            prospect_id=prospect.id,
            name=warmth.name_of(prospect.first_name, prospect.last_name, prospect.address),
            organisation=organisation,
            state=lead.state,
            touch_state=touch.state if touch else None,
            leaves_at=touch.due_at if touch and touch.state == TouchState.PLANNED else None,
            chosen=invitation.chosen if invitation else None,
            at=(invitation.created_at if invitation else lead.answered_at) or lead.surfaced_at,
        )
        for lead, _, prospect, organisation, invitation, touch in rows
    ]


def _shown(session: Session, lead: LeadView, owners: Mapping[str, tuple[str, str | None]], *, now: datetime) -> Shown:
    gifts = _gifts(session, [person.enrolment_id for person in lead.people], now=now)
    curves = {
        person.prospect_id: curve(
            warmth.curve(session, person.enrolment_id, now=now),
            bar=person.why.bar,
            gifts=gifts.get(person.enrolment_id, []),
        )
        for person in lead.people
    }
    name, zone = owners.get(lead.owner, (lead.owner, None))
    return Shown(lead, curves, zone, name)


def _gifts(session: Session, enrolments: Sequence[int], *, now: datetime) -> dict[int, list[datetime]]:
    """When each was sent a gift, as far back as the curve goes."""
    rows = session.execute(
        select(Touch.enrolment_id, Touch.ended_at)
        .where(Touch.enrolment_id.in_(enrolments), Touch.kind == TouchKind.GIFT, Touch.state == TouchState.SENT)
        .where(Touch.ended_at > now - SEEN)
    )
    sent: dict[int, list[datetime]] = {}
    for enrolment, at in rows:
        if enrolment is not None and at is not None:
            sent.setdefault(enrolment, []).append(at)
    return sent


def _owners(session: Session) -> dict[str, tuple[str, str | None]]:
    return {user.handle: (user.name, user.zone) for user in senders.users(session)}


def _passed(session: Session, visit: Visit) -> LeadView | None:
    """The lead that was passed over a moment ago, so that it can be taken back."""
    said = visit.request.query_params.get("passed", "")
    if not (said.isascii() and said.isdecimal() and len(said) < 19):
        return None
    lead = session.get(Lead, int(said))
    if lead is None or lead.passed_until is None or lead.passed_until <= visit.now:
        return None
    return leads.lead(session, lead.id, now=visit.now, language=visit.language)


def _done(visit: Visit) -> str:
    """What was done a moment ago, by its name; "" if nothing, or nothing we have a sentence for."""
    said = visit.request.query_params.get("done", "")
    return said if said in ("invited", "answered", "noted", "back") else ""

"""One person: what they were given, what we know and by which right, what they did and what we think of it; and finding
somebody by name."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from prospecting import campaigns, content, engagement, prospects, warmth
from prospecting.campaigns.models import Campaign, Enrolment, Touch, TouchState
from prospecting.content.models import Gift
from prospecting.engagement import Mode, Policy
from prospecting.engagement.models import Event
from prospecting.leads.models import Lead, LeadPerson, LeadState
from prospecting.prospects.models import Organisation, Prospect, Suppression
from prospecting.warmth.judge import DELIBERATE
from prospecting.warmth.models import Judgement
from prospecting.warmth.telling import WORDS as SIGNS
from prospecting.web.app.desk import NothingHere, Visit

ACTS = 60
FOUND = 25
SHORTEST = 2
BY = "team"


@dataclass(frozen=True)
class Act:
    """One thing that happened, with what we think of it: likelihood that a person did it, and the signs."""

    at: datetime
    kind: str
    gift: str | None
    words: str | None
    share: float | None
    likelihood: float | None
    signs: Sequence[str]


@dataclass(frozen=True)
class Given:
    """One message to this person."""

    at: datetime
    kind: str
    state: str
    title: str | None
    reason: str | None


@dataclass(frozen=True)
class Passage:
    """Their passage through one campaign."""

    campaign: str
    slug: str
    state: str
    received: int
    held: str | None
    why: str | None
    number: float
    bar: float


@dataclass(frozen=True)
class PersonPage:
    """All that a person's page says."""

    id: int
    name: str
    address: str
    role: str | None
    organisation: str | None
    country: str | None
    source: str
    source_at: datetime
    stopped_at: datetime | None
    stopped_why: str | None
    never_again: bool
    mode: Mode
    policy: Policy
    wish: bool | None
    pace_wish: int | None
    cooled: Sequence[str]
    passages: list[Passage]
    given: list[Given]
    acts: list[Act]
    lead: int | None


async def find(visit: Visit) -> Response:
    """`GET /app/people?q=`: people by name, address or organisation."""
    wanted = " ".join(engagement.clean(visit.request.query_params.get("q"), 80).split())

    def read(session: Session) -> list[tuple[Prospect, str | None]]:
        return _found(session, wanted)

    found = await visit.front.reading(read) if len(wanted) >= SHORTEST else []
    return visit.page("people.html", {"wanted": wanted, "found": found, "most": FOUND})


async def one_person(visit: Visit) -> Response:
    """`GET /app/people/{prospect}`."""
    found = await visit.front.reading(lambda session: _page(session, visit))
    return visit.page("person.html", {"person": found})


async def stop(visit: Visit) -> Response:
    """`POST /app/people/{prospect}/stop`: nothing more is ever sent to them by a campaign."""
    prospect_id = visit.number("prospect")

    def end(session: Session) -> None:
        person = _person(session, prospect_id)
        prospects.stop(session, person.id, why=BY, now=visit.now)
        campaigns.stop_prospect(session, person.id, why=f"stopped by {BY}", now=visit.now)
        prospects.audit(session, at=visit.now, actor=BY, action="stop", subject=f"prospect:{person.id}")

    await visit.front.writing(end)
    return visit.back(f"/app/people/{prospect_id}")


def _found(session: Session, wanted: str) -> list[tuple[Prospect, str | None]]:
    like = "%" + wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    columns = (Prospect.first_name + " " + Prospect.last_name, Prospect.address, Prospect.last_name, Organisation.name)
    rows = session.execute(
        select(Prospect, Organisation.name)
        .outerjoin(Organisation, Organisation.id == Prospect.organisation_id)
        .where(or_(*(column.ilike(like, escape="\\") for column in columns)))
        .order_by(Prospect.last_name, Prospect.first_name, Prospect.id)
        .limit(FOUND)
    )
    return [(person, organisation) for person, organisation in rows]


def _person(session: Session, prospect_id: int) -> Prospect:
    person = session.get(Prospect, prospect_id)
    if person is None:
        raise NothingHere
    return person


def _page(session: Session, visit: Visit) -> PersonPage:
    person = _person(session, visit.number("prospect"))
    organisation = session.get(Organisation, person.organisation_id) if person.organisation_id else None
    country = person.country or (organisation.country if organisation else None)
    events = list(reversed(engagement.events_of(session, person.id)))
    titles = _titles(session, visit.language)
    return PersonPage(
        id=person.id,
        name=warmth.name_of(person.first_name, person.last_name, person.address),
        address=person.address,
        role=person.role,
        organisation=organisation.name if organisation else None,
        country=country,
        source=person.source,
        source_at=person.source_at,
        stopped_at=person.stopped_at,
        stopped_why=person.stopped_why,
        never_again=session.get(Suppression, person.address_hash) is not None,
        mode=engagement.mode_of(country=country, wish=person.tracking_wish),
        policy=engagement.policy(country),
        wish=person.tracking_wish,
        pace_wish=person.wish_days_between,
        cooled=person.cooled_topics,
        passages=_passages(session, person.id, visit),
        given=_given(session, person.id, titles),
        acts=_acts(session, events[:ACTS], titles, visit.language),
        lead=session.scalar(
            select(Lead.id)
            .join(LeadPerson, LeadPerson.lead_id == Lead.id)
            .where(LeadPerson.prospect_id == person.id, Lead.state != LeadState.CLOSED)
            .order_by(Lead.id.desc())
            .limit(1)
        ),
    )


def _passages(session: Session, prospect_id: int, visit: Visit) -> list[Passage]:
    rows = session.execute(
        select(Enrolment, Campaign)
        .join(Campaign, Campaign.id == Enrolment.campaign_id)
        .where(Enrolment.prospect_id == prospect_id)
        .order_by(Enrolment.id.desc())
    ).all()
    passages = []
    for enrolment, campaign in rows:
        why = warmth.explain(session, enrolment.id, now=visit.now, language=visit.language)
        passages.append(
            Passage(
                campaign=campaign.name or campaign.slug,
                slug=campaign.slug,
                state=enrolment.state,
                received=enrolment.received,
                held=enrolment.held,
                why=enrolment.why,
                number=why.number,
                bar=why.bar,
            )
        )
    return passages


def _given(session: Session, prospect_id: int, titles: Mapping[str, str]) -> list[Given]:
    rows = session.execute(
        select(Touch, Gift.slug)
        .outerjoin(Gift, Gift.id == Touch.gift_id)
        .where(Touch.prospect_id == prospect_id)
        .order_by(Touch.due_at.desc(), Touch.id.desc())
        .limit(ACTS)
    )
    return [
        Given(
            at=touch.due_at if touch.state == TouchState.PLANNED else touch.ended_at or touch.due_at,
            kind=touch.kind,
            state=touch.state,
            title=titles.get(slug, slug) if slug else None,
            reason=touch.reason,
        )
        for touch, slug in rows
    ]


def _acts(session: Session, events: Sequence[Event], titles: Mapping[str, str], language: str) -> list[Act]:
    judged: dict[uuid.UUID, Judgement] = {
        row.event_id: row
        for row in session.scalars(select(Judgement).where(Judgement.event_id.in_([event.id for event in events])))
    }
    return [
        Act(
            at=event.at,
            kind=event.kind,
            gift=titles.get(event.gift, event.gift) if event.gift else None,
            words=event.words,
            share=(event.facts or {}).get("share"),
            likelihood=judged[event.id].likelihood if event.id in judged else None,
            signs=_signs(judged.get(event.id), language),
        )
        for event in events
    ]


def _signs(judgement: Judgement | None, language: str) -> list[str]:
    """Why we doubt that a person did it, in words; of what we don't doubt, nothing."""
    if judgement is None or judgement.likelihood >= DELIBERATE:
        return []
    keys = [f"signs.{sign}" for sign in judgement.signs]
    return [SIGNS.say(language, key) for key in keys if key in SIGNS.keys(language)]


def _titles(session: Session, language: str) -> dict[str, str]:
    """Each gift's title by its slug, in `language` where there is one."""
    facts = content.gifts(session)
    titles = {gift.slug: gift.title for gift in facts}
    return titles | {gift.slug: gift.title for gift in facts if gift.language.split("-")[0] == language}

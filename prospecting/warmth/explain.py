"""Why somebody is as warm as the number says: reasons with their shares, what cools it, what was left out, what we
cannot know. A salesperson believes a number only when it explains itself."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.campaigns.models import Enrolment, Touch
from prospecting.content.models import Gift, GiftVersion
from prospecting.engagement.kinds import Mode
from prospecting.engagement.models import Event
from prospecting.prospects.models import Organisation, Prospect
from prospecting.warmth.contributions import counted_of
from prospecting.warmth.decay import Term, level_of, warmth_at
from prospecting.warmth.fit import fit_of_prospect
from prospecting.warmth.judge import DELIBERATE
from prospecting.warmth.model import Model, models_of
from prospecting.warmth.models import Judgement, Warmth
from prospecting.warmth.numbers import COLLEAGUE, own_terms
from prospecting.warmth.telling import Discounted, Reason, Teller
from prospecting.words import known

REASONS = 5


@dataclass(frozen=True)
class Explanation:
    """The number at `now` and the bar, both in points, and everything that explains them."""

    number: float
    bar: float
    reasons: list[Reason]
    discounted: list[Discounted]
    unknown: str
    cools: str
    fit: str


@dataclass(frozen=True)
class _Person:
    enrolment: Enrolment
    prospect: Prospect
    organisation: Organisation | None
    model: Model
    fit: float


def explain(session: Session, enrolment_id: int, *, now: datetime, language: str) -> Explanation:
    """Why this enrolment is as warm as it is. Raises LookupError for one that is not there."""
    person = _person(session, enrolment_id)
    counted = counted_of(session, [enrolment_id])[enrolment_id]
    colleagues = _colleagues(session, person)
    terms = own_terms(counted, person.fit)
    level = level_of([*terms, *(term for _, term in colleagues)], person.model.half_life)
    number = warmth_at(level, person.model.half_life, now)
    events = _events(session, person)
    tell = Teller(language, _titles(session, {event.gift for event in events.values() if event.gift}, language))
    reasons = [
        tell.reason(each, events.get(each.event_id), term, person.model, now, number)
        for each, term in zip(counted, terms, strict=True)
    ]
    reasons += tell.colleagues(colleagues, person.model, now, number)
    reasons.sort(key=lambda reason: (-reason.points, -reason.at.timestamp(), reason.text))
    return Explanation(
        number=number,
        bar=person.model.bar,
        reasons=reasons[:REASONS],
        discounted=tell.discounted(_judged(session, list(events)), events),
        unknown=tell.unknown(_mode(session, enrolment_id), person.prospect.country),
        cools=tell.cools(level, person.model, now),
        fit=tell.fit(fit_of_prospect(person.prospect, person.organisation, person.model.where)),
    )


def curve(session: Session, enrolment_id: int, *, now: datetime, days: int = 56) -> list[tuple[datetime, float]]:
    """The warmth over the last `days` until `now`: once a day, and just before and at each act, for a page to draw."""
    person = _person(session, enrolment_id)
    half_life = person.model.half_life
    terms = own_terms(counted_of(session, [enrolment_id])[enrolment_id], person.fit)
    terms += [term for _, term in _colleagues(session, person)]
    begins = now - timedelta(days=days)
    instants = {begins + timedelta(days=day) for day in range(days)} | {now}
    just_before = {term.at - timedelta(microseconds=1) for term in terms}
    instants |= {at for at in {term.at for term in terms} | just_before if begins <= at <= now}
    return [
        (instant, warmth_at(level_of([term for term in terms if term.at <= instant], half_life), half_life, instant))
        for instant in sorted(instants)
    ]


def _person(session: Session, enrolment_id: int) -> _Person:
    row = session.execute(
        select(Enrolment, Prospect, Organisation)
        .join(Prospect, Prospect.id == Enrolment.prospect_id)
        .outerjoin(Organisation, Organisation.id == Prospect.organisation_id)
        .where(Enrolment.id == enrolment_id)
    ).one_or_none()
    if row is None:
        raise LookupError(f"no enrolment {enrolment_id}")
    enrolment, prospect, organisation = row
    model = models_of(session, [enrolment.campaign_id])[enrolment.campaign_id]
    stored = session.scalar(select(Warmth.fit).where(Warmth.enrolment_id == enrolment_id))
    return _Person(enrolment, prospect, organisation, model, stored or 1.0)


def _colleagues(session: Session, person: _Person) -> list[tuple[str, Term]]:
    """A fifth of each colleague's acts, with the colleague's name."""
    if person.prospect.organisation_id is None:
        return []
    rows = session.execute(
        select(Warmth.enrolment_id, Warmth.fit, Prospect.first_name, Prospect.last_name, Prospect.address)
        .join(Prospect, Prospect.id == Warmth.prospect_id)
        .where(
            Prospect.organisation_id == person.prospect.organisation_id,
            Prospect.id != person.prospect.id,
            Warmth.campaign_id == person.enrolment.campaign_id,
        )
    ).all()
    counted = counted_of(session, [row.enrolment_id for row in rows])
    return [
        (name_of(row.first_name, row.last_name, row.address), term)
        for row in rows
        for term in own_terms(counted[row.enrolment_id], row.fit * COLLEAGUE)
    ]


def name_of(first: str | None, last: str | None, address: str) -> str:
    """How a person is called: by their name, else by their address."""
    return " ".join(part for part in (first, last) if part) or address


def _events(session: Session, person: _Person) -> dict[uuid.UUID, Event]:
    rows = session.scalars(select(Event).where(Event.prospect_id == person.prospect.id))
    mine = (None, person.enrolment.campaign_id)
    return {event.id: event for event in rows if event.campaign_id in mine}


def _judged(session: Session, event_ids: Sequence[uuid.UUID]) -> list[Judgement]:
    return list(
        session.scalars(select(Judgement).where(Judgement.event_id.in_(event_ids), Judgement.likelihood < DELIBERATE))
    )


def _titles(session: Session, slugs: Iterable[str], language: str) -> dict[str, str]:
    """Each gift's newest title, in `language` where there is one."""
    rows = session.execute(
        select(Gift.slug, GiftVersion.language, GiftVersion.title)
        .join(GiftVersion, GiftVersion.gift_id == Gift.id)
        .where(Gift.slug.in_(list(slugs)))
        .order_by(GiftVersion.number, GiftVersion.id)
    ).all()
    any_language = {slug: title for slug, _, title in rows}
    return any_language | {slug: title for slug, of, title in rows if known(of) == known(language)}


def _mode(session: Session, enrolment_id: int) -> Mode:
    newest = select(Touch.mode).where(Touch.enrolment_id == enrolment_id).order_by(Touch.id.desc()).limit(1)
    return Mode(session.scalar(newest) or Mode.DECLARED)

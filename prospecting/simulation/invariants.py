"""What can never happen (product.md), counted after a run against evidence the engine does not control.

Each check is written a second time here, from the promise and not from the code that keeps it: the SMTP log, the acts
that people really did, the calendar library itself.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prospecting.campaigns.models import Touch, TouchKind, TouchState
from prospecting.content.models import Gift
from prospecting.delivery.models import Message
from prospecting.engagement.kinds import WEIGHTS, EventKind, Mode, Nature
from prospecting.engagement.models import Event
from prospecting.leads.models import DigestSent, Invitation, LeadPerson
from prospecting.prospects.models import Organisation, Prospect, Standing, Suppression
from prospecting.senders.models import User

FLOOR, CEILING = 7, 21
OPEN = (TouchState.PLANNED, TouchState.CLAIMED, TouchState.SENDING)


@dataclass(frozen=True)
class Evidence:
    """What was seen from outside the engine."""

    now: datetime
    accepted: Sequence[tuple[int, str]]
    """(touch, recipient) of every message of a touch that SMTP accepted."""
    deliberate: frozenset[str]
    """Addresses of the people who themselves did something deliberate."""
    answered: frozenset[tuple[str, str]]
    """(address, event kind) of every deliberate act of a person that was answered 2xx."""
    posts: int
    """Forms that were answered 2xx, whoever pressed."""
    traces: str
    """Everything the journal's files and the logs hold, as text."""
    min_days: int
    zones: dict[str, ZoneInfo]
    """Each recipient's zone, from the file they were imported from."""


Check = Callable[[Session, Evidence], int]


def count_violations(session: Session, evidence: Evidence) -> dict[str, int]:
    """Each invariant that a run can check, with how often it was broken."""
    return {name: check(session, evidence) for name, check in CHECKS.items()}


def no_phone(session: Session, _: Evidence) -> int:
    """1. No column or custom field holds a telephone number."""
    spelled = ("phone", "mobile", "telephone", "téléphone", "tel")
    fields = [set(row) for table in (Prospect, Organisation) for row in session.scalars(select(table.fields))]
    return sum(any(name.lower().strip("_ ") in spelled for name in names) for names in fields)


def invited_only_when_warm(session: Session, _: Evidence) -> int:
    """2. An invitation's person was warm, and had received at least two gifts before it was made."""
    broken = 0
    for invitation, person in session.execute(
        select(Invitation, LeadPerson).outerjoin(
            LeadPerson, (LeadPerson.lead_id == Invitation.lead_id) & (LeadPerson.prospect_id == Invitation.prospect_id)
        )
    ):
        gifts = session.scalar(
            select(func.count())
            .select_from(Touch)
            .where(
                Touch.prospect_id == invitation.prospect_id,
                Touch.kind == TouchKind.GIFT,
                Touch.state == TouchState.SENT,
                Touch.ended_at <= invitation.created_at,
            )
        )
        broken += person is None or not person.warm or person.warmth < person.bar or (gifts or 0) < 2
    return broken


def first_gift_open(session: Session, _: Evidence) -> int:
    """3. Nobody's first gift stood behind a form."""
    first = (
        select(func.min(Touch.id))
        .where(Touch.kind == TouchKind.GIFT, Touch.state == TouchState.SENT)
        .group_by(Touch.enrolment_id)
    )
    return (
        session.scalar(
            select(func.count())
            .select_from(Touch)
            .join(Gift, Gift.id == Touch.gift_id)
            .where(Touch.id.in_(first), Gift.gated)
        )
        or 0
    )


def sent_at_most_once(session: Session, evidence: Evidence) -> int:
    """4. No touch was accepted twice, none that was accepted is called anything but sent, none is forgotten."""
    times = Counter(touch for touch, _ in evidence.accepted)
    states: dict[int, str] = {row.id: row.state for row in session.execute(select(Touch.id, Touch.state))}
    twice = sum(count - 1 for count in times.values())
    wrong = sum(states.get(touch) not in (TouchState.SENT, TouchState.UNCERTAIN) for touch in times)
    unproven = sum(state == TouchState.SENT and touch not in times for touch, state in states.items())
    forgotten: int | None = session.scalar(
        select(func.count())
        .select_from(Touch)
        .where(Touch.state.in_(OPEN), Touch.window_ends_at < evidence.now - timedelta(days=1))
    )
    return twice + wrong + unproven + (forgotten or 0)


def silence_is_kept(session: Session, _: Evidence) -> int:
    """5. Nothing was accepted for an address after its suppression."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Message)
            .join(Touch, Touch.id == Message.touch_id)
            .join(Prospect, Prospect.id == Touch.prospect_id)
            .join(Suppression, Suppression.address_hash == Prospect.address_hash)
            .where(Message.accepted_at > Suppression.at)
        )
        or 0
    )


def pace_is_kept(session: Session, evidence: Evidence) -> int:
    """6. No two gifts or invitations to one person stand closer together than the installation's pace."""
    by_person: dict[int, list[datetime]] = {}
    for prospect, at in _accepted(session):
        by_person.setdefault(prospect, []).append(at)
    floor = timedelta(days=evidence.min_days)
    return sum(later - earlier < floor for times in by_person.values() for earlier, later in pairwise(sorted(times)))


def civil_hours_are_kept(session: Session, evidence: Evidence) -> int:
    """7. Nothing arrived at night or on a public holiday, by the recipient's own clock and calendar."""
    people = {row.id: row for row in session.execute(select(Prospect.id, Prospect.address, Prospect.country))}
    broken = 0
    for prospect, at in _accepted(session):
        zone = evidence.zones.get(people[prospect].address)
        if zone is None:
            continue
        local = at.astimezone(zone)
        broken += not FLOOR <= local.hour < CEILING or _holiday(people[prospect].country, local)
    return broken


def machines_warm_nobody(session: Session, evidence: Evidence) -> int:
    """8. Every person of every lead did something deliberate themselves, not only a machine before them."""
    addresses = session.scalars(select(Prospect.address).join(LeadPerson, LeadPerson.prospect_id == Prospect.id))
    return sum(address not in evidence.deliberate for address in addresses)


def nobody_is_pinged(session: Session, _: Evidence) -> int:
    """9. Digests leave at the hours each chose, at most twice a day."""
    users = {user.handle: user for user in session.scalars(select(User))}
    broken, per_day = 0, Counter[tuple[str, str]]()
    for told in session.scalars(select(DigestSent)):
        user = users[told.user]
        local = told.due_at.astimezone(ZoneInfo(user.zone))
        per_day[told.user, local.date().isoformat()] += 1
        broken += local.strftime("%H:%M") not in (user.digest_at, user.second_digest_at)
    return broken + sum(count > 2 for count in per_day.values())


def gestures_are_kept_once(session: Session, evidence: Evidence) -> int:
    """10. What was answered 2xx is in the log, and nothing stands in it twice."""
    rows = select(Prospect.address, Event.kind).join(Prospect, Prospect.id == Event.prospect_id)
    logged = [(address, kind) for address, kind in session.execute(rows) if WEIGHTS[EventKind(kind)].deliberate]
    lost = len(evidence.answered - set(logged))
    by_forms = sum(kind != EventKind.REPLY for _, kind in logged)
    ids = session.scalar(select(func.count(Event.id) - func.count(Event.id.distinct()))) or 0
    return lost + max(0, by_forms - evidence.posts) + ids


def modes_are_kept(session: Session, evidence: Evidence) -> int:
    """11. No trace of a visit by somebody whose mode is `declared` or `none`: in database, journal or log."""
    observed = [kind for kind, weight in WEIGHTS.items() if weight.nature is Nature.OBSERVED]
    quiet = (Mode.NONE, Mode.DECLARED)
    seen = (
        session.scalar(select(func.count()).select_from(Event).where(Event.kind.in_(observed), Event.mode.in_(quiet)))
        or 0
    )
    described = sum(
        bool({"agent", "network", "method"} & set(facts))
        for facts in session.scalars(select(Event.facts).where(Event.mode.in_(quiet)))
    )
    quiet_people = (
        select(Prospect.address).join(Touch, Touch.prospect_id == Prospect.id).where(Touch.mode.in_(quiet)).distinct()
    )
    named = sum(address in evidence.traces for address in session.scalars(quiet_people))
    return seen + described + named


def ties_are_respected(session: Session, _: Evidence) -> int:
    """12. No campaign wrote to a customer, to an open proposal, or to somebody a colleague is in touch with."""
    wrote = (
        select(func.count())
        .select_from(Touch)
        .join(Prospect, Prospect.id == Touch.prospect_id)
        .outerjoin(Organisation, Organisation.id == Prospect.organisation_id)
        .where(Touch.kind == TouchKind.GIFT, Touch.state == TouchState.SENT)
    )
    customers = session.scalar(wrote.where(Organisation.standing != Standing.NONE)) or 0
    in_touch = session.scalar(wrote.where(Prospect.in_touch_at < Touch.ended_at)) or 0
    return customers + in_touch


def everybody_has_a_source(session: Session, _: Evidence) -> int:
    """13. Nobody is in the database without a source and a date."""
    return (
        session.scalar(
            select(func.count()).select_from(Prospect).where((Prospect.source == "") | Prospect.source_at.is_(None))
        )
        or 0
    )


def _accepted(session: Session) -> Iterable[tuple[int, datetime]]:
    rows = (
        select(Touch.prospect_id, Message.accepted_at)
        .join(Message, Message.touch_id == Touch.id)
        .where(Touch.kind != TouchKind.SERVICE, Message.accepted_at.is_not(None))
    )
    return [(prospect, at) for prospect, at in session.execute(rows) if at is not None]


def _holiday(country: str | None, local: datetime) -> bool:
    if not country or country not in holidays.list_supported_countries():
        return False
    return local.date() in holidays.country_holidays(country, years=local.year)


CHECKS: dict[str, Check] = {
    "1_no_phone_channel": no_phone,
    "2_invitations_only_for_warm_people_with_two_gifts": invited_only_when_warm,
    "3_first_gift_never_gated": first_gift_open,
    "4_sent_at_most_once_and_none_forgotten": sent_at_most_once,
    "5_nobody_written_to_after_an_objection": silence_is_kept,
    "6_pace_kept": pace_is_kept,
    "7_civil_hours_and_holidays_kept": civil_hours_are_kept,
    "8_leads_surfaced_by_machines_alone": machines_warm_nobody,
    "9_nobody_notified_outside_their_hours": nobody_is_pinged,
    "10_gestures_in_the_log_once": gestures_are_kept_once,
    "11_traces_of_unobserved_visits": modes_are_kept,
    "12_customers_and_people_in_touch_left_alone": ties_are_respected,
    "13_everybody_has_a_source": everybody_has_a_source,
}

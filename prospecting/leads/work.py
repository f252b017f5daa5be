"""What an owner does with a lead: pass it over, answer in writing, note what became of it."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from prospecting import campaigns, prospects
from prospecting.campaigns.models import Enrolment
from prospecting.findings import Refused
from prospecting.leads.models import HELD_FOR, Lead, LeadPerson, LeadState, Outcome, OutcomeKind, RaisedHand
from prospecting.prospects.models import Standing

PASSED_FOR = timedelta(days=14)
"""*Not now* without a date: two weeks, or until something new happens."""
STANDINGS = {
    OutcomeKind.PROPOSAL: Standing.OPEN_PROPOSAL,
    OutcomeKind.WON: Standing.CUSTOMER,
    OutcomeKind.LOST: Standing.NONE,
}
"""What an outcome makes of the organisation; the gate reads it (invariant 12)."""
HELD_BY_REPLY = "reply:"
"""How `inbound` begins the reason for which a reply holds the person's enrolments."""
STAYS_OPEN = frozenset({OutcomeKind.MEETING, OutcomeKind.PROPOSAL})


def pass_over(session: Session, lead_id: int, *, by: str, now: datetime, until: datetime | None = None) -> datetime:
    """*Not now*: out of the list until then, or until something new happens; can be undone."""
    lead = _lead(session, lead_id)
    lead.passed_until = until or now + PASSED_FOR
    prospects.audit(
        session,
        at=now,
        actor=by,
        action="lead passed over",
        subject=f"lead:{lead_id}",
        detail={"until": lead.passed_until.isoformat()},
    )
    return lead.passed_until


def undo_pass(session: Session, lead_id: int, *, by: str, now: datetime) -> None:
    """Back in the list."""
    _lead(session, lead_id).passed_until = None
    prospects.audit(session, at=now, actor=by, action="lead brought back", subject=f"lead:{lead_id}", detail={})


def answer(
    session: Session, lead_id: int, *, by: str, words: str, subject: str, now: datetime, prospect_id: int | None = None
) -> int:
    """Answer a raised hand in writing; the id of the service touch that carries it.

    Without `prospect_id` whoever waits longest is answered. Raises Refused where nobody waits, or nothing is written.
    """
    if not words.strip():
        raise Refused.of("LD008", "The answer is empty.", "Write what you would say.")
    lead = _lead(session, lead_id)
    hand = _waiting(session, lead_id, prospect_id)
    enrolment = session.get_one(Enrolment, hand.enrolment_id)
    touch_id = campaigns.add_service_touch(
        session,
        prospect_id=hand.prospect_id,
        mailbox_id=enrolment.mailbox_id,
        content={"subject": subject, "text": words.strip()},
        now=now,
        campaign_id=lead.campaign_id,
    )
    _answered(session, lead, hand, by=by, now=now)
    return touch_id


def answered_elsewhere(
    session: Session, lead_id: int, *, by: str, now: datetime, prospect_id: int | None = None
) -> None:
    """The owner answered from their own mailbox. Raises Refused where nobody waits."""
    _answered(session, _lead(session, lead_id), _waiting(session, lead_id, prospect_id), by=by, now=now)


def record_outcome(session: Session, lead_id: int, kind: str, *, note: str = "", by: str, now: datetime) -> int:
    """What became of a lead; all but a meeting and a proposal close it. The id of the outcome."""
    if kind not in set(OutcomeKind):
        raise Refused.of("LD009", f'"{kind}" is no outcome.', f"One of {', '.join(OutcomeKind)}.")
    lead = _lead(session, lead_id)
    outcome = Outcome(lead_id=lead_id, kind=kind, note=note.strip()[:2000], by=by, at=now)
    session.add(outcome)
    standing = STANDINGS.get(OutcomeKind(kind))
    if standing is not None and lead.organisation_id is not None:
        prospects.set_standing(session, lead.organisation_id, standing)
    if kind not in STAYS_OPEN:
        close(session, lead_id, now=now)
    session.flush()
    return outcome.id


def close(session: Session, lead_id: int, *, now: datetime) -> None:
    """Out of everybody's lists; an invitation that has not left is withdrawn. Closed twice is closed once."""
    lead = _lead(session, lead_id)
    if lead.state == LeadState.CLOSED:
        return
    lead.state, lead.closed_at = LeadState.CLOSED, now
    session.execute(
        update(RaisedHand).where(RaisedHand.lead_id == lead_id, RaisedHand.answered_at.is_(None)).values(answer_by=None)
    )
    session.flush()
    campaigns.withdraw(session, lead_id, now=now)


def _lead(session: Session, lead_id: int) -> Lead:
    lead = session.get(Lead, lead_id)
    if lead is None:
        raise Refused.of("LD001", "There is no such lead.", "Open the list of leads again.")
    return lead


def _waiting(session: Session, lead_id: int, prospect_id: int | None) -> RaisedHand:
    statement = select(RaisedHand).where(
        RaisedHand.lead_id == lead_id, RaisedHand.answered_at.is_(None), RaisedHand.answer_by.is_not(None)
    )
    if prospect_id is not None:
        statement = statement.where(RaisedHand.prospect_id == prospect_id)
    hand = session.scalars(
        statement.order_by(RaisedHand.raised_at, RaisedHand.event_id).limit(1).with_for_update()
    ).first()
    if hand is None:
        raise Refused.of("LD008", "Nobody waits for an answer here.", "Invite those who are warm, or wait.")
    return hand


def _answered(session: Session, lead: Lead, hand: RaisedHand, *, by: str, now: datetime) -> None:
    """All that this person asked until now is answered; their gifts go on, and the promise moves to who waits still."""
    mine = (RaisedHand.lead_id == lead.id, RaisedHand.prospect_id == hand.prospect_id, RaisedHand.answered_at.is_(None))
    session.execute(update(RaisedHand).where(*mine).values(answered_at=now, answered_by=by))
    person = session.get_one(LeadPerson, (lead.id, hand.prospect_id))
    person.hand = False
    held = session.scalar(select(Enrolment.held).where(Enrolment.id == hand.enrolment_id)) or ""
    if held.startswith((HELD_FOR, HELD_BY_REPLY)):
        campaigns.release(session, enrolment_id=hand.enrolment_id, now=now)
    lead.answer_by = session.scalar(
        select(RaisedHand.answer_by)
        .where(RaisedHand.lead_id == lead.id, RaisedHand.answered_at.is_(None), RaisedHand.answer_by.is_not(None))
        .order_by(RaisedHand.answer_by)
        .limit(1)
    )
    if lead.answer_by is None:
        lead.answered_at = now
        if lead.state == LeadState.OPEN and not _warm_people(session, lead.id):
            lead.state = LeadState.ANSWERED
    session.flush()


def _warm_people(session: Session, lead_id: int) -> bool:
    """Whether somebody in the lead is still to be invited."""
    return (
        session.scalar(select(LeadPerson.prospect_id).where(LeadPerson.lead_id == lead_id, LeadPerson.warm).limit(1))
        is not None
    )

"""The one ask. It exists for warm people only, after enough gifts, and always offers ways without a meeting."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from prospecting import campaigns, prospects
from prospecting.campaigns.form import CampaignDefinition
from prospecting.campaigns.models import Enrolment, EnrolmentState, Touch, TouchState
from prospecting.campaigns.versions import definition_of
from prospecting.findings import Refused
from prospecting.leads.models import Invitation, Lead, LeadPerson, LeadState
from prospecting.prospects.models import Prospect
from prospecting.settings import Settings

FEWEST_GIFTS = 2
"""Whatever a campaign says (invariant 2)."""
CAMPAIGN = "campaign"
"""Who sends where the campaign says `send: automatic`."""
NEVER_LEFT = (TouchState.FAILED, TouchState.SKIPPED, TouchState.CANCELLED)


def invite(
    session: Session,
    lead_id: int,
    prospect_id: int,
    *,
    by: str,
    now: datetime,
    settings: Settings,
    words: str | None = None,
) -> int:
    """Plan the invitation of one warm person, with a line of one's own (`words`) if given; the id of its touch.

    It leaves through the same gate as everything else. Raises Refused with the reason why this person cannot be invited.
    """
    # The lead's row is locked, so that two people who press at once cannot both find that nobody did.
    lead = session.scalars(select(Lead).where(Lead.id == lead_id).with_for_update()).first()
    person = session.get(LeadPerson, (lead_id, prospect_id))
    if lead is None or person is None:
        raise Refused.of("LD001", "There is no such person in this lead.", "Open the list of leads again.")
    enrolment = session.get_one(Enrolment, person.enrolment_id, populate_existing=True)
    definition = definition_of(session, enrolment.version_id)
    if reason := why_not(session, lead, person, enrolment, definition):
        raise reason
    if enrolment.state != EnrolmentState.WARM:
        campaigns.mark_warm(session, enrolment.id, now=now)
    round_ = 1 + len(_rounds(session, lead_id, prospect_id))
    touch_id = campaigns.add_invitation_touch(
        session,
        lead_id=lead_id,
        prospect_id=prospect_id,
        enrolment_id=enrolment.id,
        round=round_,
        now=now,
        settings=settings,
        content={"personal_line": words.strip()} if words and words.strip() else None,
    )
    choices = list(definition.invitation.choices) if definition.invitation else []
    session.add(
        Invitation(
            lead_id=lead_id,
            prospect_id=prospect_id,
            round=round_,
            touch_id=touch_id,
            choices=choices,
            sent_by=by,
            created_at=now,
        )
    )
    lead.state = LeadState.INVITED
    session.flush()
    return touch_id


def take_back(session: Session, lead_id: int, *, by: str, now: datetime) -> int:
    """Withdraw the invitations of this lead that have not left; how many. It is open again once none is out."""
    lead = session.scalars(select(Lead).where(Lead.id == lead_id).with_for_update()).first()
    if lead is None:
        raise Refused.of("LD001", "There is no such lead.", "Open the list of leads again.")
    taken = campaigns.withdraw(session, lead_id, now=now)
    out = select(Touch.id).join(Invitation, Invitation.touch_id == Touch.id).where(Invitation.lead_id == lead_id)
    if taken and lead.state == LeadState.INVITED and not session.scalar(out.where(Touch.state.not_in(NEVER_LEFT))):
        lead.state = LeadState.OPEN
    if taken:
        prospects.audit(session, at=now, actor=by, action="invitation taken back", subject=f"lead:{lead_id}")
    session.flush()
    return taken


def why_not(
    session: Session, lead: Lead, person: LeadPerson, enrolment: Enrolment, definition: CampaignDefinition
) -> Refused | None:
    """Why this person cannot be invited now; None if they can."""
    if lead.state == LeadState.CLOSED:
        return Refused.of("LD001", "This lead is closed.", "Only open leads can be invited.")
    if definition.purpose == "network" or definition.invitation is None:
        return Refused.of(
            "LD002", "This campaign looks after contacts; it never invites.", "Answer in writing instead."
        )
    if not person.warm:
        return Refused.of(
            "LD003",
            "This person raised a hand, and is answered rather than invited.",
            "Write the answer; only warm people are invited.",
        )
    wanted = gifts_wanted(definition)
    if enrolment.received < wanted:
        return Refused.of(
            "LD004",
            f"This person has received {enrolment.received} of the {wanted} gifts that come first.",
            "The next ones leave by themselves.",
        )
    if _unreachable(session, person.prospect_id):
        return Refused.of(
            "LD005",
            "This person asked not to be written to, or their address is dead.",
            "Nothing will be sent to them again.",
        )
    if enrolment.state not in (EnrolmentState.WARM, EnrolmentState.ACTIVE, EnrolmentState.FINISHED):
        return Refused.of(
            "LD005", "This person's passage was stopped.", "Nothing will be sent to them by this campaign."
        )
    if any(state not in NEVER_LEFT for state in _rounds(session, lead.id, person.prospect_id)):
        return Refused.of("LD006", "This person is invited already.", "Wait for what they choose.")
    return None


def gifts_wanted(definition: CampaignDefinition) -> int:
    """How many gifts a person received before they may be invited: the campaign's number, never fewer than two."""
    return max(FEWEST_GIFTS, definition.invitation.after_gifts if definition.invitation else 0)


def automatic(session: Session, *, now: datetime, settings: Settings) -> list[int]:
    """Invite those whose campaign says `send: automatic` and whom nothing speaks against; the touches."""
    invited = exists().where(Invitation.lead_id == LeadPerson.lead_id, Invitation.prospect_id == LeadPerson.prospect_id)
    rows = session.execute(
        select(Lead, LeadPerson, Enrolment)
        .join(LeadPerson, LeadPerson.lead_id == Lead.id)
        .join(Enrolment, Enrolment.id == LeadPerson.enrolment_id)
        # A hand raised waits for a person's answer first.
        .where(Lead.state == LeadState.OPEN, LeadPerson.warm, LeadPerson.hand.is_(False), ~invited)
        .order_by(Lead.id, LeadPerson.prospect_id)
        .execution_options(populate_existing=True)
    ).all()
    touches = []
    for lead, person, enrolment in rows:
        definition = definition_of(session, enrolment.version_id)
        sends_itself = definition.invitation is not None and definition.invitation.send == "automatic"
        if sends_itself and why_not(session, lead, person, enrolment, definition) is None:
            touches.append(invite(session, lead.id, person.prospect_id, by=CAMPAIGN, now=now, settings=settings))
    return touches


def _rounds(session: Session, lead_id: int, prospect_id: int) -> list[str]:
    """The states of the invitations there have been."""
    mine = (Invitation.lead_id == lead_id, Invitation.prospect_id == prospect_id)
    return list(session.scalars(select(Touch.state).join(Invitation, Invitation.touch_id == Touch.id).where(*mine)))


def _unreachable(session: Session, prospect_id: int) -> bool:
    prospect = session.get_one(Prospect, prospect_id)
    return prospect.stopped_at is not None or prospects.is_suppressed(session, prospect.address_hash)

"""Touches that rooms above ask for: the invitation of somebody warm, and the answer to somebody who asked."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.campaigns.batch import Batch, Due
from prospecting.campaigns.edges import TouchState
from prospecting.campaigns.models import Campaign, Enrolment, Touch, TouchKind
from prospecting.campaigns.touch import transition
from prospecting.campaigns.versions import version
from prospecting.engagement import modes
from prospecting.findings import Refused
from prospecting.prospects.models import Organisation, Prospect
from prospecting.settings import Settings

ANSWERED_WITHIN = timedelta(days=7)
"""An answer knows no window; it is tried for so long before somebody has to look."""


def add_invitation_touch(
    session: Session,
    *,
    lead_id: int,
    prospect_id: int,
    enrolment_id: int,
    round: int,  # noqa: A002  the column's name
    now: datetime,
    settings: Settings,
    content: dict[str, Any] | None = None,
) -> int:
    """One invitation, planned for the next window that the person's calendar and pace allow; the touch.

    The same lead, person and round again is the touch there is. Raises Refused if it can never leave.
    """
    there = select(Touch.id).where(Touch.lead_id == lead_id, Touch.prospect_id == prospect_id, Touch.round == round)
    if (known := session.scalar(there)) is not None:
        return known
    enrolment = session.get_one(Enrolment, enrolment_id)
    due = Due(
        enrolment_id,
        enrolment.campaign_id,
        enrolment.version_id,
        prospect_id,
        enrolment.mailbox_id,
        step_id=f"invitation-{round}",
    )
    batch = Batch.load(session, [due], now=now, settings=settings, lock=False)
    person, known_version = batch.persons[prospect_id], batch.versions[enrolment.version_id]
    invitation = known_version.definition.invitation
    slot = batch.retime(due) if invitation and not person.gone else None
    if slot is None or invitation is None:
        raise Refused.of(
            "LD002", "This person cannot be invited: nothing may leave to them any more.", "Close the lead."
        )
    touch = Touch(
        kind=TouchKind.INVITATION,
        prospect_id=prospect_id,
        mailbox_id=enrolment.mailbox_id,
        campaign_id=enrolment.campaign_id,
        version_id=enrolment.version_id,
        enrolment_id=enrolment_id,
        lead_id=lead_id,
        round=round,
        message=known_version.message_for(invitation.message, person.speaks(known_version.definition)),
        content=content,
        mode=person.mode(known_version.definition),
        due_at=slot.due_at,
        window_ends_at=slot.window_ends_at,
        created_at=now,
    )
    session.add(touch)
    session.flush()
    return touch.id


def add_service_touch(
    session: Session,
    *,
    prospect_id: int,
    mailbox_id: int,
    content: dict[str, Any],
    now: datetime,
    campaign_id: int | None = None,
) -> int:
    """An answer or a confirmation that the person asked for: due at once, in no window and at no pace; the touch."""
    row = session.execute(
        select(Prospect.country, Prospect.tracking_wish, Organisation.country.label("o_country"))
        .outerjoin(Organisation, Organisation.id == Prospect.organisation_id)
        .where(Prospect.id == prospect_id)
    ).one()
    campaign = session.get(Campaign, campaign_id) if campaign_id is not None else None
    version_id = campaign.version_id if campaign else None
    choice = version(session, version_id).definition.tracking if version_id is not None else "by_country"
    touch = Touch(
        kind=TouchKind.SERVICE,
        prospect_id=prospect_id,
        mailbox_id=mailbox_id,
        campaign_id=campaign_id,
        version_id=version_id,
        content=content,
        mode=modes.mode_of(country=row.country or row.o_country, wish=row.tracking_wish, choice=choice),
        due_at=now,
        window_ends_at=now + ANSWERED_WITHIN,
        created_at=now,
    )
    session.add(touch)
    session.flush()
    return touch.id


def withdraw(session: Session, lead_id: int, *, now: datetime) -> int:
    """Take back the invitations of a lead that have not left; how many."""
    conditions = [Touch.lead_id == lead_id]
    cancel = transition(
        conditions,
        (TouchState.PLANNED, TouchState.CLAIMED),
        TouchState.CANCELLED,
        reason="withdrawn",
        withdrawn=True,
        ended_at=now,
    )
    done = session.execute(cancel, execution_options={"synchronize_session": False})
    return int(done.rowcount)  # type: ignore[attr-defined]

"""People who became warm, or raised a hand."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting import leads, warmth
from prospecting.campaigns.models import Enrolment
from prospecting.leads.models import Lead, LeadPerson
from prospecting.prospects.models import Prospect
from prospecting.settings import Settings
from tests.campaigns import stories
from tests.campaigns.stories import NOW
from tests.warmth.world import did, letter

DAY = timedelta(days=1)
LATER = NOW + 9 * DAY
"""A Thursday, when `warmed` people are warm."""


def warmed(session: Session, enrolment: Enrolment, *, at: datetime = NOW) -> None:
    """Two gifts received and enough said about them: useful, a diagnostic, the next one asked for."""
    guide = letter(session, enrolment, "guide", at)
    check = letter(session, enrolment, "diagnostic", at + 7 * DAY)
    did(session, guide, "useful", at + DAY + enrolment.id * timedelta(minutes=3))
    did(session, check, "diagnostic_completed", at + 8 * DAY + enrolment.id * timedelta(minutes=3))
    did(session, check, "send_next", at + 8 * DAY + enrolment.id * timedelta(minutes=3, seconds=30))


def raised(
    session: Session, enrolment: Enrolment, *, at: datetime = NOW + DAY, words: str = "Comment faites-vous ?"
) -> None:
    """One gift received, and a question about it."""
    did(session, letter(session, enrolment, "guide", NOW), "question", at, words=words)


def settle(session: Session, settings: Settings, *, now: datetime = LATER) -> list[int]:
    """Judge and surface; the leads that changed."""
    warmth.update(session, now=now)
    return leads.surface(session, now=now, settings=settings)


def together(session: Session, *enrolments: Enrolment, **organisation: Any) -> int:
    """Let these people work at one place; its id."""
    place = stories.organisation(session, "Sillon", **organisation)
    for enrolment in enrolments:
        session.get_one(Prospect, enrolment.prospect_id).organisation_id = place.id
    session.flush()
    return place.id


def people_of(session: Session, lead_id: int) -> dict[int, LeadPerson]:
    rows = session.scalars(
        select(LeadPerson).where(LeadPerson.lead_id == lead_id).execution_options(populate_existing=True)
    )
    return {row.prospect_id: row for row in rows}


def only_lead(session: Session) -> Lead:
    return session.scalars(select(Lead).execution_options(populate_existing=True)).one()

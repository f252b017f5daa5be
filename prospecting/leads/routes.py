"""Whose lead it becomes: the campaign's route, applied to what the tables say. Nobody is pinged."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from prospecting import senders
from prospecting.campaigns.form import CampaignDefinition
from prospecting.leads.models import Lead, LeadState
from prospecting.senders.models import Mailbox, User

ANSWER_DAYS = 2
"""Working days within which whoever raised a hand is promised an answer."""


def owner_of(
    session: Session, definition: CampaignDefinition, *, campaign_id: int, organisation_id: int | None, mailbox_id: int
) -> str:
    """The handle of who gets a new lead, by the campaign's route; the sender wherever the route leaves it open."""
    by = definition.invitation.route.by if definition.invitation else "sender"
    sender = _owner_of_mailbox(session, mailbox_id) or definition.owner
    if by == "organisation":
        return _owner_of_organisation(session, organisation_id) or sender
    if by == "turn":
        return _least(session, _team(session, definition), sender, func.max(Lead.id), campaign_id=campaign_id)
    if by == "load":
        return _least(session, _team(session, definition), sender, func.count(), open_only=True)
    return sender


def promise(session: Session, owner: str, raised_at: datetime) -> datetime:
    """By when an answer is promised: the end of the owner's second working day after `raised_at`, in UTC."""
    user = senders.user(session, owner)
    zone = ZoneInfo(user.zone) if user else ZoneInfo("UTC")
    ends = max((span.split("-")[1] for span in user.hours), default="17:00") if user else "17:00"
    hour, minute = (23, 59) if ends == "24:00" else (int(ends[:2]), int(ends[3:]))
    day, left = raised_at.astimezone(zone), ANSWER_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0).astimezone(ZoneInfo("UTC"))


def _owner_of_mailbox(session: Session, mailbox_id: int) -> str | None:
    return session.scalar(select(User.handle).join(Mailbox, Mailbox.user_id == User.id).where(Mailbox.id == mailbox_id))


def _owner_of_organisation(session: Session, organisation_id: int | None) -> str | None:
    """Who last had a lead of this organisation, in whatever campaign."""
    if organisation_id is None:
        return None
    mine = select(Lead.owner).where(Lead.organisation_id == organisation_id).order_by(Lead.id.desc()).limit(1)
    return session.scalar(mine)


def _team(session: Session, definition: CampaignDefinition) -> list[str]:
    """The active users whose mailboxes send this campaign, in the campaign's order."""
    rows = session.execute(
        select(Mailbox.slug, User.handle)
        .join(User, User.id == Mailbox.user_id)
        .where(Mailbox.slug.in_(definition.senders), User.active)
    )
    by_slug = dict(rows.all())
    return list(dict.fromkeys(by_slug[slug] for slug in definition.senders if slug in by_slug))


def _least(
    session: Session,
    team: list[str],
    sender: str,
    measure: ColumnElement[int],
    *,
    campaign_id: int | None = None,
    open_only: bool = False,
) -> str:
    """Who of `team` has the smallest `measure` over their leads; whoever has none comes first, in the team's order."""
    statement = select(Lead.owner, measure).where(Lead.owner.in_(team)).group_by(Lead.owner)
    if campaign_id is not None:
        statement = statement.where(Lead.campaign_id == campaign_id)
    if open_only:
        statement = statement.where(Lead.state == LeadState.OPEN)
    has = dict(session.execute(statement).all())
    return min(team, key=lambda handle: has.get(handle, 0)) if team else sender

"""A campaign on its way: paused, resumed, confirmed after its first ones, and how it stands."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from prospecting.campaigns.edges import TouchState
from prospecting.campaigns.holding import FIRST_ONES, release_where
from prospecting.campaigns.models import Campaign, CampaignState, CampaignVersion, Enrolment, EnrolmentState, Touch
from prospecting.campaigns.planner import replan
from prospecting.campaigns.versions import definition_of
from prospecting.findings import Refused
from prospecting.prospects.audit import audit
from prospecting.senders.ramp import working_days
from prospecting.settings import Settings

WORKING_DAYS_BEFORE_THE_REST = 2
"""So many working days of answers are looked at before the rest of a campaign begins."""

ON_ITS_WAY = (TouchState.PLANNED, TouchState.CLAIMED, TouchState.SENDING)


def campaign(session: Session, slug: str) -> Campaign:
    """The campaign called `slug`. Raises Refused."""
    found = session.scalar(select(Campaign).where(Campaign.slug == slug))
    if found is None:
        known = ", ".join(session.scalars(select(Campaign.slug).order_by(Campaign.slug)))
        raise Refused.of(
            "CF003",
            f'No campaign "{slug}" was ever launched.',
            f"Launched are: {known}." if known else "Launch it first.",
        )
    return found


def pause(session: Session, slug: str, *, by: str, now: datetime, why: str = "") -> bool:
    """Let nothing more of this campaign pass the gate: one UPDATE. False if it was not running."""
    one = campaign(session, slug)
    reason = why or f"paused by {by}"
    changed = session.execute(
        update(Campaign)
        .where(Campaign.id == one.id, Campaign.state == CampaignState.RUNNING)
        .values(state=CampaignState.PAUSED, paused_why=reason[:300])
    )
    paused = bool(changed.rowcount)  # type: ignore[attr-defined]
    if paused:
        audit(session, at=now, actor=by, action="pause", subject=f"campaign:{slug}", detail={"why": reason})
    return paused


def resume(session: Session, slug: str, *, by: str, now: datetime, settings: Settings) -> bool:
    """Go on; what became overdue meanwhile is spread over the next windows. False if it was not paused."""
    one = campaign(session, slug)
    changed = session.execute(
        update(Campaign)
        .where(Campaign.id == one.id, Campaign.state == CampaignState.PAUSED)
        .values(state=CampaignState.RUNNING, paused_why=None)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        return False
    planned = session.scalars(
        select(Touch.id).where(
            Touch.campaign_id == one.id,
            Touch.state == TouchState.PLANNED,
            Touch.version_id.is_not(None),
            Touch.kind != "service",
        )
    )
    replan(session, list(planned), now=now, settings=settings)
    open_touch = select(Touch.id).where(Touch.enrolment_id == Enrolment.id, Touch.state.in_(ON_ITS_WAY)).exists()
    session.execute(
        update(Enrolment)
        .where(Enrolment.campaign_id == one.id, Enrolment.state == EnrolmentState.ACTIVE, Enrolment.held.is_(None))
        .where(Enrolment.plan_at.is_(None), ~open_touch)
        .values(plan_at=now),
        execution_options={"synchronize_session": False},
    )
    audit(session, at=now, actor=by, action="resume", subject=f"campaign:{slug}", detail={})
    return True


def confirm_start(session: Session, slug: str, *, by: str, now: datetime) -> int:
    """Let those begin who waited for the first ones (`start_with`); how many.

    Raises Refused before two working days have passed since the first gift left: answers need time.
    """
    one = campaign(session, slug)
    waiting = [Enrolment.campaign_id == one.id, Enrolment.held == FIRST_ONES]
    if not session.scalar(select(func.count()).select_from(Enrolment).where(*waiting)):
        return 0
    first = session.scalar(
        select(func.min(Touch.ended_at)).where(Touch.campaign_id == one.id, Touch.state == TouchState.SENT)
    )
    if first is None or working_days(first.date(), now.date()) < WORKING_DAYS_BEFORE_THE_REST:
        since = f"The first gift left on {first:%Y-%m-%d}." if first else "No gift has left yet."
        raise Refused.of(
            "CF005",
            f"{since} The rest begins after two working days of answers.",
            "Look at the answers, and confirm then.",
        )
    released = release_where(session, waiting, now=now)
    audit(session, at=now, actor=by, action="confirm_start", subject=f"campaign:{slug}", detail={"people": released})
    return released


@dataclass(frozen=True)
class Status:
    """How a campaign stands."""

    slug: str
    name: str
    state: str
    paused_why: str | None
    version: int
    people: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    touches: dict[str, int] = field(default_factory=dict)
    next_leaves_at: datetime | None = None
    looks_again_at: datetime | None = None
    start_with: int | None = None


def status(session: Session, slug: str) -> Status:
    """The state of the campaign, its people by state and by why they are held, its touches, and what leaves next."""
    one = campaign(session, slug)
    number = session.scalar(select(CampaignVersion.number).where(CampaignVersion.id == one.version_id)) or 0
    mine = Enrolment.campaign_id == one.id
    waiting = (mine, Enrolment.state == EnrolmentState.ACTIVE, Enrolment.held.is_(None))
    return Status(
        slug=one.slug,
        name=one.name,
        state=one.state,
        paused_why=one.paused_why,
        version=number,
        people=_counts(
            session.execute(select(Enrolment.state, func.count()).where(mine).group_by(Enrolment.state)).all()
        ),
        held=_counts(
            session.execute(
                select(Enrolment.held, func.count()).where(mine, Enrolment.held.is_not(None)).group_by(Enrolment.held)
            ).all()
        ),
        touches=_counts(
            session.execute(
                select(Touch.state, func.count()).where(Touch.campaign_id == one.id).group_by(Touch.state)
            ).all()
        ),
        next_leaves_at=session.scalar(
            select(func.min(Touch.due_at)).where(Touch.campaign_id == one.id, Touch.state == TouchState.PLANNED)
        ),
        looks_again_at=session.scalar(select(func.min(Enrolment.plan_at)).where(*waiting)),
        start_with=definition_of(session, one.version_id).start_with if one.version_id else None,
    )


def _counts(rows: Sequence[object]) -> dict[str, int]:
    return {str(row[0]): int(row[1]) for row in rows}  # type: ignore[index]

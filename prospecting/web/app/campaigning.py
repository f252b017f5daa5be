"""The campaigns: where each stands, what leaves next, who was left out; paused, gone on with, begun for the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from prospecting import campaigns, content, insights, senders, warmth
from prospecting.campaigns.audience import LeftOut
from prospecting.campaigns.audience import people as audience_of
from prospecting.campaigns.form import CampaignDefinition
from prospecting.campaigns.models import Campaign, Touch, TouchKind, TouchState
from prospecting.campaigns.versions import definition_of
from prospecting.content.models import Gift
from prospecting.engagement.models import Event
from prospecting.insights import CampaignStateView
from prospecting.insights.states import USED
from prospecting.prospects.models import Organisation, Prospect
from prospecting.warmth.judge import DELIBERATE
from prospecting.warmth.models import Judgement
from prospecting.web.app.desk import NothingHere, Visit

NEXT = 8
BY = "team"
"""Who presses, as the audit says it: a sign-in is the team's."""


@dataclass(frozen=True)
class StepView:
    """One gift of a campaign: how many were sent it, how many said or did something with it."""

    id: str
    titles: list[str]
    sent: int
    used: int


@dataclass(frozen=True)
class NextView:
    """One message that leaves next."""

    at: datetime
    prospect_id: int
    name: str
    organisation: str | None
    kind: str
    title: str | None


@dataclass(frozen=True)
class CampaignPage:
    """All that a campaign's page says."""

    state: CampaignStateView
    owner: str
    status: campaigns.Status
    steps: list[StepView]
    next: list[NextView]
    left_out: Mapping[str, int]
    may_confirm: int
    """People who wait for the first ones' answers to be looked at."""
    choices: tuple[str, ...]
    bar: float


async def campaign_list(visit: Visit) -> Response:
    """`GET /app/campaigns`."""

    def read(session: Session) -> list[CampaignStateView]:
        return insights.campaign_states(session, now=visit.now, language=visit.language)

    states = await visit.front.reading(read)
    return visit.page("campaigns.html", {"states": states})


async def one_campaign(visit: Visit) -> Response:
    """`GET /app/campaigns/{slug}`."""
    found = await visit.front.reading(lambda session: _page(session, visit))
    return visit.page("campaign.html", {"found": found, "done": visit.request.query_params.get("done", "")})


async def pause(visit: Visit) -> Response:
    """`POST /app/campaigns/{slug}/pause`: nothing more leaves."""
    slug, why = _slug(visit), visit.said.text("why", 300)
    await visit.front.writing(
        lambda session: campaigns.pause(session, _known(session, slug), by=BY, now=visit.now, why=why)
    )
    return visit.back(f"/app/campaigns/{slug}?done=paused")


async def resume(visit: Visit) -> Response:
    """`POST /app/campaigns/{slug}/resume`."""
    slug, settings = _slug(visit), visit.front.installation.settings
    await visit.front.writing(
        lambda session: campaigns.resume(session, _known(session, slug), by=BY, now=visit.now, settings=settings)
    )
    return visit.back(f"/app/campaigns/{slug}?done=resumed")


async def confirm(visit: Visit) -> Response:
    """`POST /app/campaigns/{slug}/confirm`: the rest begins."""
    slug = _slug(visit)
    await visit.front.writing(
        lambda session: campaigns.confirm_start(session, _known(session, slug), by=BY, now=visit.now)
    )
    return visit.back(f"/app/campaigns/{slug}?done=confirmed")


def _slug(visit: Visit) -> str:
    return str(visit.request.path_params["slug"])


def _known(session: Session, slug: str) -> str:
    if session.scalar(select(Campaign.id).where(Campaign.slug == slug)) is None:
        raise NothingHere
    return slug


def _page(session: Session, visit: Visit) -> CampaignPage:
    slug = _known(session, _slug(visit))
    states = insights.campaign_states(session, now=visit.now, language=visit.language)
    status = campaigns.status(session, slug)
    row = session.scalars(select(Campaign).where(Campaign.slug == slug)).one()
    definition = definition_of(session, row.version_id) if row.version_id else None
    audience = audience_of(session, definition, now=visit.now) if definition else None
    left_out = {why: n for why, n in (audience.left_out if audience else {}).items() if why != LeftOut.ALREADY_IN}
    owner = senders.user(session, row.owner)
    models = warmth.models_of(session, [row.id])
    return CampaignPage(
        state=next(state for state in states if state.slug == slug),
        owner=owner.name if owner else row.owner,
        status=status,
        steps=_steps(session, row.id, definition, visit.language) if definition else [],
        next=_next(session, row.id, visit),
        left_out={why: count for why, count in left_out.items() if count},
        may_confirm=status.held.get("first_ones", 0),
        choices=tuple(definition.invitation.choices) if definition and definition.invitation else (),
        bar=models[row.id].bar if row.id in models else 0.0,
    )


def _steps(session: Session, campaign_id: int, definition: CampaignDefinition, language: str) -> list[StepView]:
    sent = _by_step(
        session,
        select(Touch.step, func.count())
        .where(Touch.campaign_id == campaign_id, Touch.kind == TouchKind.GIFT, Touch.state == TouchState.SENT)
        .group_by(Touch.step),
    )
    used = _by_step(
        session,
        select(Touch.step, func.count(distinct(Event.prospect_id)))
        .join(Event, Event.touch_id == Touch.id)
        .join(Judgement, Judgement.event_id == Event.id)
        .where(
            Touch.campaign_id == campaign_id,
            Touch.kind == TouchKind.GIFT,
            Event.kind.in_(USED),
            Judgement.likelihood >= DELIBERATE,
        )
        .group_by(Touch.step),
    )
    return [
        StepView(
            id=step.id,
            titles=[_title(session, slug, language) for slug in _given(step.give)],
            sent=sent.get(step.id, 0),
            used=used.get(step.id, 0),
        )
        for step in definition.gifts
    ]


def _by_step(session: Session, statement: object) -> dict[str, int]:
    return {step: count for step, count in session.execute(statement) if step is not None}  # type: ignore[call-overload]


def _given(give: object) -> list[str]:
    best = getattr(give, "best_of", None)
    return list(best) if best else [str(give)]


def _title(session: Session, slug: str, language: str) -> str:
    gift = content.gift(session, slug, language)
    return gift.title if gift else slug


def _next(session: Session, campaign_id: int, visit: Visit) -> list[NextView]:
    rows = session.execute(
        select(Touch, Prospect, Organisation.name, Gift.slug)
        .join(Prospect, Prospect.id == Touch.prospect_id)
        .outerjoin(Organisation, Organisation.id == Prospect.organisation_id)
        .outerjoin(Gift, Gift.id == Touch.gift_id)
        .where(Touch.campaign_id == campaign_id, Touch.state == TouchState.PLANNED)
        .order_by(Touch.due_at, Touch.id)
        .limit(NEXT)
    ).all()
    return [
        NextView(
            at=max(touch.due_at, visit.now),
            prospect_id=person.id,
            name=warmth.name_of(person.first_name, person.last_name, person.address),
            organisation=organisation,
            kind=touch.kind,
            title=_title(session, slug, visit.language) if slug else None,
        )
        for touch, person, organisation, slug in rows
    ]

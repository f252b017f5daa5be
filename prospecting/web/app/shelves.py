"""The library: each gift with its state, how often it was given, what people made of it, and visits a week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from prospecting import content, engagement
from prospecting.campaigns.models import Touch, TouchState
from prospecting.content import GiftFacts
from prospecting.engagement.kinds import EventKind
from prospecting.engagement.models import Event
from prospecting.engagement.visits import monday
from prospecting.warmth.judge import DELIBERATE
from prospecting.warmth.models import Judgement
from prospecting.web.app.desk import Visit

WEEKS = 8


@dataclass(frozen=True)
class GiftView:
    """One gift of the library. `weeks` are visits by week, oldest first; None where too few people were given it."""

    gift: GiftFacts
    languages: list[str]
    why_not: str | None
    given: int
    useful: int
    asked_for_more: int
    not_for_me: int
    weeks: list[tuple[date, int]] | None


async def gift_list(visit: Visit) -> Response:
    """`GET /app/gifts`."""
    found = await visit.front.reading(lambda session: _gifts(session, visit))
    values = {"gifts": found, "from": engagement.SHOWN_FROM, "sendable": sum(view.why_not is None for view in found)}
    return visit.page("gifts.html", values)


def _gifts(session: Session, visit: Visit) -> list[GiftView]:
    by_slug: dict[str, list[GiftFacts]] = {}
    for facts in content.gifts(session):
        by_slug.setdefault(facts.slug, []).append(facts)
    received = (
        select(Touch.gift_id, func.count(distinct(Touch.prospect_id)))
        .where(Touch.state == TouchState.SENT, Touch.gift_id.is_not(None))
        .group_by(Touch.gift_id)
    )
    given = {gift_id or 0: people for gift_id, people in session.execute(received)}
    said = _said(session)
    today = visit.now.date()
    views = [_view(session, facts, given.get(facts[0].gift_id, 0), said, today, visit) for facts in by_slug.values()]
    return sorted(views, key=lambda view: (view.why_not == "retired", -view.given, view.gift.title))


def _view(
    session: Session,
    facts: Sequence[GiftFacts],
    given: int,
    said: Mapping[tuple[str, str], int],
    today: date,
    visit: Visit,
) -> GiftView:
    gift = next((one for one in facts if one.language.split("-")[0] == visit.language), facts[0])
    may_leave = [one for one in facts if one.why_not(today) is None]
    return GiftView(
        gift=gift,
        languages=[one.language for one in facts],
        why_not=None if may_leave else gift.why_not(today),
        given=given,
        useful=said.get((gift.slug, EventKind.USEFUL), 0),
        asked_for_more=said.get((gift.slug, EventKind.SEND_NEXT), 0),
        not_for_me=said.get((gift.slug, EventKind.NOT_FOR_ME), 0),
        weeks=_weeks(engagement.visits(session, gift.slug), today) if given >= engagement.SHOWN_FROM else None,
    )


def _said(session: Session) -> dict[tuple[str, str], int]:
    kinds = (EventKind.USEFUL, EventKind.SEND_NEXT, EventKind.NOT_FOR_ME)
    rows = session.execute(
        select(Event.gift, Event.kind, func.count(distinct(Event.prospect_id)))
        .join(Judgement, Judgement.event_id == Event.id)
        .where(Event.kind.in_(kinds), Event.gift.is_not(None), Judgement.likelihood >= DELIBERATE)
        .group_by(Event.gift, Event.kind)
    )
    return {(gift, kind): count for gift, kind, count in rows if gift is not None}


def _weeks(visits: Mapping[date, int], today: date) -> list[tuple[date, int]]:
    this = monday(today)
    weeks = [this - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    return [(week, visits.get(week, 0)) for week in weeks]

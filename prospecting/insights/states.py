"""Where each campaign stands, in one look: people, gifts, what was made of them, who is warm, what leaves next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import Session

from prospecting.campaigns.models import (
    Campaign,
    CampaignState,
    Enrolment,
    EnrolmentState,
    Touch,
    TouchKind,
    TouchState,
)
from prospecting.engagement.kinds import WEIGHTS, EventKind
from prospecting.engagement.models import Event
from prospecting.leads.models import Invitation, Lead, LeadPerson, LeadState, Meeting, RaisedHand
from prospecting.prospects.models import Prospect
from prospecting.warmth.judge import DELIBERATE
from prospecting.warmth.models import Judgement
from prospecting.words import Words, number

WORDS = Words(Path(__file__).with_name("words"))
USED = tuple(str(kind) for kind, weight in WEIGHTS.items() if weight.deliberate and kind is not EventKind.NOT_FOR_ME)
"""What shows that a gift was of use to somebody."""


@dataclass(frozen=True)
class CampaignStateView:
    """One campaign now. Counts are of people unless named otherwise; `used` are people with a deliberate act of theirs."""

    slug: str
    name: str
    owner: str
    state: str
    paused_why: str | None
    people: int
    active: int
    held: int
    gifts_sent: int
    used: int
    warm: int
    hands: int
    invited: int
    meetings: int
    objections: int
    failed: int
    uncertain: int
    next_at: datetime | None
    next_gifts: int
    """Touches planned and not sent yet."""
    sentence: str
    """The news, in a sentence of the reader's language."""


def campaign_states(session: Session, *, now: datetime, language: str) -> list[CampaignStateView]:
    """Every campaign, running ones first, then by name. A handful of grouped counts, whatever the number of campaigns."""
    campaigns = session.scalars(select(Campaign)).all()
    counts = _Counts(session)
    views = [_view(campaign, counts, now=now, language=language) for campaign in campaigns]
    order = {state: place for place, state in enumerate(CampaignState)}
    return sorted(views, key=lambda view: (order[CampaignState(view.state)], view.name.casefold(), view.slug))


@dataclass(frozen=True)
class Numbers:
    """The installation in nine numbers."""

    prospects: int
    touches: int
    gifts_sent: int
    events: int
    gestures: int
    warm: int
    hands: int
    invitations: int
    meetings: int

    @property
    def gifts_per_ask(self) -> float | None:
        """How many gifts were given for each invitation; None before the first."""
        return self.gifts_sent / self.invitations if self.invitations else None


def numbers(session: Session) -> Numbers:
    """Counts over the whole installation."""

    def count(table: Any, *where: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

    return Numbers(
        prospects=count(Prospect),
        touches=count(Touch),
        gifts_sent=count(Touch, Touch.kind == TouchKind.GIFT, Touch.state == TouchState.SENT),
        events=count(Event),
        gestures=count(Event, Event.kind.in_(USED)),
        warm=count(LeadPerson, LeadPerson.warm.is_(True)),
        hands=count(RaisedHand),
        invitations=count(Invitation),
        meetings=count(Meeting, Meeting.cancelled_at.is_(None)),
    )


class _Counts:
    """Each figure by campaign, from one grouped statement each."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.people = self._by(Enrolment.campaign_id, Enrolment)
        self.active = self._by(Enrolment.campaign_id, Enrolment, Enrolment.state == EnrolmentState.ACTIVE)
        self.held = self._by(
            Enrolment.campaign_id, Enrolment, Enrolment.state == EnrolmentState.ACTIVE, Enrolment.held.is_not(None)
        )
        self.sent = self._touches(TouchState.SENT)
        self.failed = self._touches(TouchState.FAILED)
        self.uncertain = self._touches(TouchState.UNCERTAIN)
        self.used = self._used()
        mine = (LeadPerson.lead_id == Lead.id,)
        self.warm = self._by(
            Lead.campaign_id, LeadPerson, LeadPerson.warm.is_(True), *mine, beside=[Lead], of=LeadPerson.prospect_id
        )
        self.hands = self._by(
            Lead.campaign_id,
            RaisedHand,
            RaisedHand.lead_id == Lead.id,
            Lead.state != LeadState.CLOSED,
            beside=[Lead],
            of=RaisedHand.prospect_id,
        )
        self.invited = self._by(
            Lead.campaign_id, Invitation, Invitation.lead_id == Lead.id, beside=[Lead], of=Invitation.prospect_id
        )
        self.meetings = self._by(
            Lead.campaign_id, Meeting, Meeting.lead_id == Lead.id, Meeting.cancelled_at.is_(None), beside=[Lead]
        )
        self.objections = self._objections()
        self.next_at, self.next_gifts = self._next()

    def _by(
        self,
        campaign: Any,
        table: Any,
        *where: ColumnElement[bool],
        beside: Iterable[Any] = (),
        of: Any = None,
    ) -> dict[int, int]:
        what = func.count() if of is None else func.count(distinct(of))
        statement = select(campaign, what).select_from(table, *beside).where(*where).group_by(campaign)
        return {found: count for found, count in self._session.execute(statement) if found is not None}

    def _touches(self, state: TouchState) -> dict[int, int]:
        return self._by(Touch.campaign_id, Touch, Touch.kind == TouchKind.GIFT, Touch.state == state)

    def _used(self) -> dict[int, int]:
        """People who said or did something deliberate, by what we think of it now."""
        return self._by(
            Event.campaign_id,
            Event,
            Event.kind.in_(USED),
            Judgement.event_id == Event.id,
            Judgement.likelihood >= DELIBERATE,
            beside=[Judgement],
            of=Event.prospect_id,
        )

    def _objections(self) -> dict[int, int]:
        """People of the campaign who objected after it began for them."""
        return self._by(
            Enrolment.campaign_id,
            Enrolment,
            Event.prospect_id == Enrolment.prospect_id,
            Event.kind == EventKind.OBJECTED,
            Event.at >= Enrolment.enrolled_at,
            beside=[Event],
            of=Event.prospect_id,
        )

    def _next(self) -> tuple[dict[int, datetime], dict[int, int]]:
        statement = (
            select(Touch.campaign_id, func.min(Touch.due_at), func.count())
            .where(Touch.kind == TouchKind.GIFT, Touch.state == TouchState.PLANNED)
            .group_by(Touch.campaign_id)
        )
        rows = [
            (campaign, first, count)
            for campaign, first, count in self._session.execute(statement)
            if campaign is not None
        ]
        return {campaign: first for campaign, first, _ in rows}, {campaign: count for campaign, _, count in rows}


def _view(campaign: Campaign, counts: _Counts, *, now: datetime, language: str) -> CampaignStateView:
    people, warm = counts.people.get(campaign.id, 0), counts.warm.get(campaign.id, 0)
    next_at = counts.next_at.get(campaign.id)
    key = "warm" if warm else "nobody"
    return CampaignStateView(
        slug=campaign.slug,
        name=campaign.name or campaign.slug,
        owner=campaign.owner,
        state=campaign.state,
        paused_why=campaign.paused_why,
        people=people,
        active=counts.active.get(campaign.id, 0),
        held=counts.held.get(campaign.id, 0),
        gifts_sent=counts.sent.get(campaign.id, 0),
        used=counts.used.get(campaign.id, 0),
        warm=warm,
        hands=counts.hands.get(campaign.id, 0),
        invited=counts.invited.get(campaign.id, 0),
        meetings=counts.meetings.get(campaign.id, 0),
        objections=counts.objections.get(campaign.id, 0),
        failed=counts.failed.get(campaign.id, 0),
        uncertain=counts.uncertain.get(campaign.id, 0),
        next_at=max(next_at, now) if next_at else None,
        next_gifts=counts.next_gifts.get(campaign.id, 0),
        sentence=WORDS.say(language, key, n=warm, people=number(people, language)),
    )

"""What a launch would do, worked out day by day with the engine's own rules, before anything leaves.

Every gift is taken to leave when it is due and every condition to be met: an upper bound, and said so.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prospecting.campaigns import audience
from prospecting.campaigns.audience import UnknownCount
from prospecting.campaigns.calendar import seed_of
from prospecting.campaigns.conditions import Act
from prospecting.campaigns.form import CampaignDefinition, Step
from prospecting.campaigns.launch import first_ones, mailboxes_of, read
from prospecting.campaigns.pace import Pace, Spacing, strictest
from prospecting.campaigns.people import Calendars, Person, people
from prospecting.campaigns.rooms import Rooms
from prospecting.campaigns.sharing import share_out
from prospecting.campaigns.spans import Span
from prospecting.campaigns.steps import End, Ground, Look, Passage, Plan, decide
from prospecting.prospects.models import Organisation, Prospect
from prospecting.senders.limits import cap_on, facts
from prospecting.senders.models import Mailbox
from prospecting.settings import Settings

AT_ONCE = 5_000
"""People read in one query."""

LOOKS = 400
"""So often one person is looked at before the preview gives up on them: a mailbox that is always full."""

TWO_WORKING_DAYS = Span(2, working=True)


@dataclass(frozen=True)
class PlannedTouch:
    """One touch as it would be: who, what, and when in their own time."""

    prospect_id: int
    step: str
    gifts: tuple[str, ...]
    mailbox: str
    due_at: datetime
    zone: str
    conditional: bool
    """Leaves only if the step's condition is met."""

    @property
    def local(self) -> datetime:
        return self.due_at.astimezone(ZoneInfo(self.zone))


@dataclass(frozen=True)
class Who:
    """A person as a plan shows them."""

    name: str
    address: str
    organisation: str | None


@dataclass(frozen=True)
class Load:
    """What a mailbox would send in one day (UTC), against what it may."""

    mailbox: str
    day: date
    messages: int
    limit: int


@dataclass(frozen=True)
class Preview:
    """What a launch would do."""

    campaign: str
    people: int
    matched: int
    left_out: dict[str, int]
    unknown: list[UnknownCount]
    zones: dict[str, int]
    """How many people's zones are known by what."""
    touches: list[PlannedTouch]
    loads: list[Load]
    ends: dict[str, int]
    """How many people's passage would end early, by reason."""
    first_ones: int
    """How many begin; the others once a person has confirmed, here after two working days."""
    who: Mapping[int, Who] = field(default_factory=dict, repr=False)

    @property
    def days(self) -> dict[date, int]:
        """Touches on each local day."""
        return dict(sorted(Counter(touch.local.date() for touch in self.touches).items()))

    @property
    def conditional(self) -> int:
        return sum(touch.conditional for touch in self.touches)


def preview(session: Session, folder: Path, file: Path, *, now: datetime, settings: Settings) -> Preview:
    """What launching `file` now would do. Raises Refused for a file that cannot be read."""
    campaign, document = read(folder, file)
    boxes = mailboxes_of(session, campaign, document)
    found = audience.people(session, campaign, now=now, document=document)
    senders = share_out(found.organisations, boxes)
    run = Run.load(session, campaign, found.ids, senders, now=now, settings=settings)
    touches = sorted(run.touches(now), key=lambda touch: (touch.due_at, touch.prospect_id))
    return Preview(
        campaign=campaign.campaign,
        people=len(found.ids),
        matched=found.matched,
        left_out=_outside(session, found.matched) | found.left_out,
        unknown=found.unknown,
        zones=run.zones(),
        touches=touches,
        loads=_loads(session, touches),
        ends=dict(run.ended),
        first_ones=len(run.first),
        who=_who(session, found.ids),
    )


class AllMet:
    """A world in which every condition is met, and gifts of several are taken in turns."""

    def __init__(self, campaign: CampaignDefinition, person_id: int) -> None:
        self._campaign, self._person = campaign, person_id

    def did(self, act: Act, step: str) -> bool:
        return act is not Act.NOT_FOR_ME

    def gift(self, step: Step) -> str:
        return step.gifts[seed_of(self._campaign.campaign, step.id, self._person) % len(step.gifts)]


@dataclass
class Run:
    """The campaign's weeks, without any row."""

    campaign: CampaignDefinition
    persons: dict[int, Person]
    senders: Mapping[int, int]
    slugs: Mapping[int, str]
    calendars: Calendars
    rooms: Rooms
    house: Spacing
    first: set[int]
    ended: Counter[str] = field(default_factory=Counter)
    taken: dict[int, list[datetime]] = field(default_factory=dict)

    @classmethod
    def load(
        cls,
        session: Session,
        campaign: CampaignDefinition,
        ids: Sequence[int],
        senders: Mapping[int, int],
        *,
        now: datetime,
        settings: Settings,
    ) -> "Run":
        persons: dict[int, Person] = {}
        for start in range(0, len(ids), AT_ONCE):
            persons |= people(session, ids[start : start + AT_ONCE])
        return cls(
            campaign=campaign,
            persons=persons,
            senders=senders,
            slugs={row.id: row.slug for row in session.execute(select(Mailbox.id, Mailbox.slug))},
            calendars=Calendars.load(session, settings.timezone),
            rooms=Rooms.load(session, set(senders.values()), now=now),
            house=Spacing(settings.min_days_between, settings.max_per_30_days),
            first=first_ones(campaign, ids),
        )

    def zones(self) -> dict[str, int]:
        """How many people's zones are known by what."""
        counts = Counter(
            self.calendars.home(person, self.campaign).known_from.value for person in self.persons.values()
        )
        return dict(counts.most_common())

    def touches(self, now: datetime) -> Iterator[PlannedTouch]:
        """Every touch, as time goes by: who goes on comes before who begins, as in the planner."""
        waiting = [
            (self._begins(person, now), 1, person.id, Passage(person.id, 0, None, None, 0), 0)
            for person in self.persons.values()
        ]
        heapify(waiting)
        while waiting:
            at, order, who, passage, looks = heappop(waiting)
            person = self.persons[who]
            decision = self._decide(person, passage, at)
            match decision:
                case Plan(step=step, number=number, slot=slot):
                    yield self._planned(person, step, slot.due_at)
                    follows = Passage(who, number + 1, None, slot.due_at, 0)
                    heappush(waiting, (slot.due_at, 0, who, follows, 0))
                case Look(at=later, number=number, opened_at=opened) if (
                    number < len(self.campaign.gifts) and looks < LOOKS
                ):
                    again = Passage(who, number, opened, passage.last_left_at, 0)
                    heappush(waiting, (later, order, who, again, looks + 1))
                case Look(number=number) if number < len(self.campaign.gifts):
                    self.ended["full"] += 1
                case End(why=why) if why != "complete":
                    self.ended[why] += 1

    def _begins(self, person: Person, now: datetime) -> datetime:
        if person.id in self.first:
            return now
        return self.calendars.of(person, self.campaign).later(TWO_WORKING_DAYS, now) + timedelta(hours=1)

    def _decide(self, person: Person, passage: Passage, at: datetime) -> Plan | Look | End:
        calendar = self.calendars.of(person, self.campaign)
        own = Spacing(self.campaign.pace.min_days_between, self.campaign.pace.max_per_30_days)
        spacing = strictest([self.house, own], wish_days=person.wish_days_between)
        pace = Pace.of(spacing, self.taken.get(person.id, ()), not_before=person.next_allowed_at)
        room = self.rooms.for_touch(self.senders[person.id], person.domain, f"{self.campaign.campaign}/{person.id}")
        return decide(
            passage,
            Ground(self.campaign, calendar),
            now=at,
            pace=pace,
            looks=AllMet(self.campaign, person.id),
            room=room,
        )

    def _planned(self, person: Person, step: Step, due_at: datetime) -> PlannedTouch:
        mailbox = self.senders[person.id]
        self.rooms.take(mailbox, due_at, person.domain)
        self.taken.setdefault(person.id, []).append(due_at)
        home = self.calendars.home(person, self.campaign)
        return PlannedTouch(
            person.id, step.id, step.gifts, self.slugs[mailbox], due_at, home.zone.key, step.when is not None
        )


def _outside(session: Session, matched: int) -> dict[str, int]:
    """Those whom the audience's condition does not take."""
    everybody = session.scalar(select(func.count()).select_from(Prospect)) or 0
    return {"outside_audience": everybody - matched} if everybody > matched else {}


def _loads(session: Session, touches: Sequence[PlannedTouch]) -> list[Load]:
    limits = {box.slug: facts(box) for box in session.scalars(select(Mailbox))}
    counts = Counter((touch.mailbox, touch.due_at.date()) for touch in touches)
    return [Load(slug, day, count, cap_on(limits[slug], day)) for (slug, day), count in sorted(counts.items())]


def _who(session: Session, ids: Sequence[int]) -> dict[int, Who]:
    found: dict[int, Who] = {}
    for start in range(0, len(ids), AT_ONCE):
        rows = session.execute(
            select(Prospect.id, Prospect.first_name, Prospect.last_name, Prospect.address, Organisation.name)
            .outerjoin(Organisation, Organisation.id == Prospect.organisation_id)
            .where(Prospect.id.in_(ids[start : start + AT_ONCE]))
        )
        for row in rows:
            name = " ".join(part for part in (row.first_name, row.last_name) if part)
            found[row.id] = Who(name or row.address, row.address, row.name)
    return found

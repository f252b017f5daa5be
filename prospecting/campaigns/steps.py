"""What comes next for one person in one campaign: a rule of plain values, asked by the planner and the preview."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Protocol

from prospecting.campaigns.calendar import Calendar, Later, Room, Slot, at_local, seed_of, when
from prospecting.campaigns.conditions import Act, holds
from prospecting.campaigns.form import CampaignDefinition, Step
from prospecting.campaigns.models import EnrolmentState
from prospecting.campaigns.pace import LONG_AGO, Pace, Spacing, slowdown, strictest
from prospecting.campaigns.spans import Span

LOOK_AGAIN = timedelta(days=3)
"""A condition that is waited for is looked at anew so often; an act wakes the planner at once."""

AFTER_THOSE_WHO_GO_ON = timedelta(hours=1)
"""On a full day people who wait for their first gift are planned so long after those who wait for their next."""


@dataclass(frozen=True)
class Passage:
    """One enrolment, as far as the next step goes."""

    person_id: int
    step: int
    opened_at: datetime | None
    last_left_at: datetime | None
    """When the last gift of this enrolment left."""
    unused: int
    """Gifts in a row nobody used, up to now."""


class Looks(Protocol):
    """What one decision may ask of the world."""

    def did(self, act: Act, step: str) -> bool:
        """Whether the person did `act` with the gift of `step`."""
        ...

    def gift(self, step: Step) -> str | None:
        """The gift this person gets at `step`; None: none of them is for them, the step is passed over."""
        ...


@dataclass(frozen=True)
class Plan:
    """One touch, decided."""

    step: Step
    number: int
    gift: str
    slot: Slot


@dataclass(frozen=True)
class Look:
    """Nothing yet: look at step `number` again at `at`."""

    at: datetime
    number: int
    opened_at: datetime | None


@dataclass(frozen=True)
class End:
    """The enrolment ends, and why: one of the names in `words/`."""

    why: str
    number: int
    state: EnrolmentState = EnrolmentState.FINISHED


Decision = Plan | Look | End

NOWHERE = Slot(LONG_AGO, LONG_AGO)


@dataclass(frozen=True)
class Ground:
    """What stands for all people of one calendar and campaign."""

    definition: CampaignDefinition
    calendar: Calendar

    @property
    def spacing(self) -> Spacing:
        """The campaign's own pace."""
        return Spacing(self.definition.pace.min_days_between, self.definition.pace.max_per_30_days)

    def seed(self, person_id: int, step: str) -> int:
        """The jitter of one touch: of the campaign, the person and the step, and so the same for ever."""
        return seed_of(self.definition.campaign, step, person_id)


def decide(
    passage: Passage, ground: Ground, *, now: datetime, pace: Pace, looks: Looks, room: Room | None = None
) -> Decision:
    """The next touch of `passage`, or when to look again, or why it ends. `pace` is the person's, before it slows down."""
    steps = ground.definition.gifts
    number, opened = passage.step, passage.opened_at
    while number < len(steps):
        step = steps[number]
        opened = opened or _opens(step, passage, ground, now=now)
        if opened > now:
            return Look(opened, number, opened)
        # Only now, when the last gift has had its time.
        times = slowdown(passage.unused, ground.definition.pace.after_unused)
        if times is None:
            return End("unused", number)
        waited = _waited(step, passage, ground, opened=opened, times=times, now=now, looks=looks)
        if isinstance(waited, datetime):
            return Look(waited, number, opened)
        if waited == "end":
            return End("condition", number)
        gift = looks.gift(step) if waited == "go" else None
        if gift is None:
            number, opened = number + 1, None
            continue
        if times > 1:
            pace = replace(pace, spacing=strictest([pace.spacing, ground.spacing.slower(times)]))
        return _placed(
            Plan(step, number, gift, NOWHERE),
            passage,
            ground,
            after=max(now, opened),
            pace=pace,
            room=room,
            opened=opened,
        )
    return _finish(passage, ground, now=now)


def _placed(
    plan: Plan, passage: Passage, ground: Ground, *, after: datetime, pace: Pace, room: Room | None, opened: datetime
) -> Decision:
    seed = ground.seed(passage.person_id, plan.step.id)
    slot = when(ground.calendar, after, pace=pace, seed=seed, room=room, ends=ground.definition.ends)
    if slot is None:
        return End("calendar", plan.number)
    if isinstance(slot, Later):
        begins = passage.last_left_at is None
        return Look(slot.at + (AFTER_THOSE_WHO_GO_ON if begins else timedelta(0)), plan.number, opened)
    return replace(plan, slot=slot)


def _opens(step: Step, passage: Passage, ground: Ground, *, now: datetime) -> datetime:
    """When a step opens: `after` the last gift left, and not before the campaign starts."""
    opens = now
    if passage.last_left_at and step.after:
        opens = max(now, ground.calendar.later(step.after, passage.last_left_at))
    if ground.definition.starts:
        opens = max(opens, at_local(ground.definition.starts, time(0), ground.calendar.home))
    return opens


def _waited(
    step: Step, passage: Passage, ground: Ground, *, opened: datetime, times: int, now: datetime, looks: Looks
) -> datetime | str:
    """`go`, the step's `otherwise` (`end` or `skip`), or the instant at which to look again."""
    if times > 1 and step.after and passage.last_left_at:
        slow = ground.calendar.later(Span(step.after.count * times, step.after.working), passage.last_left_at)
        if slow > now:
            return slow
    if step.when is None or holds(step.when, looks.did):
        return "go"
    deadline = ground.calendar.later(step.wait, opened)
    return step.otherwise if now >= deadline else min(deadline, now + LOOK_AGAIN)


def _finish(passage: Passage, ground: Ground, *, now: datetime) -> Decision:
    """After the last gift there is time to answer: one half-life, then the enrolment is finished."""
    number = len(ground.definition.gifts)
    if passage.last_left_at is None:
        return End("nothing", number)
    until = passage.last_left_at + ground.definition.warm.half_life.delta
    return Look(until, number, until) if until > now else End("complete", number)


@dataclass(frozen=True)
class Given:
    """One gift that left, and what the person did with it."""

    step: str
    gift: str | None
    left_at: datetime
    acts: frozenset[str]


@dataclass(frozen=True)
class History:
    """The gifts of one enrolment in the order in which they left, and how its next one is chosen."""

    given: tuple[Given, ...]
    events: Mapping[Act, tuple[str, ...]]
    choose: Callable[[Step, frozenset[str]], str | None]

    def did(self, act: Act, step: str) -> bool:
        return any(
            one.step == step and (act is Act.SENT or one.acts.intersection(self.events[act])) for one in self.given
        )

    def gift(self, step: Step) -> str | None:
        return self.choose(step, frozenset(one.gift for one in self.given if one.gift))


def unused_in_a_row(given: Sequence[Given], used: frozenset[str]) -> int:
    """How many of the last gifts nobody used, back to the last one that was."""
    count = 0
    for one in reversed(given):
        if one.acts & used:
            break
        count += 1
    return count

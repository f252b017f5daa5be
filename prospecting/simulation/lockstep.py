"""Weeks of engine time in lockstep: move to the next instant that has something to do, let the engine settle, let
people and machines act, go on. The same seed and end give the same counts, however fast the machine is.
"""

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from prospecting.clock import SetClock
from prospecting.simulation.acts import Act, What
from prospecting.simulation.machines import Machine, Profile, at_click, machines_before, on_arrival
from prospecting.simulation.people import Person, Seen, draw, react

GRID = timedelta(hours=1)
"""Engine instants are rounded up to this, so that what falls close together is planned and sent together."""
WITHIN_WINDOWS = timedelta(minutes=29)
"""They stand a minute before the half hour, at which people's windows open and close."""
HEARD_WITHIN = timedelta(hours=6)
"""Acts are carried out at their own instants, and heard together within this."""


@dataclass(frozen=True)
class Arrived:
    """A letter in somebody's inbox, as its reader sees it."""

    address: str
    language: str
    seen: Seen
    links: int


class World(Protocol):
    """What is around the people: the engine, its clock's hints, and the way their acts reach it."""

    def settle(self) -> None:
        """Return once nothing due is planned, claimed or sending, and everything heard is in the log and judged."""
        ...

    def next_due(self) -> datetime | None:
        """The earliest instant at which the engine has something to do."""
        ...

    def arrived(self) -> Sequence[Arrived]:
        """The letters that arrived since the last call, in an order that does not depend on the run."""
        ...

    def act(self, act: Act) -> None:
        """Carry out one act, at the clock's present instant."""
        ...

    def visit_team(self, now: datetime) -> None:
        """The salesperson looks at the warm leads, as three mornings a week."""
        ...


@dataclass
class Lockstep:
    """One run; `people` and `machines` are drawn as letters reach them, from the seed alone."""

    world: World
    clock: SetClock
    profiles: Sequence[Profile]
    seed: int
    ends: datetime
    scripted: Callable[[Person, Seen], list[Act] | None] = lambda _person, _seen: None
    """Acts that replace a person's own, for the few whom the demo leaves one act short; None leaves them free."""
    on_progress: Callable[[datetime, int], None] = lambda _now, _letters: None
    people: dict[str, Person] = field(default_factory=dict)
    _acts: list[Act] = field(default_factory=list)
    _guards: dict[str, list[Machine]] = field(default_factory=dict)
    _letters: int = 0

    def run(self) -> None:
        """Live until `ends`; then the engine has settled there."""
        morning = _next_morning(self.clock.now())
        while (target := self._next(morning)) <= self.ends:
            self._act_until(target)
            self.clock.set(target)
            if target >= morning:
                self.world.visit_team(target)
                morning = _next_morning(target)
            self.world.settle()
            self._receive(self.world.arrived())
            self.on_progress(target, self._letters)
        self._act_until(self.ends)
        self.clock.set(self.ends)
        self.world.settle()

    def _next(self, morning: datetime) -> datetime:
        """The next instant with something to do, on the grid and after now."""
        wanted = [morning]
        if self._acts:
            wanted.append(self._acts[0].at + HEARD_WITHIN)
        if (due := self.world.next_due()) is not None:
            wanted.append(due)
        return _on_grid(max(min(wanted), self.clock.now() + timedelta(microseconds=1)))

    def _act_until(self, instant: datetime) -> None:
        while self._acts and self._acts[0].at <= instant:
            act = heapq.heappop(self._acts)
            self.clock.set(max(act.at, self.clock.now()))
            self.world.act(act)

    def _receive(self, letters: Iterable[Arrived]) -> None:
        for letter in letters:
            self._letters += 1
            person = self._person(letter)
            acts = self.scripted(person, letter.seen)
            if acts is None:
                acts = react(person, letter.seen, seed=self.seed)
            acts += self._machines(letter, acts)
            for act in acts:
                heapq.heappush(self._acts, replace(act, about=letter.seen.step))

    def _person(self, letter: Arrived) -> Person:
        if letter.address not in self.people:
            self.people[letter.address] = draw(letter.address, letter.language, seed=self.seed)
            self._guards[letter.address] = machines_before(letter.address, self.profiles, seed=self.seed)
        return self.people[letter.address]

    def _machines(self, letter: Arrived, acts: Sequence[Act]) -> list[Act]:
        found: list[Act] = []
        step = letter.seen.step
        for machine in self._guards[letter.address]:
            found += on_arrival(machine, letter.address, step, links=letter.links, at=letter.seen.at, seed=self.seed)
            for act in acts:
                if act.what is What.READ:
                    found += at_click(machine, letter.address, step, link=act.link, at=act.at, seed=self.seed)
        return found


def _on_grid(instant: datetime) -> datetime:
    start = instant.replace(hour=0, minute=0, second=0, microsecond=0) + WITHIN_WINDOWS
    steps = -((start - instant) // GRID)
    return start + steps * GRID


def _next_morning(after: datetime) -> datetime:
    """08:40 UTC of the next Monday, Wednesday or Friday."""
    day = after.replace(hour=8, minute=40, second=0, microsecond=0)
    while day <= after or day.weekday() not in (0, 2, 4):
        day += timedelta(days=1)
    return day

"""The demo's world: the embedded engine, its mailbox and its pages, around simulated people and machines."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from prospecting import journal, senders
from prospecting.campaigns.models import Enrolment, EnrolmentState, Touch, TouchState
from prospecting.campaigns.touch import may_leave
from prospecting.clock import SetClock
from prospecting.content.models import Gift
from prospecting.delivery.sink import Sink
from prospecting.engagement.models import EventNews
from prospecting.installation import Installation
from prospecting.prospects.models import Prospect
from prospecting.simulation.acts import Act
from prospecting.simulation.hands import Hands
from prospecting.simulation.letters import Letter, read_letter
from prospecting.simulation.lockstep import Arrived
from prospecting.simulation.people import Seen
from prospecting.simulation.salesperson import Salesperson
from workers.embedded import EmbeddedEngine

ROUNDS = 20
"""Ticks within one instant; more would mean that something due can never leave."""
UNDER_WAY = (TouchState.CLAIMED, TouchState.SENDING)


class Stuck(Exception):  # noqa: N818
    """The engine did not come to rest within one instant."""


@dataclass
class DemoWorld:
    """What `simulation.lockstep` asks of a world, carried out by the real engine in this process."""

    installation: Installation
    clock: SetClock
    engine: EmbeddedEngine
    sink: Sink
    hands: Hands
    salesperson: Salesperson
    kinds: dict[str, str] = field(default_factory=dict)
    """Each gift's kind, which its page shows to whoever opens it."""
    _people: set[str] = field(default_factory=set)
    _seen: int = 0

    def settle(self) -> None:
        for _ in range(ROUNDS):
            self.engine.hint("tick")
            if not self.engine.wait_quiet():
                raise Stuck("the workers did not finish within a minute")
            if self._at_rest():
                return
        raise Stuck(f"something due at {self.clock.now():%Y-%m-%d %H:%M} UTC can never leave")

    def next_due(self) -> datetime | None:
        now = self.clock.now()
        with self.installation.database.reading() as session:
            planning = select(func.min(Enrolment.plan_at)).where(Enrolment.state == EnrolmentState.ACTIVE)
            sending = select(func.min(Touch.due_at)).where(Touch.state == TouchState.PLANNED, Touch.due_at > now)
            found = [session.scalar(planning), session.scalar(sending)]
            found += [senders.next_digest_at(user, now) for user in senders.users(session)]
        return min((instant for instant in found if instant is not None), default=None)

    def arrived(self) -> Sequence[Arrived]:
        letters = []
        for caught in self.sink.since(self._seen):
            self._seen = caught.number
            if caught.touch is not None and caught.recipient in self.people:
                letters.append(read_letter(self.sink.content(caught), at=self.clock.now()))
        # By recipient, not by arrival: two mailboxes send side by side.
        letters.sort(key=lambda letter: (letter.to, letter.subject))
        for letter in letters:
            self.hands.arrive(letter)
        return [self._as_seen(letter) for letter in letters]

    def act(self, act: Act) -> None:
        self.hands.act(act)

    def visit_team(self, now: datetime) -> None:
        self.salesperson.look(now)

    @property
    def people(self) -> set[str]:
        """Everybody's address but the team's."""
        if not self._people:
            with self.installation.database.reading() as session:
                self._people = set(session.scalars(select(Prospect.address)))
        return self._people

    def _as_seen(self, letter: Letter) -> Arrived:
        if not self.kinds:
            with self.installation.database.reading() as session:
                self.kinds = {row.slug: row.kind for row in session.execute(select(Gift.slug, Gift.kind))}
        seen = Seen(
            step=letter.subject,
            kind=letter.kind,
            gift_kind=self.kinds.get(letter.gift_slug, ""),
            at=letter.at,
            choices=("question", "proposal", "replay", "meeting") if letter.kind == "invitation" else (),
        )
        return Arrived(letter.to, letter.language, seen, len(letter.links))

    def _at_rest(self) -> bool:
        """Whether nothing due is planned, claimed or sending, and everything heard is in the log and judged."""
        now = self.clock.now()
        if journal.pending(self.installation.settings.journal_dir):
            return False
        due = select(Touch.id).where(Touch.state == TouchState.PLANNED, Touch.due_at <= now, Touch.window_ends_at > now)
        due = due.where(may_leave())
        unplanned = select(Enrolment.id).where(Enrolment.state == EnrolmentState.ACTIVE, Enrolment.plan_at <= now)
        with self.installation.database.reading() as session:
            for wanted in (
                due,
                select(Touch.id).where(Touch.state.in_(UNDER_WAY)),
                unplanned,
                select(EventNews.event_id),
            ):
                if session.scalar(wanted.limit(1)) is not None:
                    return False
        return True

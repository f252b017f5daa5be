"""Everything that a batch of enrolments needs, read in a handful of queries, and the decision for each of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from prospecting.campaigns import records
from prospecting.campaigns.calendar import Later, Slot, seed_of, when
from prospecting.campaigns.conditions import EVENTS, Act
from prospecting.campaigns.edges import TouchState
from prospecting.campaigns.experiment import Arm, arms_of, choose, variant_of
from prospecting.campaigns.form import CampaignDefinition, Step
from prospecting.campaigns.models import EnrolmentState, TouchKind
from prospecting.campaigns.pace import Pace, Spacing, strictest
from prospecting.campaigns.people import Calendars, Person, people
from prospecting.campaigns.records import LEFT, Offered, Past
from prospecting.campaigns.rooms import Rooms
from prospecting.campaigns.steps import (
    Decision,
    End,
    Given,
    Ground,
    History,
    Look,
    Passage,
    Plan,
    decide,
    unused_in_a_row,
)
from prospecting.campaigns.versions import Version, version
from prospecting.settings import Settings

USED = frozenset(EVENTS[Act.USED]) - set(EVENTS[Act.VISITED])
"""What shows that a gift was used; a bare visit does not, machines make them too."""

ASK_AGAIN = timedelta(days=7)
"""An organisation that is a customer, or considers a proposal, is looked at again so much later."""


@dataclass(frozen=True)
class Due:
    """One enrolment that is looked at; with `touch_id`, one planned touch that wants a new time."""

    enrolment_id: int
    campaign_id: int
    version_id: int
    prospect_id: int
    mailbox_id: int
    step: int = 0
    opened_at: datetime | None = None
    touch_id: int | None = None
    step_id: str = ""


@dataclass
class Batch:
    """Read once, then asked for each of `due`; what it decides counts for those that follow."""

    session: Session
    now: datetime
    due: list[Due]
    persons: Mapping[int, Person]
    versions: Mapping[int, Version]
    running: frozenset[int]
    calendars: Calendars
    rooms: Rooms
    gifts: Mapping[str, Offered]
    pasts: dict[int, list[Past]]
    acts: Mapping[int, frozenset[str]]
    spacings: Mapping[int, Spacing]
    _arms: dict[tuple[int, str], list[Arm]] = field(default_factory=dict)

    @classmethod
    def load(
        cls, session: Session, due: Iterable[Due], *, now: datetime, settings: Settings, lock: bool = True
    ) -> "Batch":
        """Everything about `due`; leaves out those whose person somebody else is planning or sending to."""
        listed = list(due)
        persons = people(session, {one.prospect_id for one in listed}, lock=lock)
        kept = [one for one in listed if one.prospect_id in persons]
        versions = {one: version(session, one) for one in {one.version_id for one in kept}}
        pasts = records.pasts(session, persons)
        enrolments = {one.enrolment_id for one in kept}
        return cls(
            session=session,
            now=now,
            due=kept,
            persons=persons,
            versions=versions,
            running=records.running(session, {one.campaign_id for one in kept}),
            calendars=Calendars.load(session, settings.timezone),
            rooms=Rooms.load(session, {one.mailbox_id for one in kept}, now=now),
            gifts=records.offered(session, [version.definition for version in versions.values()]),
            pasts=pasts,
            acts=records.acts(
                session,
                [past.touch_id for group in pasts.values() for past in group if past.enrolment_id in enrolments],
            ),
            spacings=records.spacings(session, persons, settings),
        )

    def decide(self, one: Due) -> Decision | None:
        """What comes next; None where somebody has to do something first (a pause, a touch on its way)."""
        person, known = self.persons[one.prospect_id], self.versions[one.version_id]
        definition = known.definition
        if person.gone:
            return End(person.gone, one.step, EnrolmentState.STOPPED)
        if one.campaign_id not in self.running:
            return None
        if later := self._not_now(person, definition):
            return Look(later, one.step, one.opened_at)
        passed = self._past_steps(one, definition)
        if passed is None:
            return None
        given = self._given(one)
        passage = Passage(
            person_id=person.id,
            step=passed,
            opened_at=one.opened_at if passed == one.step else None,
            last_left_at=given[-1].left_at if given else None,
            unused=unused_in_a_row(given, USED),
        )
        looks = History(given, EVENTS, lambda step, had: self._gift(step, had, one, person))
        ground = Ground(definition, self.calendars.of(person, definition))
        room = self.rooms.for_touch(one.mailbox_id, person.domain, f"{definition.campaign}/{person.id}")
        decision = decide(passage, ground, now=self.now, pace=self._pace(person), looks=looks, room=room)
        if isinstance(decision, Plan):
            self._take(one, person, decision.slot)
        return decision

    def retime(self, one: Due) -> Slot | None:
        """Another time for a planned touch, as soon as there is room; None if it can never leave any more."""
        person, definition = self.persons[one.prospect_id], self.versions[one.version_id].definition
        calendar, pace = self.calendars.of(person, definition), self._pace(person, without=one.touch_id)
        room = self.rooms.for_touch(one.mailbox_id, person.domain, f"{definition.campaign}/{person.id}")
        seed, after = seed_of(definition.campaign, one.step_id, person.id), self.now
        while True:
            slot = when(calendar, after, pace=pace, seed=seed, room=room, ends=definition.ends)
            if not isinstance(slot, Later):
                break
            after = slot.at
        if slot:
            self._take(one, person, slot)
        return slot

    def row(self, one: Due, decision: Decision | None) -> dict[str, Any] | None:
        """The touch that a decision makes."""
        if not isinstance(decision, Plan):
            return None
        person, known = self.persons[one.prospect_id], self.versions[one.version_id]
        language = person.speaks(known.definition)
        arms = {variant.id: variant for variant in decision.step.variants}
        arm = variant_of(list(arms), campaign=known.definition.campaign, step=decision.step.id, prospect_id=person.id)
        message = (arms[arm].message if arm else None) or decision.step.message
        return {
            "kind": TouchKind.GIFT,
            "state": TouchState.PLANNED,
            "prospect_id": person.id,
            "mailbox_id": one.mailbox_id,
            "campaign_id": one.campaign_id,
            "version_id": one.version_id,
            "enrolment_id": one.enrolment_id,
            "step": decision.step.id,
            "gift_id": self.gifts[decision.gift].id,
            "gift_version_id": known.gift_version(decision.gift, language),
            "variant": arm,
            "message": known.message_for(message, language),
            "mode": person.mode(known.definition),
            "due_at": decision.slot.due_at,
            "window_ends_at": decision.slot.window_ends_at,
            "attempts": 0,
            "withdrawn": False,
            "created_at": self.now,
        }

    def _not_now(self, person: Person, definition: CampaignDefinition) -> datetime | None:
        """Until when nobody writes: somebody of the team is in touch with them, or their organisation is a customer."""
        if person.in_touch_at:
            until = person.in_touch_at + definition.audience.not_in_touch_for.delta
            if until > self.now:
                return until
        if person.business and definition.audience.customers == "leave_out":
            return self.now + ASK_AGAIN
        return None

    def _past_steps(self, one: Due, definition: CampaignDefinition) -> int | None:
        """The first step that has no touch yet; None while the touch of one is on its way, or failed."""
        had = {
            past.step: past.state
            for past in self.pasts.get(one.prospect_id, ())
            if past.enrolment_id == one.enrolment_id
        }
        number = one.step
        while number < len(definition.gifts) and (state := had.get(definition.gifts[number].id)):
            if state not in (*LEFT, TouchState.SKIPPED):
                return None
            number += 1
        return number

    def _given(self, one: Due) -> tuple[Given, ...]:
        slugs = {gift.id: gift.slug for gift in self.gifts.values()}
        left = [
            past
            for past in self.pasts.get(one.prospect_id, ())
            if past.enrolment_id == one.enrolment_id and past.kind == TouchKind.GIFT and past.state in LEFT
        ]
        return tuple(
            Given(past.step or "", slugs.get(past.gift_id or 0), past.at, self.acts.get(past.touch_id, frozenset()))
            for past in sorted(left, key=lambda past: past.at)
        )

    def _pace(self, person: Person, *, without: int | None = None) -> Pace:
        taken = [past.at for past in self.pasts.get(person.id, ()) if past.paced and past.touch_id != without]
        spacing = self.spacings[person.id]
        if person.wish_days_between:
            spacing = strictest([spacing], wish_days=person.wish_days_between)
        return Pace.of(spacing, taken, not_before=person.next_allowed_at)

    def _gift(self, step: Step, had: frozenset[str], one: Due, person: Person) -> str | None:
        candidates = [
            slug for slug in step.gifts if slug in self.gifts and not (self.gifts[slug].topics & person.cooled_topics)
        ]
        if len(step.gifts) == 1:
            return candidates[0] if candidates else None
        fresh = [slug for slug in candidates if slug not in had]
        if not fresh:
            return None
        key = (one.campaign_id, step.id)
        if key not in self._arms:
            self._arms[key] = arms_of(
                self.session, campaign_id=one.campaign_id, step=step.id, gifts=step.gifts, now=self.now
            )
        slug, _ = choose(
            [arm for arm in self._arms[key] if arm.gift in fresh], seed_of(one.campaign_id, step.id, person.id)
        )
        return slug

    def _take(self, one: Due, person: Person, slot: Slot) -> None:
        self.rooms.take(one.mailbox_id, slot.due_at, person.domain)
        mine = self.pasts.setdefault(person.id, [])
        mine[:] = [past for past in mine if one.touch_id is None or past.touch_id != one.touch_id]
        mine.append(
            Past(
                one.touch_id or 0,
                person.id,
                one.enrolment_id,
                TouchKind.GIFT,
                None,
                None,
                TouchState.PLANNED,
                slot.due_at,
                None,
            )
        )

"""What each act adds: its weight, halved by repeats, times how likely a person did it. And the stored ones, read back."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.engagement.kinds import REPLIES_THAT_RAISE_A_HAND, WEIGHTS, EventKind, Nature
from prospecting.warmth.judge import Act, Verdict
from prospecting.warmth.log import chunks
from prospecting.warmth.models import Contribution

SHARED = frozenset({EventKind.READ, EventKind.WATCHED})
"""Kinds that weigh by the share that was read or watched."""


@dataclass(frozen=True)
class Counted:
    """One act's part in a warmth, at its own instant."""

    event_id: uuid.UUID
    at: datetime
    kind: EventKind
    gift: str | None
    points: float
    deliberate: bool
    """A deliberate act that a person did, as far as we can tell (0.8 or more)."""
    hand: bool


def contributions(acts: Sequence[Act], verdicts: Mapping[uuid.UUID, Verdict]) -> list[Counted]:
    """What `acts` (those that warm one enrolment) contribute, ordered by instant and id.

    Repeats of one kind on one gift weigh half of the one before; what was judged a machine's is no repeat and weighs
    nothing. A deliberate act of no weight (*not for me*) is not listed: it cools a topic, not the person.
    """
    before: dict[tuple[EventKind, str | None], int] = {}
    counted = []
    for act in sorted(acts, key=lambda each: (each.at, each.id)):
        verdict = verdicts.get(act.id)
        worth = points_of(act)
        if verdict is None or not verdict.counts or worth <= 0:
            continue
        repeats = before.get((act.kind, act.gift), 0)
        before[act.kind, act.gift] = repeats + 1
        weight = WEIGHTS[act.kind]
        counted.append(
            Counted(
                act.id,
                act.at,
                act.kind,
                act.gift,
                worth * 0.5**repeats * verdict.likelihood,
                weight.deliberate and verdict.deliberate,
                weight.nature is Nature.HAND and verdict.deliberate,
            )
        )
    return counted


def points_of(act: Act) -> float:
    """What an act weighs by itself: by the share for reading and watching, and only some replies at all."""
    points = WEIGHTS[act.kind].points
    if act.kind in SHARED:
        return points * min(1.0, max(0.0, float(act.facts.get("share", 0.0))))
    if act.kind == EventKind.REPLY and act.facts.get("reply") not in REPLIES_THAT_RAISE_A_HAND:
        return 0.0
    return points


def counted_of(session: Session, enrolment_ids: Collection[int]) -> dict[int, list[Counted]]:
    """The stored contributions of each enrolment, ordered by instant and id."""
    found: dict[int, list[Counted]] = {enrolment: [] for enrolment in enrolment_ids}
    columns = (
        Contribution.enrolment_id, Contribution.event_id, Contribution.at, Contribution.kind, Contribution.gift,
        Contribution.points, Contribution.deliberate, Contribution.hand,
    )  # fmt: skip
    for part in chunks(found):
        for row in session.execute(select(*columns).where(Contribution.enrolment_id.in_(part))):
            kind = EventKind(row.kind)
            found[row.enrolment_id].append(
                Counted(row.event_id, row.at, kind, row.gift, row.points, row.deliberate, row.hand)
            )
    for each in found.values():
        each.sort(key=lambda one: (one.at, one.event_id))
    return found

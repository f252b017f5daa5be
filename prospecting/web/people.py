"""One person across all rooms: what each knows, and its erasure. Every room exports the two; the door calls them all."""

from collections.abc import Sequence
from datetime import datetime
from types import ModuleType
from typing import Any

from sqlalchemy.orm import Session

from prospecting import campaigns, delivery, engagement, inbound, leads, prospects, warmth

ROOMS: Sequence[tuple[str, ModuleType]] = (
    ("leads", leads),
    ("warmth", warmth),
    ("inbound", inbound),
    ("delivery", delivery),
    ("campaigns", campaigns),
    ("engagement", engagement),
    ("prospects", prospects),
)
"""From the top of the staircase down, so that nothing points at what is gone."""


def export(session: Session, prospect_id: int) -> dict[str, Any]:
    """Everything that any room knows of a person, by room."""
    return {name: room.export_person(session, prospect_id) for name, room in ROOMS}


def erase(session: Session, prospect_id: int, *, now: datetime) -> None:
    """Remove it all, in this transaction; the suppression by keyed hash stays."""
    for _, room in ROOMS:
        room.erase_person(session, prospect_id, now=now)

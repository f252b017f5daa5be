"""The states of one touch and the edges between them (reliability.md, "One touch"), held by a trigger as well.

planned → claimed → sending → sent | failed | uncertain, and skipped, cancelled.
"""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import DDL, Table, event


class TouchState(StrEnum):
    PLANNED = "planned"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


ENDED = frozenset({TouchState.SENT, TouchState.FAILED, TouchState.UNCERTAIN, TouchState.SKIPPED, TouchState.CANCELLED})
"""What G1 lets a touch end in; of these only *uncertain* may still be cleared up."""

EDGES: Mapping[TouchState, frozenset[TouchState]] = {
    TouchState.PLANNED: frozenset({TouchState.CLAIMED, TouchState.SKIPPED, TouchState.CANCELLED}),
    TouchState.CLAIMED: frozenset(
        {TouchState.PLANNED, TouchState.SENDING, TouchState.FAILED, TouchState.SKIPPED, TouchState.CANCELLED}
    ),
    TouchState.SENDING: frozenset({TouchState.SENT, TouchState.FAILED, TouchState.PLANNED, TouchState.UNCERTAIN}),
    TouchState.UNCERTAIN: frozenset({TouchState.SENT, TouchState.FAILED, TouchState.PLANNED}),
    TouchState.SENT: frozenset(),
    TouchState.FAILED: frozenset(),
    TouchState.SKIPPED: frozenset(),
    TouchState.CANCELLED: frozenset(),
}

RESTORED = "restored"
"""The reason with which a restore, and nothing else, makes a planned or claimed touch uncertain."""

NOT_ACCEPTED = "not accepted: "
"""How the reason begins with which an uncertain touch is planned again: what proves that no server took it."""

RESTORE_EDGES = frozenset({(TouchState.PLANNED, TouchState.UNCERTAIN), (TouchState.CLAIMED, TouchState.UNCERTAIN)})
PROVEN_EDGES = frozenset({(TouchState.UNCERTAIN, TouchState.PLANNED)})


def allowed(before: TouchState, after: TouchState, *, reason: str | None = None) -> bool:
    """Whether a touch may go from `before` to `after` for `reason`."""
    if (before, after) in RESTORE_EDGES:
        return reason == RESTORED
    if (before, after) in PROVEN_EDGES:
        return (reason or "").startswith(NOT_ACCEPTED) and len(reason or "") > len(NOT_ACCEPTED)
    return after in EDGES[before]


def _broken() -> str:
    """SQL that is true of an UPDATE that leaves the edges."""
    plain = sorted(
        f"'{before}>{after}'"
        for before, others in EDGES.items()
        for after in others
        if (before, after) not in PROVEN_EDGES
    )
    restored = sorted(f"'{before}>{after}'" for before, after in RESTORE_EDGES)
    proven = sorted(f"'{before}>{after}'" for before, after in PROVEN_EDGES)
    edge = "OLD.state || '>' || NEW.state"
    reason = "coalesce(NEW.reason, '')"
    # DDL() fills % itself, hence two of them.
    return (
        f"NEW.state <> OLD.state AND NOT ({edge} IN ({', '.join(plain)}) "
        f"OR ({edge} IN ({', '.join(restored)}) AND {reason} = '{RESTORED}') "
        f"OR ({edge} IN ({', '.join(proven)}) AND {reason} LIKE '{NOT_ACCEPTED}_%%'))"
    )


def _on_sqlite() -> str:
    return (
        f"CREATE TRIGGER touch_edges BEFORE UPDATE OF state ON touch WHEN {_broken()} "
        "BEGIN SELECT RAISE(ABORT, 'touch: this edge is not allowed'); END"
    )


FUNCTION = """
CREATE OR REPLACE FUNCTION touch_edge_refused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'touch %%: %% → %% is not allowed', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
END $$
"""


def _on_postgresql() -> str:
    # The condition stands in WHEN, so that an allowed edge never enters the function.
    return f"CREATE TRIGGER touch_edges BEFORE UPDATE OF state ON touch FOR EACH ROW WHEN ({_broken()}) EXECUTE FUNCTION touch_edge_refused()"


def triggers() -> dict[str, tuple[str, ...]]:
    """The statements that make each database hold the edges, with % doubled, as DDL() takes them."""
    return {"sqlite": (_on_sqlite(),), "postgresql": (FUNCTION, _on_postgresql())}


def hold(table: Table) -> None:
    """Create the trigger wherever `table` is created."""
    for dialect, statements in triggers().items():
        for statement in statements:
            event.listen(table, "after_create", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]

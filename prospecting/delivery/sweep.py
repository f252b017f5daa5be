"""What dead processes left behind: claims past their lease, messages without a reply; and what there is to send."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from prospecting.campaigns.models import Touch, TouchKind
from prospecting.campaigns.touch import TouchState, advance, may_leave, transition
from prospecting.db import liveness_now
from prospecting.delivery import results
from prospecting.installation import Installation
from prospecting.senders import sending_enabled
from prospecting.senders.models import Mailbox

LOST = "no reply is known: the sender was lost between the gate and the reply"
UNSYNCHRONISED = {"synchronize_session": False}


def sweep(installation: Installation, *, now: datetime | None = None, predecessor: bool = False) -> int:
    """Claims past their lease go back to planned, or fail after too many; what passed the gate and told nothing becomes
    uncertain. How many touches moved.

    `predecessor`: the caller holds the workspace's lock, so whoever held the claims is dead; they are swept at once.
    """
    at = now or installation.clock.now()
    settings = installation.settings
    with installation.database.writing() as session:
        here = liveness_now(session)
        over = Touch.lease_until.is_not(None) if predecessor else Touch.lease_until <= here
        silent = Touch.lease_until.is_not(None) if predecessor else Touch.lease_until <= here - settings.grace
        failed = transition(
            [over, Touch.attempts >= settings.claim_attempts],
            TouchState.CLAIMED,
            TouchState.FAILED,
            ended_at=at,
            reason=f"claimed {settings.claim_attempts} times, and its sender was lost each time",
        )
        lost = transition(silent, TouchState.SENDING, TouchState.UNCERTAIN, ended_at=at, reason=LOST, claim=Touch.claim)
        ended = [
            touch
            for statement in (failed, lost)
            for touch in session.scalars(statement.returning(Touch.id), execution_options=UNSYNCHRONISED)
        ]
        back = session.scalars(
            transition(over, TouchState.CLAIMED, TouchState.PLANNED).returning(Touch.id),
            execution_options=UNSYNCHRONISED,
        ).all()
        advance(session, ended, now=at)
    return len(ended) + len(back)


def mailboxes_due(session: Session, *, now: datetime) -> list[int]:
    """The mailboxes from which something may leave now."""
    if not sending_enabled(session):
        return []
    due = exists().where(
        and_(
            Touch.mailbox_id == Mailbox.id,
            Touch.state == TouchState.PLANNED,
            Touch.due_at <= now,
            or_(Touch.kind == TouchKind.SERVICE, Touch.window_ends_at > now),
            may_leave(),
        )
    )
    awake = or_(Mailbox.resting_until.is_(None), Mailbox.resting_until <= now)
    return list(session.scalars(select(Mailbox.id).where(Mailbox.paused.is_(False), awake, due).order_by(Mailbox.id)))


def uncertain(session: Session, *, limit: int = 1000) -> list[int]:
    """Touches of which nobody knows whether they were accepted, oldest first; each one's reason stands in its row."""
    return list(
        session.scalars(
            select(Touch.id).where(Touch.state == TouchState.UNCERTAIN).order_by(Touch.ended_at, Touch.id).limit(limit)
        )
    )


def resolve(session: Session, accepted: Iterable[int], *, proof: str, now: datetime) -> list[int]:
    """Clear up those uncertain touches that a relay's own log names as `accepted`; the machine sends none of them again.

    A log that does not name one proves nothing by itself: the message may have gone by another way.
    """
    wanted = set(accepted) & set(uncertain(session))
    return results.proven_accepted(session, wanted, proof=proof, now=now) if wanted else []

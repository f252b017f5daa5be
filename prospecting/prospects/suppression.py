"""Never again: objections, hard bounces, complaints, erasure. By keyed hash, so that it outlives the person's data."""

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from prospecting.db import insert_or_ignore
from prospecting.prospects.audit import audit
from prospecting.prospects.models import Prospect, Suppressed, Suppression


def object_to_contact(session: Session, address_hash: bytes, *, now: datetime, through: str) -> int | None:
    """The owner of the address said stop: suppression, stop and audit in this transaction.

    Holds the person's row until the commit, so that a message either passed the gate before or never will. The
    prospect's id, or None if no prospect has this address.
    """
    return suppress(session, address_hash, reason=Suppressed.OBJECTED, now=now, through=through)


def suppress(session: Session, address_hash: bytes, *, reason: Suppressed, now: datetime, through: str) -> int | None:
    """Never write to this address again, because of `reason`; what was said before is kept, only an objection is said
    over it. The prospect's id, or None."""
    # Suppression first, person second: an import takes them in this order too, else the two could wait for each other.
    added = insert_or_ignore(
        session,
        Suppression,
        [{"address_hash": address_hash, "reason": reason.value, "at": now}],
        conflict=["address_hash"],
    )
    if reason is Suppressed.OBJECTED and not added:
        added = session.execute(
            update(Suppression)
            .where(Suppression.address_hash == address_hash, Suppression.reason != Suppressed.OBJECTED)
            .values(reason=Suppressed.OBJECTED)
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
    prospect_id = session.scalar(select(Prospect.id).where(Prospect.address_hash == address_hash).with_for_update())
    if prospect_id is not None:
        stop(session, prospect_id, why=reason.value, now=now)
    if added:
        subject = f"prospect:{prospect_id}" if prospect_id is not None else f"address:{address_hash.hex()}"
        audit(session, at=now, actor=through, action=reason.value, subject=subject)
    return prospect_id


def is_suppressed(session: Session, address_hash: bytes) -> bool:
    """Whether this address is never to be written to again."""
    found = select(Suppression.address_hash).where(Suppression.address_hash == address_hash)
    return session.scalar(found) is not None


def stop(session: Session, prospect_id: int, *, why: str, now: datetime) -> bool:
    """Stop every campaign for this person, for good; False if they were stopped already, and for the same reason."""
    stopped = session.execute(
        update(Prospect)
        .where(Prospect.id == prospect_id, or_(Prospect.stopped_at.is_(None), Prospect.stopped_why != why))
        .values(stopped_at=now, stopped_why=why[:40])
        .execution_options(synchronize_session="fetch")
    )
    return bool(stopped.rowcount)  # type: ignore[attr-defined]

"""Who may be written to at all: the conditions that the gate adds, and the facts they rest on."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from prospecting.db import Instant
from prospecting.prospects.addresses import normalise
from prospecting.prospects.models import Organisation, Prospect, Standing, Suppression


def reachable() -> list[ColumnElement[bool]]:
    """What holds for every message whatever, an answer to a question included: no suppression and no stop.

    A statement with these conditions locks the Prospect row first: an objection writes that row too, so after waiting
    for one, PostgreSQL looks at the row again and sees `stopped_at`, while it would not look for a suppression again.
    """
    suppressed = select(Suppression.address_hash).where(Suppression.address_hash == Prospect.address_hash)
    return [Prospect.stopped_at.is_(None), ~exists(suppressed)]


def writable(now: datetime, in_touch_days: int, *, customers: bool = False) -> list[ColumnElement[bool]]:
    """What holds, besides, for a gift or an invitation: pace, no exchange lately, neither customer nor open proposal.

    Conditions on Prospect, to be used where Prospect is in FROM. `customers`: the audience says `customers: include`.
    """
    quiet_since = now - timedelta(days=in_touch_days)
    conditions = [
        *reachable(),
        or_(Prospect.next_allowed_at.is_(None), Prospect.next_allowed_at <= now),
        or_(Prospect.in_touch_at.is_(None), Prospect.in_touch_at <= quiet_since),
    ]
    if not customers:
        conditions.append(no_customer())
    return conditions


def no_customer() -> ColumnElement[bool]:
    """The prospect's organisation is no customer and holds no open proposal."""
    business = select(Organisation.id).where(
        Organisation.id == Prospect.organisation_id, Organisation.standing != Standing.NONE
    )
    return ~exists(business)


def move_next_allowed(session: Session, instants: Mapping[int, datetime]) -> None:
    """No touch for these prospects (by id) before the given instants; never moves one back."""
    if not instants:
        return
    instant = bindparam("instant", type_=Instant)
    statement = (
        update(Prospect)
        .where(
            Prospect.id == bindparam("who"), or_(Prospect.next_allowed_at.is_(None), Prospect.next_allowed_at < instant)
        )
        .values(next_allowed_at=instant)
    )
    # In the order of their ids, as the gate locks them. The connection runs many rows at once, a session does not.
    rows = [{"who": who, "instant": at} for who, at in sorted(instants.items())]
    session.connection().execute(statement, rows)


def restore_next_allowed(session: Session, prospect_id: int, *, moved_to: datetime, before: datetime | None) -> None:
    """Give the person's next instant back after a touch that did not leave, unless something moved it since."""
    session.execute(
        update(Prospect)
        .where(Prospect.id == prospect_id, Prospect.next_allowed_at == moved_to)
        .values(next_allowed_at=before)
        .execution_options(synchronize_session="fetch")
    )


def record_exchange(session: Session, address: str, *, user: str, at: datetime) -> int | None:
    """Somebody of the team exchanged mail with this address; the prospect's id, or None. Raises BadAddress."""
    prospect_id = session.scalar(select(Prospect.id).where(Prospect.address == normalise(address)))
    if prospect_id is not None:
        session.execute(
            update(Prospect)
            .where(Prospect.id == prospect_id, or_(Prospect.in_touch_at.is_(None), Prospect.in_touch_at < at))
            .values(in_touch_at=at, in_touch_with=user)
            .execution_options(synchronize_session="fetch")
        )
    return prospect_id


def set_standing(session: Session, organisation_id: int, standing: Standing) -> None:
    """What this organisation is to the team besides a prospect's workplace."""
    session.execute(
        update(Organisation)
        .where(Organisation.id == organisation_id)
        .values(standing=standing)
        .execution_options(synchronize_session="fetch")
    )

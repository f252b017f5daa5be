"""How much may leave a mailbox: a ramp, a sliding day, a share a recipient domain, a gap.

Every message takes a slot, a row. The gate takes it under the mailbox's row lock, so that no limit is passed however
many processes send; a touch that did not leave gives it back, one that became uncertain keeps it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from prospecting.senders.allocation import DAY, Allocation
from prospecting.senders.models import Mailbox, Slot
from prospecting.senders.ramp import MailboxLimits, cap_on

__all__ = [
    "Allocation",
    "MailboxLimits",
    "allocation",
    "cap_on",
    "facts",
    "forget",
    "give_back",
    "room",
    "room_everywhere",
    "take",
]


def facts(mailbox: Mailbox) -> MailboxLimits:
    """The limits of this mailbox as plain values."""
    return MailboxLimits(
        per_day=mailbox.per_day,
        ramp_from=mailbox.ramp_from,
        ramp_step=mailbox.ramp_step,
        gap=timedelta(seconds=mailbox.gap_s),
        per_domain_per_day=mailbox.per_domain_per_day,
        started_on=mailbox.started_at.astimezone(UTC).date(),
    )


def room(session: Session, mailbox_id: int, now: datetime) -> int:
    """How many messages may leave this mailbox at `now`: none while it is paused, rests, or keeps its gap; one where
    it keeps a gap at all; else what is left of its sliding day."""
    mailbox = session.get(Mailbox, mailbox_id)
    return _room(session, mailbox, now) if mailbox else 0


def room_everywhere(session: Session, now: datetime, *, per_day: int) -> int:
    """What is left of the whole installation's sliding day."""
    used = session.scalar(select(func.count()).select_from(Slot).where(Slot.at > now - DAY, Slot.at <= now))
    return max(0, per_day - (used or 0))


def take(session: Session, touches: Sequence[tuple[int, str]], mailbox_id: int, now: datetime) -> set[int]:
    """A slot for each (touch id, recipient domain), in their order, as far as there is room; the ids that got one.

    Locks the mailbox's row until the transaction ends. A touch that has a slot keeps it.
    """
    mailbox = session.get(Mailbox, mailbox_id, with_for_update=True, populate_existing=True)
    if mailbox is None or not touches:
        return set()
    have = set(session.scalars(select(Slot.touch_id).where(Slot.touch_id.in_([touch for touch, _ in touches]))))
    left = _room(session, mailbox, now)
    used = _used_by_domain(session, mailbox_id, {domain for _, domain in touches}, now)
    rows: list[dict[str, Any]] = []
    for touch_id, domain in touches:
        if touch_id in have or len(rows) >= left or used[domain] >= mailbox.per_domain_per_day:
            continue
        used[domain] += 1
        rows.append({"touch_id": touch_id, "mailbox_id": mailbox_id, "domain": domain, "at": now})
    if rows:
        session.execute(insert(Slot), rows)
    return have | {row["touch_id"] for row in rows}


def give_back(session: Session, touch_id: int) -> None:
    """The touch did not leave, and that is certain."""
    session.execute(delete(Slot).where(Slot.touch_id == touch_id).execution_options(synchronize_session=False))


def forget(session: Session, now: datetime) -> int:
    """Drop slots of earlier days, which no limit counts any more; how many."""
    dropped = session.execute(delete(Slot).where(Slot.at <= now - DAY).execution_options(synchronize_session=False))
    return int(dropped.rowcount)  # type: ignore[attr-defined]


def allocation(
    session: Session, mailbox_id: int, planned: Iterable[tuple[datetime, str]], *, now: datetime
) -> Allocation:
    """What is free in this mailbox from now on, given what left it lately and what is `planned` (instant and recipient
    domain of each touch that waits to leave it). Raises LookupError."""
    mailbox = session.get(Mailbox, mailbox_id)
    if mailbox is None:
        raise LookupError(f"no mailbox {mailbox_id}")
    lately = session.execute(select(Slot.at, Slot.domain).where(Slot.mailbox_id == mailbox_id, Slot.at > now - DAY))
    taken = [(at, domain) for at, domain in lately] + list(planned)
    return Allocation(facts(mailbox), taken, not_before=max(now, mailbox.resting_until or now))


def _room(session: Session, mailbox: Mailbox, now: datetime) -> int:
    if mailbox.paused or (mailbox.resting_until and mailbox.resting_until > now):
        return 0
    limits = facts(mailbox)
    window = (Slot.mailbox_id == mailbox.id, Slot.at > now - DAY)
    used, last = session.execute(select(func.count(), func.max(Slot.at)).where(*window)).one()
    left = max(0, cap_on(limits, _day(now)) - used)
    if not limits.gap:
        return left
    return min(left, 1) if last is None or last + limits.gap <= now else 0


def _used_by_domain(session: Session, mailbox_id: int, domains: Iterable[str], now: datetime) -> Counter[str]:
    rows = session.execute(
        select(Slot.domain, func.count().label("used"))
        .where(Slot.mailbox_id == mailbox_id, Slot.at > now - DAY, Slot.domain.in_(list(domains)))
        .group_by(Slot.domain)
    )
    return Counter({row.domain: row.used for row in rows})


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()

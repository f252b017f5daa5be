"""The gate: the one statement between a claimed touch and its message, with every condition in it.

It stands after RCPT and before DATA. Touches that stand there at the same moment pass together, in one transaction that
locks rows in one order everywhere (people by id, then enrolments, campaigns, the mailbox, the installation's switch), so
that an objection, a pause or a stop either came before, and is seen, or waits until the message is on its way. The same
commit moves on each person's next allowed instant, takes the slots and fixes the Message-ID.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session

from prospecting import prospects
from prospecting.campaigns.models import Campaign, Enrolment, Touch, TouchKind
from prospecting.campaigns.touch import TouchState, may_leave, transition
from prospecting.content.library import sendable_condition
from prospecting.content.models import Gift, GiftVersion
from prospecting.db import is_sqlite, liveness_now, upsert
from prospecting.delivery import pacing
from prospecting.delivery.compose import Prepared
from prospecting.delivery.models import Message
from prospecting.prospects.models import Prospect
from prospecting.senders import limits
from prospecting.senders.models import Mailbox, Sending
from prospecting.settings import Settings

UNSYNCHRONISED = {"synchronize_session": False}


@dataclass(frozen=True)
class Passed:
    """Who may go on to DATA, and who may not."""

    ids: frozenset[int]
    refused: tuple[Prepared, ...]


def pass_through(
    session: Session, standing: Sequence[Prepared], *, mailbox_id: int, now: datetime, settings: Settings
) -> Passed:
    """Let through those of `standing` (claimed, RCPT accepted) for which everything holds; the caller commits, then sends.

    All of them are of one mailbox. Of two messages for one person only the first may pass in one statement, because the
    second one's pace depends on it.
    """
    candidates = _one_a_person(sorted(standing, key=lambda one: one.touch_id))
    _lock(session, candidates, mailbox_id)
    candidates = _with_room(session, candidates, mailbox_id=mailbox_id, now=now, settings=settings)
    passed: set[int] = set()
    for claim in {one.claim for one in candidates}:
        ids = [one.touch_id for one in candidates if one.claim == claim]
        opened = transition(
            [
                Touch.id.in_(ids),
                Touch.claim == claim,
                *conditions(session, candidates, now=now, settings=settings).values(),
            ],
            TouchState.CLAIMED,
            TouchState.SENDING,
            reason=None,
        )
        passed |= set(session.execute(opened.returning(Touch.id), execution_options=UNSYNCHRONISED).scalars())
    going = [one for one in candidates if one.touch_id in passed]
    for one in candidates:
        if one.touch_id not in passed:
            limits.give_back(session, one.touch_id)
    _note(session, going, mailbox_id=mailbox_id, now=now, settings=settings)
    return Passed(frozenset(passed), tuple(one for one in standing if one.touch_id not in passed))


def conditions(
    session: Session, standing: Sequence[Prepared], *, now: datetime, settings: Settings
) -> dict[str, ColumnElement[bool]]:
    """Everything that must hold for a touch, by name: conditions on Touch, whatever else they look at."""
    planned_for = and_(Touch.due_at <= now, Touch.window_ends_at > now)
    service = Touch.kind == TouchKind.SERVICE
    return {
        "claim": Touch.lease_until > liveness_now(session) + timedelta(seconds=settings.smtp_timeout),
        "switch": ~exists().where(Sending.enabled.is_(False)),
        "mailbox": exists().where(
            Mailbox.id == Touch.mailbox_id,
            Mailbox.paused.is_(False),
            or_(Mailbox.resting_until.is_(None), Mailbox.resting_until <= now),
        ),
        "campaign": may_leave(),
        "window": or_(service, planned_for),
        "reachable": _person(*prospects.reachable()),
        "lawful": _person(Prospect.source != ""),
        "writable": or_(service, *_writable(session, standing, now=now, settings=settings)),
        "gift": or_(Touch.gift_version_id.is_(None), _gift(now)),
    }


def _writable(
    session: Session, standing: Sequence[Prepared], *, now: datetime, settings: Settings
) -> list[ColumnElement[bool]]:
    """One condition for each way in which the campaigns at hand leave out people the team is in touch with."""
    ways: dict[tuple[int, bool], list[int | None]] = {}
    for version_id in sorted({one.version_id or 0 for one in standing}):
        ways.setdefault(pacing.left_out(session, version_id or None, settings), []).append(version_id or None)
    return [
        and_(_of_versions(version_ids), _person(*prospects.writable(now, days, customers=customers)))
        for (days, customers), version_ids in ways.items()
    ]


def _of_versions(version_ids: Sequence[int | None]) -> ColumnElement[bool]:
    known = [version_id for version_id in version_ids if version_id is not None]
    return or_(Touch.version_id.in_(known), *([Touch.version_id.is_(None)] if len(known) < len(version_ids) else []))


def _person(*holds: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Prospect.id == Touch.prospect_id, *holds)


def _gift(now: datetime) -> ColumnElement[bool]:
    return exists().where(
        GiftVersion.id == Touch.gift_version_id, Gift.id == GiftVersion.gift_id, sendable_condition(now.date())
    )


def _one_a_person(standing: Sequence[Prepared]) -> list[Prepared]:
    first: dict[int, Prepared] = {}
    for one in standing:
        first.setdefault(one.prospect_id, one)
    return list(first.values())


def _lock(session: Session, standing: Sequence[Prepared], mailbox_id: int) -> None:
    """Take the rows that an objection, a pause or another gate would write; SQLite has one writer anyway."""
    if is_sqlite(session):
        return
    people = sorted({one.prospect_id for one in standing})
    enrolments = sorted({one.enrolment_id for one in standing if one.enrolment_id})
    campaigns = sorted({one.campaign_id for one in standing if one.campaign_id})
    for statement in (
        select(Prospect.id).where(Prospect.id.in_(people)).order_by(Prospect.id).with_for_update(),
        select(Enrolment.id).where(Enrolment.id.in_(enrolments)).order_by(Enrolment.id).with_for_update(read=True),
        select(Campaign.id).where(Campaign.id.in_(campaigns)).order_by(Campaign.id).with_for_update(read=True),
        select(Mailbox.id).where(Mailbox.id == mailbox_id).with_for_update(),
        select(Sending.id).with_for_update(),
    ):
        session.execute(statement).all()


def _with_room(
    session: Session, standing: list[Prepared], *, mailbox_id: int, now: datetime, settings: Settings
) -> list[Prepared]:
    """As many of `standing`, first come first, as mailbox, recipients' domains and installation have slots for; taken."""
    room = limits.room_everywhere(session, now, per_day=settings.messages_per_day)
    taken = limits.take(session, [(one.touch_id, one.domain) for one in standing[:room]], mailbox_id, now)
    return [one for one in standing if one.touch_id in taken]


def _note(session: Session, going: Sequence[Prepared], *, mailbox_id: int, now: datetime, settings: Settings) -> None:
    """What passing leaves behind: the people's next instants, and a Message-ID that never changes."""
    if not going:
        return
    paced = {one.touch_id: one.prospect_id for one in going if one.kind is not TouchKind.SERVICE}
    next_allowed = pacing.next_allowed(session, paced, now=now, settings=settings)
    prospects.move_next_allowed(session, next_allowed)
    rows = [
        {
            "touch_id": one.touch_id,
            "message_id": one.message_id,
            "mailbox_id": mailbox_id,
            "language": one.language,
            "subject": one.subject[:400],
            "gated_at": now,
            "next_allowed_at": next_allowed.get(one.prospect_id) if one.kind is not TouchKind.SERVICE else None,
        }
        for one in going
    ]
    # A touch that a server refused for now passes again, with the same Message-ID.
    changed = ["language", "subject", "gated_at", "next_allowed_at"]
    session.connection().execute(upsert(session, Message, key=["touch_id"], update=changed), rows)
    for mode in {one.mode for one in going if one.mode is not one.planned_mode}:
        ids = [one.touch_id for one in going if one.mode is mode]
        session.execute(
            update(Touch).where(Touch.id.in_(ids)).values(mode=mode),
            execution_options=UNSYNCHRONISED,
        )

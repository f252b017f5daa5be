"""What a server's reply makes of a touch (reliability.md "One touch", step 5).

250: sent, also from uncertain. An explicit 4xx: planned again, with the slot and the person's next instant given back. 5xx:
failed; where it says that nobody of that name is there, the address is suppressed. Anything else: uncertain. Only the
claim that passed the gate may tell, so that a late reply of an old claim changes nothing it should not.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.orm import Session

from prospecting import engagement, prospects
from prospecting.campaigns.edges import NOT_ACCEPTED
from prospecting.campaigns.holding import stop_prospect
from prospecting.campaigns.models import Touch
from prospecting.campaigns.touch import Claimed, TouchState, advance, transition
from prospecting.content.models import Gift
from prospecting.db import Instant, new_event_id
from prospecting.delivery.models import Message
from prospecting.delivery.transports import Reply, Stage
from prospecting.engagement import NewEvent
from prospecting.engagement.kinds import EventKind, Mode
from prospecting.journal import Record
from prospecting.prospects.models import Prospect, Suppressed
from prospecting.senders import limits
from prospecting.settings import Settings

KIND = "smtp_result"
"""The journal's name for a reply that the database could not take at once."""
FIRST_BACK_OFF = timedelta(minutes=15)
"""Greylisting servers let a message pass after five to fifteen minutes."""
LONGEST_BACK_OFF = timedelta(hours=4)

KEEP = (
    update(Message)
    .where(Message.touch_id == bindparam("of"))
    .values(reply=bindparam("words"), accepted_at=func.coalesce(Message.accepted_at, bindparam("at", type_=Instant)))
)
UNSYNCHRONISED = {"synchronize_session": False}

_NOBODY = re.compile(r"\b5\.(?:1\.(?:0|1|2|3|6|10)|2\.1)\b")
_STATUS = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")
_NOBODY_IN_WORDS = re.compile(
    r"(?:user|recipient|mailbox|address|account)\s+(?:is\s+)?(?:unknown|not found|disabled|does ?n.t exist|does not exist|invalid)"
    r"|(?:no such|unknown|invalid|bad)\s+(?:local\s+)?(?:user|recipient|mailbox|address|account)|no mailbox here",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Told:
    """What was said about one touch, by whoever held `claim`, at engine time `at`."""

    touch_id: int
    claim: str
    reply: Reply
    at: datetime

    def as_data(self) -> dict[str, Any]:
        """As a journal record keeps it."""
        return {
            "touch": self.touch_id,
            "claim": self.claim,
            "code": self.reply.code,
            "text": self.reply.text,
            "stage": self.reply.stage,
        }

    @classmethod
    def of(cls, record: Record) -> "Told":
        data = record.data
        reply = Reply(Stage(data.get("stage", Stage.END)), data["code"], str(data["text"]))
        return cls(int(data["touch"]), str(data["claim"]), reply, record.at)


def record(session: Session, told: Sequence[Told], *, settings: Settings) -> None:
    """Write what servers said after the gate, as a group."""
    for (claim, at), group in _by_claim(told):
        ids = [one.touch_id for one in group]
        accepted = {one.touch_id: one.reply for one in group if one.reply.accepted}
        sent(session, accepted, claim=claim, now=at)
        for one in group:
            if one.reply.temporary:
                _refused_for_now(session, one, settings)
            elif one.reply.permanent:
                _refused(session, one)
            elif not one.reply.accepted:
                _unknown(session, one)
        _keep_words(session, group)
        advance(session, ids, now=at)


def before_the_gate(session: Session, told: Told, *, settings: Settings) -> None:
    """Write a refusal of the recipient, or a line lost while it was asked: 5xx failed, anything else planned again."""
    if told.reply.permanent:
        _refused(session, told)
        advance(session, [told.touch_id], now=told.at)
        return
    _planned_again(session, [*_mine(told)], told, settings, states=[TouchState.CLAIMED])


def unfit(session: Session, claimed: Claimed, reason: str, *, now: datetime) -> None:
    """A letter that could not be written: never half-rendered, and never tried again by itself."""
    mine = [Touch.id == claimed.touch_id, Touch.claim == claimed.claim]
    session.execute(
        transition(mine, TouchState.CLAIMED, TouchState.FAILED, ended_at=now, reason=reason[:300]),
        execution_options=UNSYNCHRONISED,
    )
    advance(session, [claimed.touch_id], now=now)


def replay(session: Session, records: Sequence[Record], *, settings: Settings) -> None:
    """The journal's handler: replies that came while the database was away. Seen twice, it does nothing twice."""
    record(session, [Told.of(one) for one in records], settings=settings)


def sent(
    session: Session, replies: dict[int, Reply], *, claim: str | None, now: datetime, proof: str | None = None
) -> list[int]:
    """Move touches that a server accepted to sent, with their event; those that moved now.

    Without a `claim` it is `proof` that tells, for uncertain touches only.
    """
    if not replies:
        return []
    mine = [Touch.id.in_(replies)] + ([Touch.claim == claim] if claim else [])
    states = [TouchState.SENDING, TouchState.UNCERTAIN] if claim else [TouchState.UNCERTAIN]
    moved = transition(mine, states, TouchState.SENT, ended_at=now, reason=proof)
    ids = [row.id for row in session.execute(moved.returning(Touch.id), execution_options=UNSYNCHRONISED)]
    if not ids:
        return []
    known = {row.id: row for row in session.execute(_facts(ids))}
    engagement.record(session, [_event(known[touch], EventKind.SENT, now) for touch in sorted(ids)], now=now)
    return ids


def proven_accepted(session: Session, touch_ids: Iterable[int], *, proof: str, now: datetime) -> list[int]:
    """Uncertain touches that turn out to have been accepted become sent; `proof` says how we know."""
    replies = {touch: Reply(Stage.END, 250, proof) for touch in touch_ids}
    moved = sent(session, replies, claim=None, now=now, proof=proof[:300])
    _keep_words(session, [Told(touch, "", replies[touch], now) for touch in moved])
    advance(session, moved, now=now)
    return moved


def proven_not_accepted(session: Session, touch_ids: Iterable[int], *, proof: str, now: datetime) -> list[int]:
    """Uncertain touches of which it is certain that no server took them are planned again, with their limits given back."""
    moved = transition(
        Touch.id.in_(list(touch_ids)),
        TouchState.UNCERTAIN,
        TouchState.PLANNED,
        reason=f"{NOT_ACCEPTED}{proof}"[:300],
        ended_at=None,
        due_at=now,
    )
    ids = [row.id for row in session.execute(moved.returning(Touch.id), execution_options=UNSYNCHRONISED)]
    _give_back(session, ids)
    return ids


def nobody_there(reply: Reply) -> bool:
    """Whether the server says that the address does not exist; policy, content and quota are no such reason."""
    if not reply.permanent or reply.stage in (Stage.CONNECT, Stage.LOGIN, Stage.MAIL):
        return False
    if _STATUS.search(reply.text):
        return _NOBODY.search(reply.text) is not None
    return reply.code in (550, 551, 553) and _NOBODY_IN_WORDS.search(reply.text) is not None


def back_off(attempts: int) -> timedelta:
    """How long to leave a server alone that said 4xx to the `attempts`th try."""
    return min(FIRST_BACK_OFF * (1 << min(max(attempts - 1, 0), 10)), LONGEST_BACK_OFF)


def _by_claim(told: Iterable[Told]) -> Iterator[tuple[tuple[str, datetime], list[Told]]]:
    groups: defaultdict[tuple[str, datetime], list[Told]] = defaultdict(list)
    for one in told:
        groups[one.claim, one.at].append(one)
    yield from groups.items()


def _mine(told: Told) -> tuple[Any, Any]:
    return Touch.id == told.touch_id, Touch.claim == told.claim


def _refused_for_now(session: Session, told: Told, settings: Settings) -> None:
    if _planned_again(session, [*_mine(told)], told, settings, states=[TouchState.SENDING, TouchState.UNCERTAIN]):
        _give_back(session, [told.touch_id])


def _planned_again(
    session: Session, mine: list[Any], told: Told, settings: Settings, *, states: list[TouchState]
) -> bool:
    """Back to planned, later; or failed after as many attempts as the settings allow. Whether it was this claim's."""
    attempts = session.scalar(select(Touch.attempts).where(*mine, Touch.state.in_(states)))
    if attempts is None:
        return False
    said = f"{told.reply.code or told.reply.stage} {told.reply.text}".strip()
    if attempts >= settings.claim_attempts:
        reason = f"given up after {attempts} attempts: {said}"[:300]
        session.execute(
            transition(mine, states, TouchState.FAILED, ended_at=told.at, reason=reason),
            execution_options=UNSYNCHRONISED,
        )
        advance(session, [told.touch_id], now=told.at)
        return False
    values = {"due_at": told.at + back_off(attempts), "ended_at": None, "reason": f"{NOT_ACCEPTED}{said}"[:300]}
    session.execute(transition(mine, states, TouchState.PLANNED, **values), execution_options=UNSYNCHRONISED)
    return True


def _refused(session: Session, told: Told) -> None:
    states = [TouchState.CLAIMED, TouchState.SENDING, TouchState.UNCERTAIN]
    reason = f"{told.reply.code} {told.reply.text}"[:300]
    moved = transition([*_mine(told)], states, TouchState.FAILED, ended_at=told.at, reason=reason)
    done = session.execute(moved.returning(Touch.id), execution_options=UNSYNCHRONISED).first()
    if done is not None and nobody_there(told.reply):
        _bounced(session, told)


def _bounced(session: Session, told: Told) -> None:
    """The address does not exist: it is never written to again, and every campaign of the person stops."""
    facts = session.execute(_facts([told.touch_id])).one()
    said = {"code": told.reply.code, "text": told.reply.text, "stage": str(told.reply.stage)}
    engagement.record(session, [_event(facts, EventKind.BOUNCED, told.at, said)], now=told.at)
    prospects.suppress(session, facts.address_hash, reason=Suppressed.BOUNCED, now=told.at, through="smtp")
    stop_prospect(session, facts.prospect_id, why="bounced", now=told.at)


def _unknown(session: Session, told: Told) -> None:
    reason = f"no reply at {told.reply.stage}: {told.reply.text}"[:300]
    session.execute(
        # The claim stays: whoever holds it may still tell the truth.
        transition(
            [*_mine(told)], TouchState.SENDING, TouchState.UNCERTAIN, ended_at=told.at, reason=reason, claim=Touch.claim
        ),
        execution_options=UNSYNCHRONISED,
    )


def _give_back(session: Session, touch_ids: Sequence[int]) -> None:
    """A message that no server took has used no slot, and its person may be written to from when they could before."""
    for touch in touch_ids:
        limits.give_back(session, touch)
    gated = select(Touch.prospect_id, Message.gated_at, Message.next_allowed_at).join(
        Message, Message.touch_id == Touch.id
    )
    for person, at, moved_to in session.execute(gated.where(Touch.id.in_(touch_ids)).order_by(Touch.prospect_id)).all():
        if moved_to is None:
            continue
        # What stood there before had been reached at the gate, so the gate's own instant is as good.
        prospects.restore_next_allowed(session, person, moved_to=moved_to, before=at)


def _keep_words(session: Session, told: Sequence[Told]) -> None:
    """The server's last words, and when it took the message (a proof that comes later does not move that)."""
    said = [
        {
            "of": one.touch_id,
            "words": f"{one.reply.code or ''} {one.reply.text}".strip()[:500],
            "at": one.at if one.reply.accepted else None,
        }
        for one in told
    ]
    if said:
        session.connection().execute(KEEP, said)


def _facts(touch_ids: Iterable[int]) -> Any:
    """What an event about these touches says."""
    columns = (
        Touch.id,
        Touch.prospect_id,
        Touch.campaign_id,
        Touch.version_id,
        Touch.mode,
        Gift.slug,
        Prospect.address_hash,
    )
    return (
        select(*columns)
        .join(Prospect, Prospect.id == Touch.prospect_id)
        .outerjoin(Gift, Gift.id == Touch.gift_id)
        .where(Touch.id.in_(touch_ids))
    )


def _event(facts: Row[Any], kind: EventKind, now: datetime, said: dict[str, Any] | None = None) -> NewEvent:
    return NewEvent(
        id=new_event_id(now, blake2b(f"{kind} {facts.id}".encode(), digest_size=10).digest()),
        at=now,
        kind=kind,
        prospect_id=facts.prospect_id,
        mode=Mode(facts.mode),
        touch_id=facts.id,
        campaign_id=facts.campaign_id,
        version_id=facts.version_id,
        gift=facts.slug,
        facts=said or {},
    )

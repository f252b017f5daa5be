"""To whom and to what a message belongs: by our own identifiers and tokens first, by the sender's address else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from prospecting.campaigns.models import Touch
from prospecting.delivery.models import Message
from prospecting.inbound.phrases import fold
from prospecting.inbound.understood import Understood
from prospecting.prospects import BadAddress, normalise
from prospecting.prospects.models import Prospect
from prospecting.senders.models import Mailbox, User
from prospecting.tokens import BadToken, Purpose, Signer

_ANSWERED = re.compile(r"^(?:(?:re|aw|sv|rv|antw|ref|tr|fwd?)(?:\[\d+\])? ?: ?)+")


@dataclass(frozen=True)
class Matched:
    """The touch and the person a message is about, as far as we can tell."""

    prospect_id: int | None = None
    touch_id: int | None = None
    ours: bool = False
    """It names a message of ours, or holds a token that we signed: the only proof that a bounce or a complaint is about us."""
    in_thread: bool = False
    """It answers a message of ours: its words may be kept."""
    address_hash: bytes | None = None
    """Whose address an objection token of ours in it names, known here or not."""
    colleague: bool = False
    """It comes from the team itself."""


def match(session: Session, understood: Understood, signer: Signer) -> Matched:
    """Whose message this is. A stranger's claim about somebody's address alone proves nothing."""
    colleague = _is_colleague(session, understood.sender)
    address_hash = next(_objections(understood, signer), None)
    if row := session.execute(_touches(understood, signer)).first():
        return Matched(
            row.prospect_id, row.id, ours=True, in_thread=True, address_hash=address_hash, colleague=colleague
        )
    if address_hash is not None:
        prospect_id = session.scalar(select(Prospect.id).where(Prospect.address_hash == address_hash))
        found = _latest(session, prospect_id) if prospect_id is not None else Matched()
        return replace(found, ours=True, address_hash=address_hash, colleague=colleague)
    prospect_id = _by_sender(session, understood.sender)
    if prospect_id is None or colleague:
        return Matched(colleague=colleague)
    return _latest(session, prospect_id, subject=understood.subject)


def _touches(understood: Understood, signer: Signer) -> Select[int, int]:
    """The touches whose messages it names, by identifier or by the token of its return path; the latest first."""
    ids = list(understood.message_ids)
    signed = [identifier[1:].split("@")[0] for identifier in ids]
    touches = [touch for token in (*signed, *understood.tokens) if (touch := _touch(token, signer)) is not None]
    return (
        select(Touch.id, Touch.prospect_id)
        .join(Message, Message.touch_id == Touch.id)
        .where(or_(Message.message_id.in_(ids), Message.provider_id.in_(ids), Touch.id.in_(touches)))
        .order_by(Touch.id.desc())
    )


def _touch(token: str, signer: Signer) -> int | None:
    try:
        return signer.read(token, Purpose.RETURN_PATH).touch
    except BadToken:
        return None


def _objections(understood: Understood, signer: Signer) -> Iterator[bytes]:
    for token in understood.tokens:
        try:
            yield signer.read_objection(token)
        except BadToken:
            continue


def _latest(session: Session, prospect_id: int, *, subject: str = "") -> Matched:
    """The person, with the last message they got; in its thread if `subject` answers its subject."""
    last = (
        select(Touch.id, Message.subject)
        .join(Message, Message.touch_id == Touch.id)
        .where(Touch.prospect_id == prospect_id)
        .order_by(Message.gated_at.desc(), Touch.id.desc())
    )
    row = session.execute(last.limit(1)).first()
    if row is None:
        return Matched(prospect_id)
    bare, answers = _ANSWERED.subn("", fold(subject))
    return Matched(prospect_id, row.id, in_thread=bool(answers) and bare == fold(row.subject))


def _by_sender(session: Session, sender: str | None) -> int | None:
    if not sender:
        return None
    try:
        address = normalise(sender)
    except BadAddress:
        return None
    return session.scalar(select(Prospect.id).where(Prospect.address == address))


def _is_colleague(session: Session, sender: str | None) -> bool:
    if not sender:
        return False
    of_team = select(User.id).where(User.address == sender).exists()
    of_mailbox = select(Mailbox.id).where(Mailbox.address == sender).exists()
    return bool(session.scalar(select(or_(of_team, of_mailbox))))

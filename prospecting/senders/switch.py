"""The installation's one switch: whether anything leaves at all."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from prospecting.db import insert_or_ignore
from prospecting.senders.models import Sending

THE_ROW = 1


def ensure_switch(session: Session) -> None:
    """The row is there, so that the gate can lock what a pause changes."""
    insert_or_ignore(session, Sending, [{"id": THE_ROW, "enabled": True}], conflict=["id"])


def sending_enabled(session: Session) -> bool:
    """Whether messages may leave this installation."""
    return session.scalar(select(Sending.enabled).where(Sending.id == THE_ROW)) is not False


def set_sending(session: Session, enabled: bool, *, why: str | None, now: datetime) -> None:
    """Let everything leave or nothing; once this is committed, no message passes the gate while it is off."""
    ensure_switch(session)
    session.execute(
        update(Sending)
        .where(Sending.id == THE_ROW)
        .values(enabled=enabled, why=why and why[:300], changed_at=now)
        .execution_options(synchronize_session="fetch")
    )

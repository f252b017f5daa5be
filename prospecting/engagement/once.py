"""Links that work once: the private part of the space, the team's sign-in. Only a digest of each is kept."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from prospecting.engagement.models import OneTimeLink


def new_one_time_link(session: Session, subject: str, *, now: datetime, lives: timedelta) -> str:
    """A token (32 characters of base64url) that stands for `subject` once, until `now + lives`."""
    token = secrets.token_urlsafe(24)
    session.execute(insert(OneTimeLink).values(digest=_digest(token), subject=subject, expires_at=now + lives))
    return token


def use_one_time_link(session: Session, token: str, *, now: datetime) -> str | None:
    """The subject of `token`, which is used up by this; None if it is unknown, too old, or was used before."""
    used = (
        update(OneTimeLink)
        .where(OneTimeLink.digest == _digest(token), OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now)
        .values(used_at=now)
        .returning(OneTimeLink.subject)
    )
    return session.scalar(used)


def one_time_link_waits(session: Session, subject: str, *, now: datetime) -> bool:
    """Whether a link for `subject` was made that is neither used nor too old."""
    waiting = select(OneTimeLink.digest).where(
        OneTimeLink.subject == subject, OneTimeLink.used_at.is_(None), OneTimeLink.expires_at > now
    )
    return session.scalar(waiting.limit(1)) is not None


def forget_one_time_links(session: Session, subject: str) -> None:
    """Remove every link that stands for `subject`."""
    session.execute(delete(OneTimeLink).where(OneTimeLink.subject == subject))


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()

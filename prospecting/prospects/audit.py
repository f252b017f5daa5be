"""Who did what to whose data; rows are added and never changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from prospecting.prospects.models import Audit


def audit(
    session: Session, *, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Write down that `actor` did `action` to `subject` ("prospect:12"); never a name or an address, which erasure
    could not take back."""
    row = {"at": at, "actor": actor[:80], "action": action[:80], "subject": subject[:200], "detail": dict(detail or {})}
    session.execute(insert(Audit).values(row))

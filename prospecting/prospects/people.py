"""What is kept of one person, handed to them or taken away."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from prospecting.prospects.addresses import normalise
from prospecting.prospects.audit import audit
from prospecting.prospects.models import Audit, Consent, Organisation, Prospect, Suppressed, Suppression
from prospecting.prospects.suppression import suppress
from prospecting.prospects.wishes import consents

_OWN = (
    "address", "first_name", "last_name", "role", "language", "country", "subdivision", "zone", "fields", "tags", "source",
    "source_at", "created_at", "stopped_at", "stopped_why", "tracking_wish", "wish_days_between", "next_allowed_at", "in_touch_at",
    "in_touch_with", "cooled_topics",
)  # fmt: skip


def find_person(session: Session, address: str) -> int | None:
    """The prospect with this address, as people write it. Raises BadAddress."""
    return session.scalar(select(Prospect.id).where(Prospect.address == normalise(address)))


def export_person(session: Session, prospect_id: int) -> dict[str, Any]:
    """Everything this room keeps of the person, as plain values; instants in ISO form. Empty if there is none."""
    person = session.get(Prospect, prospect_id)
    if person is None:
        return {}
    place = session.get(Organisation, person.organisation_id) if person.organisation_id else None
    suppressed = session.get(Suppression, person.address_hash)
    audited = session.scalars(
        select(Audit).where(Audit.subject == f"prospect:{prospect_id}").order_by(Audit.at, Audit.id)
    )
    return {
        "person": {name: _plain(getattr(person, name)) for name in _OWN},
        "organisation": {"name": place.name, "domain": place.domain, "country": place.country} if place else None,
        "consents": [
            {"given": one.given, "wording": one.wording, "through": one.through, "at": one.at.isoformat()}
            for one in consents(session, prospect_id)
        ],
        "suppressed": {"reason": suppressed.reason, "at": suppressed.at.isoformat()} if suppressed else None,
        "audit": [{"at": one.at.isoformat(), "action": one.action, "through": one.actor} for one in audited],
    }


def erase_person(session: Session, prospect_id: int, *, now: datetime) -> None:
    """Take away everything this room keeps of the person, but the keyed hash by which no import brings them back.

    The row stays, empty, for what counts on its number (a touch that was sent, a campaign's totals). The rooms above
    erase theirs first.
    """
    person = session.scalar(select(Prospect).where(Prospect.id == prospect_id).with_for_update())
    if person is None:
        return
    suppress(session, person.address_hash, reason=Suppressed.ERASED, now=now, through="erasure")
    place = person.organisation_id
    session.execute(
        delete(Consent).where(Consent.prospect_id == prospect_id).execution_options(synchronize_session=False)
    )
    session.execute(update(Prospect).where(Prospect.id == prospect_id).values(_nobody(prospect_id, now)))
    if place is not None:
        _forget_lonely(session, place)
    session.expire_all()
    audit(session, at=now, actor="erasure", action="erased", subject=f"prospect:{prospect_id}")


def _nobody(prospect_id: int, now: datetime) -> dict[str, Any]:
    """The values of a row that says nothing about anybody."""
    empty = dict.fromkeys(
        ("first_name", "last_name", "role", "folded_role", "language", "country", "subdivision", "zone", "organisation_id",
         "import_id", "tracking_wish", "wish_days_between", "in_touch_at", "in_touch_with", "next_allowed_at")
    )  # fmt: skip
    return empty | {
        "address": f"erased:{prospect_id}",
        "address_hash": b"erased" + prospect_id.to_bytes(6),
        "domain": "",
        "fields": {},
        "folded_fields": {},
        "tags": [],
        "cooled_topics": [],
        "source": "erased",
        "source_at": now,
        "created_at": now,
        "stopped_at": now,
        "stopped_why": Suppressed.ERASED.value,
    }


def _forget_lonely(session: Session, organisation_id: int) -> None:
    """An organisation in which nobody else is known may be the person's own name; it loses its words, too."""
    if session.scalar(select(Prospect.id).where(Prospect.organisation_id == organisation_id).limit(1)) is None:
        session.execute(
            update(Organisation)
            .where(Organisation.id == organisation_id)
            .values(name="erased", folded_name="erased", domain=None, industry=None, folded_industry=None, fields={})
        )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value

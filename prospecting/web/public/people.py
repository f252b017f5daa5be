"""Whose page this is: the person, their gift and their sender, by the touch that a token names."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.campaigns.models import Touch
from prospecting.content.models import Gift
from prospecting.engagement import Mode
from prospecting.prospects.models import Organisation, Prospect, Suppressed
from prospecting.senders.models import Mailbox, User
from prospecting.tokens import BadToken
from prospecting.web.public.shelf import Host


@dataclass(frozen=True)
class Person:
    """A prospect as their own pages know them. `language` is their own or their organisation's."""

    prospect_id: int
    touch_id: int
    campaign_id: int | None
    mailbox_id: int
    address: str
    address_hash: bytes
    first_name: str | None
    language: str | None
    zone: str | None
    country: str | None
    days_between: int | None
    tracking_wish: bool | None
    stopped_at: datetime | None
    mode: Mode
    gift: str | None
    owner: str
    host: Host


@dataclass(frozen=True)
class Given:
    """One gift that was sent to a person."""

    slug: str
    on: datetime


def person_of(session: Session, touch_id: int) -> Person:
    """The person of a touch. Raises BadToken if the touch or its person is gone: to whoever holds the link it is as if forged."""
    row = session.execute(
        select(Touch, Prospect, Organisation, Mailbox, User, Gift.slug)
        .join(Prospect, Prospect.id == Touch.prospect_id)
        .join(Mailbox, Mailbox.id == Touch.mailbox_id)
        .join(User, User.id == Mailbox.user_id)
        .outerjoin(Organisation, Organisation.id == Prospect.organisation_id)
        .outerjoin(Gift, Gift.id == Touch.gift_id)
        .where(Touch.id == touch_id, Prospect.stopped_why.is_distinct_from(Suppressed.ERASED.value))
    ).first()
    if row is None:
        raise BadToken
    touch, prospect, organisation, mailbox, user, slug = row
    return Person(
        prospect_id=prospect.id,
        touch_id=touch_id,
        campaign_id=touch.campaign_id,
        mailbox_id=mailbox.id,
        address=prospect.address,
        address_hash=prospect.address_hash,
        first_name=prospect.first_name,
        language=prospect.language or (organisation.language if organisation else None),
        zone=prospect.zone or (organisation.zone if organisation else None),
        country=prospect.country,
        days_between=prospect.wish_days_between,
        tracking_wish=prospect.tracking_wish,
        stopped_at=prospect.stopped_at,
        mode=Mode(touch.mode),
        gift=slug,
        owner=user.handle,
        host=Host(mailbox.name or user.name, mailbox.organisation, dict(mailbox.sells), mailbox.postal_address),
    )


def gifts_given(session: Session, prospect_id: int) -> list[Given]:
    """What a person was sent, latest first; only *sent* counts as given."""
    rows = session.execute(
        select(Gift.slug, Touch.ended_at)
        .join(Touch, Touch.gift_id == Gift.id)
        .where(
            Touch.prospect_id == prospect_id, Touch.kind == "gift", Touch.state == "sent", Touch.ended_at.is_not(None)
        )
        .order_by(Touch.ended_at.desc(), Touch.id.desc())
    )
    return [Given(slug, at) for slug, at in rows if at is not None]

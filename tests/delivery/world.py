"""A campaign with its people and due touches, in rows, for the tests of this room."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from prospecting.campaigns.models import Campaign, CampaignVersion, Enrolment, Touch, TouchKind
from prospecting.content.models import Gift, GiftVersion
from prospecting.delivery.models import Message
from prospecting.installation import Installation
from prospecting.journal import Journal
from prospecting.prospects.models import Organisation, Prospect
from prospecting.senders.models import Mailbox, User
from prospecting.senders.switch import ensure_switch

LONG_AGO = timedelta(days=400)

MESSAGE = """---
subject: "{{ prospect.first_name }}, un guide sur l'asynchrone"
preheader: "{{ gift.promise }}"
---
Bonjour {{ prospect.first_name }},

Voici [{{ gift.title }}]({{ gift.link }}).
"""
ENGLISH = MESSAGE.replace("Bonjour", "Hello").replace("un guide sur l'asynchrone", "a guide")

DEFINITION: dict[str, Any] = {
    "campaign": "async-hr",
    "owner": "claire",
    "language": "fr",
    "lawful": {"why_them": "Vous dirigez les ressources humaines."},
    "audience": {"where": {"all": [{"country": "FR"}]}},
    "senders": ["claire"],
    "gifts": [
        {
            "id": "guide",
            "give": "guide-asynchrone",
            "message": "messages/guide.md",
            "variants": [{"id": "b", "subject": "Six minutes"}],
        },
        {"id": "next", "after": "5 working days", "give": "guide-asynchrone", "message": "messages/guide.md"},
    ],
    "invitation": {"message": "messages/guide.md", "choices": ["question", "meeting"]},
}


@dataclass
class World:
    """One campaign, one mailbox, people; every helper commits."""

    installation: Installation
    journal: Journal
    now: datetime
    port: int
    mailbox: int = 0
    campaign: int = 0
    version: int = 0
    gift: int = 0
    gift_version: int = 0

    def build(self, **mailbox: Any) -> "World":
        with self.installation.database.writing() as session:
            ensure_switch(session)
            user = User(handle="claire", name="Claire Martin", address="claire@acme.example")
            session.add(user)
            session.flush()
            settings = {
                "slug": "claire",
                "address": "claire@acme.example",
                "name": "Claire Martin",
                "organisation": "Acmé",
                "sells": {"fr": "Nous formons les équipes.", "en": "We train teams."},
                "postal_address": "1 rue de la Paix, 75002 Paris",
                "host": "127.0.0.1",
                "port": self.port,
                "security": "none",
                "per_day": 100_000,
                "ramp_from": 100_000,
                "per_domain_per_day": 100_000,
                "gap_s": 0,
                "started_at": self.now - LONG_AGO,
            }
            row = Mailbox(user_id=user.id, **(settings | mailbox))
            gift = Gift(slug="guide-asynchrone", kind="guide", owner="claire", state="approved", created_at=self.now)
            campaign = Campaign(slug="async-hr", name="L'asynchrone", owner="claire", created_at=self.now)
            session.add_all([row, gift, campaign])
            session.flush()
            text = GiftVersion(
                gift_id=gift.id,
                language="fr",
                number=1,
                digest="x",
                title="Le guide",
                promise="Moins d'interruptions.",
                minutes=9,
                approved_at=self.now,
                approved_by="claire",
                created_at=self.now,
            )
            version = CampaignVersion(
                campaign_id=campaign.id,
                number=1,
                digest="d",
                definition=DEFINITION,
                launched_by="claire",
                launched_at=self.now,
                bundle={"messages": {"messages/guide.md": MESSAGE, "messages/guide.en.md": ENGLISH}, "gifts": {}},
            )
            session.add_all([text, version])
            session.flush()
            self.mailbox, self.campaign, self.version = row.id, campaign.id, version.id
            self.gift, self.gift_version = gift.id, text.id
        return self

    def people(self, count: int = 1, *, domain: str = "client{n}.example", **fields: Any) -> list[int]:
        """Touches due now, one for each of `count` new people; the touches' ids."""
        with self.installation.database.writing() as session:
            touches = []
            start = len(session.scalars(select(Prospect.id)).all())
            for n in range(start, start + count):
                where = domain.format(n=n)
                address = f"paul{n}@{where}"
                values: dict[str, Any] = {
                    "first_name": "Paul",
                    "last_name": f"Dupont {n}",
                    "country": "FR",
                    "source": "salon",
                    "source_at": self.now,
                    "created_at": self.now,
                }
                person = Prospect(
                    address=address,
                    address_hash=self.installation.signer.hash_address(address),
                    domain=where,
                    **(values | fields),
                )
                session.add(person)
                session.flush()
                enrolment = Enrolment(
                    campaign_id=self.campaign,
                    version_id=self.version,
                    prospect_id=person.id,
                    mailbox_id=self.mailbox,
                    enrolled_at=self.now,
                )
                session.add(enrolment)
                session.flush()
                touch = self._touch(person.id, enrolment_id=enrolment.id, step="guide", kind=TouchKind.GIFT)
                session.add(touch)
                session.flush()
                touches.append(touch.id)
        return touches

    def _touch(self, prospect_id: int, **values: Any) -> Touch:
        of_campaign = {
            "campaign_id": self.campaign,
            "version_id": self.version,
            "gift_id": self.gift,
            "gift_version_id": self.gift_version,
            "message": "messages/guide.md",
        }
        common = {
            "prospect_id": prospect_id,
            "mailbox_id": self.mailbox,
            "mode": "full",
            "due_at": self.now,
            "window_ends_at": self.now + timedelta(hours=2),
        }
        return Touch(**(of_campaign | common | {"created_at": self.now} | values))

    def service(self, prospect_id: int, **values: Any) -> int:
        """An answer to somebody, due now."""
        bare = {"campaign_id": None, "version_id": None, "gift_id": None, "gift_version_id": None, "message": None}
        content = values.pop("content", {"subject": "Votre question", "text": "Oui, bien sûr."})
        with self.installation.database.writing() as session:
            touch = self._touch(prospect_id, kind=TouchKind.SERVICE, content=content, **(bare | values))
            session.add(touch)
            session.flush()
            return touch.id

    def organisation(self, prospect_id: int, **values: Any) -> None:
        with self.installation.database.writing() as session:
            row = Organisation(name="Client", folded_name="client", created_at=self.now, **values)
            session.add(row)
            session.flush()
            session.execute(update(Prospect).where(Prospect.id == prospect_id).values(organisation_id=row.id))

    def change(self, model: Any, row_id: int, **values: Any) -> None:
        with self.installation.database.writing() as session:
            session.execute(update(model).where(model.id == row_id).values(**values))

    def touch(self, touch_id: int) -> Touch:
        with self.installation.database.reading() as session:
            return session.get_one(Touch, touch_id)

    def person(self, touch_id: int) -> Prospect:
        with self.installation.database.reading() as session:
            return session.get_one(Prospect, session.get_one(Touch, touch_id).prospect_id)

    def message(self, touch_id: int) -> Message | None:
        with self.installation.database.reading() as session:
            return session.scalar(select(Message).where(Message.touch_id == touch_id))

    def states(self) -> dict[str, int]:
        counted: dict[str, int] = {}
        with self.installation.database.reading() as session:
            for state in session.scalars(select(Touch.state)):
                counted[state] = counted.get(state, 0) + 1
        return counted

    def rows(self, model: Any, *conditions: Any) -> list[Any]:
        with self.installation.database.reading() as session:
            return list(session.scalars(select(model).where(*conditions)))

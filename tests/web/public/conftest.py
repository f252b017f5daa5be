"""A web process with a gift, a diagnostic, a class, and two people who were given something: one in France, one in the
United States."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from prospecting import content, diagnostics, leads
from prospecting.campaigns.models import Campaign, CampaignVersion, Enrolment, Touch
from prospecting.clock import monotonic
from prospecting.content.models import Gift
from prospecting.db import Base
from prospecting.engagement import Links, Mode, events_of
from prospecting.engagement.models import Event
from prospecting.installation import Installation
from prospecting.journal import Journal, drain, pending
from prospecting.prospects.models import Prospect
from prospecting.senders.models import Mailbox, User
from prospecting.web import create_app
from prospecting.web.draining import take
from prospecting.web.public.front import Front
from prospecting.web.server import WebServer, free_port
from tests.conftest import TUESDAY

GUIDE = """---
kind: guide
title: "{title}"
promise: "{promise}"
minutes: 9
topics: [asynchronous]
audience: "Heads of HR"
owner: claire
author: "Claire Leroy"
revised: 2026-11-03
approved_by: claire
---
{body}
"""
CLASS = """---
kind: master_class
title: "Write your charter in an hour"
promise: "Leave with a page your team can try on Monday."
minutes: 60
topics: [charter]
audience: "Heads of HR"
owner: claire
author: "Claire Leroy"
revised: 2026-11-03
approved_by: claire
data: {starts: "2027-06-10T09:30", zone: Europe/Paris, minutes: 60, places: 40, language: en, where: "Online"}
---
Four parts, one hour.
"""
CHECK = """---
kind: diagnostic
title: "How calm is your team?"
promise: "See in two minutes where to begin."
minutes: 2
topics: [calm]
audience: "Heads of HR"
owner: claire
author: "Claire Leroy"
revised: 2026-11-03
approved_by: claire
data: {diagnostic: calm}
---
Two questions about the last two weeks.
"""
DIAGNOSTIC = """title: "How calm is your team?"
promise: "See in two minutes where to begin."
minutes: 2
intro: "Think of the last two weeks."
dimensions: {calm: "Calm", memory: "Memory"}
questions:
  - id: delay
    text: "How soon is an answer expected?"
    options: [{text: "At once", points: {calm: 0}}, {text: "By tomorrow", points: {calm: 3}}]
  - id: trace
    text: "Where are decisions found?"
    options: [{text: "In heads", points: {memory: 0}}, {text: "On a page", points: {memory: 3}}]
bands:
  calm: [{up_to: 1, title: "In pieces", text: "Attention goes in pieces.", advice: "Agree on a delay."}, {up_to: 3, title: "Calm", text: "Keep it.", advice: "Write it down."}]
  memory: [{up_to: 1, title: "In heads", text: "People are the archive.", advice: "Write one page."}, {up_to: 3, title: "On paper", text: "Keep it.", advice: "Date it."}]
"""


@dataclass(frozen=True)
class Met:
    """One person who was given the guide."""

    prospect_id: int
    touch: int
    address: str
    address_hash: bytes


@dataclass
class Site:
    """A running web process and whoever it serves."""

    client: httpx.Client
    installation: Installation
    journal: Journal
    links: Links
    french: Met
    american: Met
    front: Front

    def path(self, link: str) -> str:
        """The path of one of our own addresses, as a browser sends it: without the fragment."""
        return link.removeprefix(self.installation.settings.public_url).split("#")[0]

    def drain(self) -> int:
        """Bring the journal into the log; whatever the process itself is draining just now is waited for."""
        handlers = leads.handlers(self.installation)
        drained = drain(self.journal.folder, self.installation.database.writing, handlers)
        deadline = monotonic() + 10
        while pending(self.journal.folder) and monotonic() < deadline:
            drained += drain(self.journal.folder, self.installation.database.writing, handlers)
        return drained


def write_library(workspace: Path) -> None:
    gifts = workspace / "gifts"
    gifts.mkdir(exist_ok=True)
    english = GUIDE.format(
        title="Work without interrupting",
        promise="An hour a day back for everybody.",
        body="## First\n\nA written question deserves an answer by tomorrow.",
    )
    french = GUIDE.format(
        title="Travailler sans s’interrompre",
        promise="Rendre une heure par jour à chacun.",
        body="## D’abord\n\nUne question écrite mérite une réponse avant demain.",
    )
    (gifts / "guide.en.md").write_text(english, encoding="utf-8")
    (gifts / "guide.fr.md").write_text(french, encoding="utf-8")
    (gifts / "class.en.md").write_text(CLASS, encoding="utf-8")
    (gifts / "check.en.md").write_text(CHECK, encoding="utf-8")
    (workspace / "diagnostics").mkdir(exist_ok=True)
    (workspace / "diagnostics" / "calm.en.yaml").write_text(DIAGNOSTIC, encoding="utf-8")


def furnish(session: Session, workspace: Path) -> Mailbox:
    """The team, its mailbox and its library."""
    user = User(
        handle="claire", name="Claire Leroy", address="claire@atelier.example", language="fr", zone="Europe/Paris"
    )
    session.add(user)
    session.flush()
    mailbox = Mailbox(
        slug="claire",
        user_id=user.id,
        address="claire.leroy@atelier.example",
        name="Claire Leroy",
        organisation="Atelier",
        sells={"fr": "Nous accompagnons les équipes.", "en": "We help teams."},
        postal_address="Atelier, 12 rue des Tanneurs, Lyon",
        started_at=TUESDAY,
    )
    session.add(mailbox)
    write_library(workspace)
    assert content.load_gifts(session, workspace / "gifts", now=TUESDAY) == []
    assert diagnostics.load_definitions(session, workspace / "diagnostics") == []
    session.flush()
    return mailbox


def give(
    session: Session, installation: Installation, mailbox: Mailbox, *, name: str, country: str, language: str
) -> Met:
    """Somebody who was sent the guide, in the mode of their country."""
    address = f"{name}@example.org"
    prospect = Prospect(
        address=address,
        address_hash=installation.signer.hash_address(address),
        domain="example.org",
        first_name=name.title(),
        country=country,
        language=language,
        source="test",
        source_at=TUESDAY,
        created_at=TUESDAY,
    )
    campaign = Campaign(slug=f"campaign-{country.lower()}", name="C", owner="claire", created_at=TUESDAY)
    session.add_all([prospect, campaign])
    session.flush()
    version = CampaignVersion(
        campaign_id=campaign.id,
        number=1,
        digest=country,
        definition={},
        bundle={},
        launched_by="claire",
        launched_at=TUESDAY,
    )
    session.add(version)
    session.flush()
    enrolment = Enrolment(
        campaign_id=campaign.id,
        version_id=version.id,
        prospect_id=prospect.id,
        mailbox_id=mailbox.id,
        enrolled_at=TUESDAY,
    )
    session.add(enrolment)
    session.flush()
    gift = session.query(Gift).filter_by(slug="guide").one()
    touch = Touch(
        id=900_000 + prospect.id,
        kind="gift",
        state="sent",
        prospect_id=prospect.id,
        mailbox_id=mailbox.id,
        campaign_id=campaign.id,
        version_id=version.id,
        enrolment_id=enrolment.id,
        step="guide",
        gift_id=gift.id,
        mode=Mode.FULL if country == "US" else Mode.DECLARED,
        due_at=TUESDAY,
        window_ends_at=TUESDAY + timedelta(hours=3),
        created_at=TUESDAY,
        ended_at=TUESDAY,
    )
    session.add(touch)
    session.flush()
    return Met(prospect.id, touch.id, address, prospect.address_hash)


@pytest.fixture
def site(installation: Installation, tmp_path: Path) -> Iterator[Site]:
    with installation.database.writing() as session:
        mailbox = furnish(session, tmp_path)
        french = give(session, installation, mailbox, name="zoe-marker", country="FR", language="fr")
        american = give(session, installation, mailbox, name="amy", country="US", language="en")
    journal = Journal(installation.settings.journal_dir)
    app = create_app(installation, journal, handlers=leads.handlers(installation))
    links = Links(installation.signer, installation.settings.public_url)
    port = free_port()
    with WebServer(app, host="127.0.0.1", port=port), httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        take(app.state.front)
        yield Site(client, installation, journal, links, french, american, app.state.front)
    journal.close()


def events(site: Site, met: Met) -> list[Event]:
    """What the log holds about a person, once the journal is drained."""
    site.drain()
    with site.installation.database.reading() as session:
        return events_of(session, met.prospect_id)


@contextmanager
def database_away(site: Site) -> Iterator[None]:
    """The database does not answer; the process goes on."""
    database = site.installation.database

    @contextmanager
    def nobody() -> Iterator[Session]:
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))
        yield  # pragma: no cover

    kept = database.reading, database.writing
    database.reading = database.writing = nobody  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        database.reading, database.writing = kept  # type: ignore[method-assign]


def rows(site: Site) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with site.installation.database.reading() as session:
        return {
            table.name: sorted(str(tuple(row)) for row in session.execute(table.select()))
            for table in Base.metadata.sorted_tables
        }

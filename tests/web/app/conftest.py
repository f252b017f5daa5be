"""The team's pages of a web process, with people who became warm, one who asked, and a mailbox that caught letters."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy import update
from sqlalchemy.orm import Session

from prospecting import engagement, leads
from prospecting.campaigns.models import CampaignVersion
from prospecting.clock import SetClock
from prospecting.delivery.sink import Sink
from prospecting.installation import Installation
from prospecting.journal import Journal
from prospecting.prospects.models import Prospect
from prospecting.web import create_app
from prospecting.web.server import WebServer, free_port
from tests.leads import world
from tests.warmth.world import did, launched, letter

INVITATION = """---
subject: "Si vous souhaitez aller plus loin"
---
Bonjour {{ prospect.first_name | default("à vous") }},

[Choisir]({{ links.invitation }})
"""


@dataclass
class Team:
    """Somebody of the team with a browser, and the pages in front of them."""

    client: httpx.Client
    installation: Installation
    clock: SetClock
    sink: Sink
    flagged: set[int]
    base: str

    def link(self) -> str:
        """A fresh link that signs in once."""
        with self.installation.database.writing() as session:
            lives = timedelta(minutes=30)
            token = engagement.new_one_time_link(session, "team", now=self.clock.now(), lives=lives)
        return f"/app/enter/{token}"

    def sign_in(self) -> None:
        assert self.client.post(self.link()).status_code == 200

    def get(self, path: str, status: int = 200) -> BeautifulSoup:
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text[:400]
        return BeautifulSoup(answer.text, "lxml")

    def press(self, page: BeautifulSoup, action: str, status: int = 200, **values: str) -> BeautifulSoup:
        """Press the form whose action ends in `action`, with its hidden fields and `values`."""
        form = next(form for form in page.find_all("form") if re.search(action, str(form.get("action"))))
        data = {str(field["name"]): str(field.get("value") or "") for field in form.select("input[type=hidden]")}
        answer = self.client.post(str(form["action"]), data=data | values)
        assert answer.status_code == status, answer.text[:400]
        return BeautifulSoup(answer.text, "lxml")

    def write(self, change: Callable[[Session], object]) -> None:
        with self.installation.database.writing() as session:
            change(session)


def hrefs(page: BeautifulSoup, part: str) -> list[str]:
    return [str(a["href"]) for a in page.find_all("a", href=True) if isinstance(a, Tag) and part in str(a["href"])]


@pytest.fixture
def team(installation: Installation, clock: SetClock, tmp_path: Path) -> Iterator[Team]:
    """Signed in, with nothing in the database yet."""
    journal = Journal(installation.settings.journal_dir)
    flagged: set[int] = set()
    sink = Sink(tmp_path / "mail")
    app = create_app(installation, journal, handlers=leads.handlers(installation), caught=sink, flagged=flagged)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    clock.set(world.LATER)
    headers = {"Accept-Language": "en"}
    with (
        WebServer(app, host="127.0.0.1", port=port),
        httpx.Client(base_url=base, follow_redirects=True, headers=headers, timeout=30) as client,
    ):
        made = Team(client, installation, clock, sink, flagged, base)
        made.sign_in()
        yield made
    journal.close()
    sink.close()


@pytest.fixture
def story(team: Team) -> Team:
    """Two people of one organisation are warm, a third asked a question; a machine pressed a button."""

    def happen(session: Session) -> None:
        first, second, third = launched(session, 3)
        messages = {"messages/invitation.md": INVITATION}
        session.execute(update(CampaignVersion).values(bundle={"messages": messages, "gifts": {}}))
        world.together(session, first, second)
        world.warmed(session, first)
        world.warmed(session, second)
        world.raised(session, third, at=world.LATER - timedelta(hours=2), words="Et <b>les urgences</b> ?")
        extra = letter(session, first, "next", world.NOW + 8 * world.DAY)
        # A field that no person sees was filled: nothing that the person does later speaks for this.
        did(session, extra, "useful", world.NOW + 8 * world.DAY + timedelta(seconds=5), trap=True)
        for number, name in ((first, "Nadia"), (second, "Tomás"), (third, "Anne")):
            person = session.get_one(Prospect, number.prospect_id)
            person.first_name, person.last_name, person.language = name, "Belkacem", "fr"
        world.settle(session, team.installation.settings)

    team.write(happen)
    return team

"""A whole installation for a browser to walk through: workspace, embedded engine, built-in mailbox and the real pages.

Engine time stands still until a test moves it, so that letters leave at the hour they should and nothing else happens.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import func, select

from prospecting import campaigns, engagement, journal, leads
from prospecting.campaigns.models import Enrolment, EnrolmentState, Touch, TouchState
from prospecting.cli.serve import open_files, team_link
from prospecting.clock import SetClock
from prospecting.delivery.sink import Caught, Sink
from prospecting.engagement import Links
from prospecting.engagement.models import EventNews
from prospecting.installation import Installation, open_installation
from prospecting.journal import Journal
from prospecting.prospects import import_csv
from prospecting.prospects.models import Prospect
from prospecting.settings import load
from prospecting.simulation.browser import Browser as Reader
from prospecting.simulation.letters import Letter, read_letter
from prospecting.web import create_app
from prospecting.web.server import WebServer, free_port
from tests.chromium import AGENT
from tests.conftest import TUESDAY
from tests.journeys.stage import wait_for, write_workspace
from workers.embedded import EmbeddedEngine

PEOPLE = {
    "jeanne": ("Jeanne", "Morel", "FR"),
    "amy": ("Amy", "Ames", "US"),
    "lucie": ("Lucie", "Petit", "FR"),
    "rose": ("Rose", "Roux", "FR"),
    "noah": ("Noah", "Reed", "US"),
    "paul": ("Paul", "Blanc", "FR"),
}
"""French people come out `declared`, Americans `full`; each at an organisation of their own."""


@dataclass
class Stage:
    """The installation, running, with its clock in the test's hand."""

    installation: Installation
    engine: EmbeddedEngine
    clock: SetClock
    sink: Sink
    flagged: set[int]
    """Numbers of the mails whose page says "be this person"."""

    @property
    def url(self) -> str:
        return self.installation.settings.public_url

    @property
    def links(self) -> Links:
        return Links(self.installation.signer, self.url)

    def live_until(self, instant: datetime) -> None:
        """Move engine time on to `instant`, stopping wherever something is due, and let the engine do it."""
        while (due := self._next_due()) and due <= instant:
            self.clock.set(max(due, self.clock.now() + timedelta(seconds=1)))
            self.settle()
        self.clock.set(instant)
        self.settle()

    def settle(self) -> None:
        """Let everything that was pressed be heard, judged and acted on."""
        for _ in range(3):
            wait_for(self._drained, seconds=20, why="the journal is not drained")
            self.engine.hint("tick")
            assert self.engine.wait_quiet()
        assert not self._news(), "what was heard is not judged"

    def letters(self, who: str) -> list[Caught]:
        """What `who` received, oldest first."""
        return [caught for caught in self.sink.messages() if caught.recipient == address(who)]

    def letter(self, who: str) -> Letter:
        """The last thing `who` received, read."""
        return read_letter(self.sink.content(self.letters(who)[-1]), at=self.clock.now())

    def touch(self, who: str) -> int:
        """The touch of the last thing `who` received."""
        touch = self.letters(who)[-1].touch
        assert touch is not None
        return touch

    def prospect(self, who: str) -> int:
        with self.installation.database.reading() as session:
            return session.scalars(select(Prospect.id).where(Prospect.address == address(who))).one()

    def events(self, who: str) -> list[str]:
        """The kinds of what is known of `who`, without what we did ourselves."""
        with self.installation.database.reading() as session:
            known = engagement.events_of(session, self.prospect(who))
        return [event.kind for event in known if event.kind != "sent"]

    def press(self, who: str, gesture: str) -> None:
        """`who` presses a gesture of their last letter, without a window."""
        with httpx.Client(timeout=10) as client:
            browser = Reader(client, AGENT, "127.0.0.1")
            page = browser.get(self.letter(who).pressable[gesture].address)
            assert browser.press(page, page.forms()[0]).status == 200

    def _next_due(self) -> datetime | None:
        planning = select(func.min(Enrolment.plan_at)).where(Enrolment.state == EnrolmentState.ACTIVE)
        sending = select(func.min(Touch.due_at)).where(Touch.state == TouchState.PLANNED)
        with self.installation.database.reading() as session:
            return min(filter(None, (session.scalar(planning), session.scalar(sending))), default=None)

    def _drained(self) -> bool:
        return not journal.pending(self.installation.settings.journal_dir)

    def _news(self) -> bool:
        with self.installation.database.reading() as session:
            return session.scalar(select(EventNews.event_id).limit(1)) is not None


def address(who: str) -> str:
    return f"{who}@{who}.example"


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Six people who have had the guide and, a week later, the study; now it is the morning after that."""
    folder = tmp_path_factory.mktemp("stage")
    with ExitStack() as stack:
        sink = stack.enter_context(Sink(folder / "mail"))
        workspace = folder / "workspace"
        campaign = write_workspace(
            workspace, people=0, smtp_port=sink.port, maildir=sink.maildir("claire@atelier.example"), zone="UTC"
        )
        campaign.write_text(campaign.read_text() + "warm: {bar: 25}\n")
        (workspace / "prospects.csv").write_text(
            "address,first_name,last_name,role,language,country,organisation\n"
            + "".join(
                f"{address(who)},{first},{last},Head of people,en,{country},{last} & Co\n"
                for who, (first, last, country) in PEOPLE.items()
            )
        )
        clock = SetClock(TUESDAY.replace(hour=5))
        installation = open_installation(load(workspace, port=free_port()), clock=clock)
        stack.callback(installation.close)
        settings, database, now = installation.settings, installation.database, clock.now()
        open_files(installation, workspace)
        import_csv(database, workspace / "prospects.csv", source="A test", now=now, signer=installation.signer)
        with database.writing() as session:
            campaigns.launch(session, workspace, campaign, by="claire", now=now, settings=settings)
        ours = Journal(settings.journal_dir)
        stack.callback(ours.close)
        flagged: set[int] = set()
        application = create_app(
            installation, ours, handlers=leads.handlers(installation), caught=sink, flagged=flagged
        )
        stack.enter_context(WebServer(application, host=settings.host, port=settings.port))
        engine = stack.enter_context(EmbeddedEngine(installation, ours))
        built = Stage(installation, engine, clock, sink, flagged)
        _two_gifts(built)
        yield built


def _two_gifts(stage: Stage) -> None:
    """Two weeks in a few seconds; three people ask for more after the first gift."""
    stage.live_until(TUESDAY.replace(hour=21))
    for who in ("jeanne", "amy", "lucie", "rose"):
        stage.press(who, "send_next")
    stage.live_until(TUESDAY + timedelta(days=14))
    with stage.installation.database.reading() as session:
        states = list(session.execute(select(Touch.step, Touch.state)))
    assert Counter(map(tuple, states)) == {(step, "sent"): len(PEOPLE) for step in ("guide", "study")}


@pytest.fixture
def visitor(chromium: Browser, stage: Stage) -> Iterator[Page]:
    """A person at their own computer."""
    context = someone(chromium, stage)
    yield context.new_page()
    context.close()


@pytest.fixture
def member(chromium: Browser, stage: Stage) -> Iterator[Page]:
    """Somebody of the team, signed in by a link that works once."""
    context = someone(chromium, stage)
    page = context.new_page()
    page.goto(team_link(stage.installation))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/app")
    yield page
    context.close()


def someone(chromium: Browser, stage: Stage, **given: object) -> BrowserContext:
    """A fresh browser, that nothing was done in."""
    return chromium.new_context(**({"locale": "en-US", "base_url": stage.url, "user_agent": AGENT} | given))  # type: ignore[arg-type]

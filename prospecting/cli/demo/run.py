"""Setting the demo's stage, and living its eight weeks on it."""

import logging
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import select

from prospecting import campaigns, leads
from prospecting.campaigns.models import Enrolment
from prospecting.cli.demo.world import DemoWorld
from prospecting.cli.doors import progress
from prospecting.cli.init import EXAMPLES, copy_example
from prospecting.cli.serve import open_files, team_link
from prospecting.clock import SetClock, SystemClock, monotonic
from prospecting.delivery.sink import Sink
from prospecting.findings import Refused
from prospecting.installation import Installation, open_installation
from prospecting.journal import Journal
from prospecting.prospects import import_csv
from prospecting.prospects.models import Prospect
from prospecting.settings import load
from prospecting.simulation.acts import Act, What, dice
from prospecting.simulation.browser import Browser
from prospecting.simulation.hands import Hands
from prospecting.simulation.lockstep import Lockstep
from prospecting.simulation.machines import load_profiles
from prospecting.simulation.people import AGENTS, Person, Seen
from prospecting.simulation.salesperson import Salesperson
from prospecting.web import create_app
from prospecting.web.server import WebServer, refuse_taken
from workers.embedded import EmbeddedEngine

HOST = "127.0.0.1"
NOT_OURS = ("httpx", "httpcore", "mail")
"""Loggers of the simulated people's own browsers, and of the mail server that stands for everybody else's."""
SHORT_OF_ONE = 6
"""People scripted to stop one act short; three of them are shown."""


@dataclass(frozen=True)
class Demo:
    """What one demo is made of."""

    folder: Path
    seed: int
    starts: datetime
    ends: datetime
    port: int
    mail_port: int


@dataclass
class Lived:
    """A demo after its eight weeks, still running."""

    demo: Demo
    installation: Installation
    clock: SetClock
    engine: EmbeddedEngine
    sink: Sink
    world: DemoWorld
    lockstep: Lockstep
    flagged: set[int]
    """Numbers of the mails that say "be this person"; the pages show them as soon as they stand here."""
    took: float
    """Seconds of our time."""

    def stay(self, *, joined: bool) -> None:
        """Let engine time go on by itself: with the machine's clock, or from the end that was asked for."""
        self.clock.join(SystemClock() if joined else GoesOn(self.demo.ends))
        self.engine.keep_ticking()

    def link(self) -> str:
        return team_link(self.installation)


class GoesOn:
    """A clock that goes on from an instant at the machine's pace."""

    def __init__(self, start: datetime) -> None:
        self._start, self._at = start, monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=monotonic() - self._at)


def live(demo: Demo, stack: ExitStack) -> Lived:
    """Open everything on `stack`, launch both campaigns, and live until the end. Raises Refused for a taken port."""
    refuse_taken(HOST, demo.port)
    sink = Sink(demo.folder / "mail", host=HOST, port=demo.mail_port)
    try:
        stack.enter_context(sink)
    except OSError as error:
        raise Refused.of(
            "WB001", f"Port {demo.mail_port} on {HOST} is taken.", "Stop what listens there, or say --exit."
        ) from error
    clock = SetClock(demo.starts)
    workspaces = [_workspace(demo, language, sink) for language in EXAMPLES]
    settings = load(workspaces[0], var=demo.folder / "var", host=HOST, port=demo.port)
    installation = open_installation(settings, clock=clock)
    stack.callback(installation.close)
    journal = Journal(settings.journal_dir)
    stack.callback(journal.close)
    stack.enter_context(logged(settings.var_dir / "demo.log"))
    for workspace in workspaces:
        _launch(installation, workspace)
    flagged: set[int] = set()
    application = create_app(installation, journal, handlers=leads.handlers(installation), caught=sink, flagged=flagged)
    stack.enter_context(WebServer(application, host=HOST, port=demo.port))
    engine = stack.enter_context(EmbeddedEngine(installation, journal))
    client = stack.enter_context(httpx.Client(timeout=20, follow_redirects=True))
    hands = Hands(client, (HOST, sink.port))
    visitor = Browser(stack.enter_context(httpx.Client(timeout=20, follow_redirects=True)), AGENTS[0], HOST)
    salesperson = Salesperson(visitor, f"{settings.public_url}/app", lambda: team_link(installation))
    world = DemoWorld(installation, clock, engine, sink, hands, salesperson)
    lockstep = Lockstep(world, clock, load_profiles(), demo.seed, demo.ends, scripted=_script(installation, demo))
    began = monotonic()
    _run(lockstep, demo)
    return Lived(demo, installation, clock, engine, sink, world, lockstep, flagged, monotonic() - began)


@contextmanager
def logged(file: Path) -> Iterator[None]:
    """Keep every log line of web and workers in `file`: the invariants look for traces in it."""
    handler = logging.FileHandler(file, encoding="utf-8")
    for name in NOT_OURS:
        logging.getLogger(name).setLevel(logging.WARNING)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        handler.close()


def _workspace(demo: Demo, language: str, sink: Sink) -> Path:
    """A copy of an example, whose mailboxes speak to the built-in server."""
    folder = demo.folder / EXAMPLES[language]
    copy_example(language, folder)
    file = folder / "mailboxes.yaml"
    text = re.sub(r"port: 2525", f"port: {sink.port}", file.read_text(encoding="utf-8"))
    for address in re.findall(r"^ +address: (\S+)$", text, flags=re.MULTILINE):
        text = re.sub(r"maildir: \S+/\S+", f"maildir: {sink.maildir(address)}", text, count=1)
    file.write_text(text, encoding="utf-8")
    return folder


def _launch(installation: Installation, workspace: Path) -> None:
    """Open a workspace's files, import its prospects and launch its campaign, as its salesperson would."""
    open_files(installation, workspace)
    now, settings = installation.clock.now(), installation.settings
    for file in sorted((workspace / "prospects").glob("*.csv")):
        report = import_csv(
            installation.database, file, source="Demo: fictional people", now=now, signer=installation.signer
        )
        progress.print(f"{workspace.name}: {report.added} prospects imported from {file.name}", highlight=False)
    for file in sorted((workspace / "campaigns").glob("*.yaml")):
        with installation.database.writing() as session:
            launched = campaigns.launch(session, workspace, file, by="demo", now=now, settings=settings)
        left = sum(launched.left_out.values())
        progress.print(f"{file.stem}: launched for {launched.enrolled} people, {left} left out", highlight=False)


def _script(installation: Installation, demo: Demo) -> "Script":
    with installation.database.reading() as session:
        enrolled = (
            select(Prospect.address).join(Enrolment, Enrolment.prospect_id == Prospect.id).order_by(Prospect.address)
        )
        addresses = list(session.scalars(enrolled))
    random = dice(demo.seed, "one act short")
    chosen = random.sample(addresses, min(SHORT_OF_ONE, len(addresses)))
    return Script(frozenset(chosen), demo.ends)


@dataclass
class Script:
    """People who press once on two gifts in the last days, and leave the last press to the visitor."""

    people: frozenset[str]
    ends: datetime

    def __post_init__(self) -> None:
        self._letters: dict[str, int] = {}

    def __call__(self, person: Person, seen: Seen) -> list[Act] | None:
        if person.address not in self.people:
            return None
        number = self._letters[person.address] = self._letters.get(person.address, 0) + 1
        gestures = {1: ("useful", timedelta(days=3, hours=5)), 2: ("send_next", timedelta(days=1, hours=6))}
        if number not in gestures:
            return []
        gesture, before = gestures[number]
        at = max(self.ends - before, seen.at + timedelta(hours=3))
        return [Act(at, 0, What.PRESS, person.address, detail=gesture, agent=person.agent, network=person.network)]


def _run(lockstep: Lockstep, demo: Demo) -> None:
    """Live the weeks, with a bar on stderr."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[letters]} letters"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=progress) as bar:
        task = bar.add_task("Eight weeks", total=(demo.ends - demo.starts).total_seconds(), letters=0)

        def moved(now: datetime, letters: int) -> None:
            week = (now - demo.starts) // timedelta(weeks=1) + 1
            bar.update(
                task, completed=(now - demo.starts).total_seconds(), description=f"Week {week} of 8", letters=letters
            )

        lockstep.on_progress = moved
        lockstep.run()
        bar.update(task, completed=(demo.ends - demo.starts).total_seconds())

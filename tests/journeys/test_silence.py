"""In `declared` a GET is answered and forgotten: on PostgreSQL and Redis, with web, worker and beat as processes,
nothing that any of them keeps or says holds whose visit it was."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urldefrag

import httpx
import pytest
from playwright.sync_api import Browser
from redis import Redis
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from prospecting import campaigns, journal
from prospecting.campaigns.models import Touch
from prospecting.db import Base, Database
from prospecting.delivery.sink import Sink
from prospecting.engagement import GESTURES, Links, Mode
from prospecting.engagement.models import Event, VisitCount
from prospecting.installation import open_installation
from prospecting.leads.models import Invitation, Lead
from prospecting.prospects.models import Prospect
from prospecting.settings import load
from prospecting.simulation.browser import Browser as Reader
from prospecting.simulation.letters import read_letter
from prospecting.tokens import Purpose, Signer
from prospecting.web.server import free_port
from tests.journeys.stage import launched_this_morning, process, wait_for, write_workspace

PEOPLE = 20
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Marker-Agent/7.0"
NETWORK = "203.0.113.77"
REFERRER = "https://mail.example/marker-referrer"
FIRST_IDS = {"touch": 741_852_963, "prospect": 852_963_741, "enrolment": 963_741_852}
"""Numbers that mean nothing else, so that finding one means that it was kept."""
ROUNDS_OF_THE_ENGINE = 8
"""Seconds: counts are put away every five, and the tick comes every half."""
ELSEWHERE = {"visit_count", "digest_sent"}
"""What may change meanwhile: the count by gift and week, and the team's own letter at its hour."""


@dataclass
class House:
    """The running processes, and one person who was written to."""

    url: str
    database: Database
    redis: Redis
    workspace: Path
    logs: list[Path]
    signer: Signer
    prospect: Prospect
    gift: int
    invitation: int
    """Touches."""

    @property
    def links(self) -> list[str]:
        """Every address that this person's letters hold, in `declared`."""
        made = Links(self.signer, self.url)
        return [
            made.gift("guide", self.gift, Mode.DECLARED),
            *(made.gesture(self.gift, kind) for kind in GESTURES),
            made.space(self.gift),
            made.space(self.invitation),
            made.invitation(self.invitation),
            made.objection(self.prospect.address_hash),
        ]

    @property
    def secrets(self) -> list[str]:
        """What may be found nowhere: tokens, ids, address, network address, agent, and where the visitor came from."""
        tokens = [link.replace("#", "/").rsplit("/", 1)[-1] for link in self.links]
        tokens += [self.signer.touch(purpose, self.gift) for purpose in (Purpose.FRAGMENT, Purpose.VISIT)]
        person = [self.prospect.address, self.prospect.address_hash.hex(), "Ann0"]
        ids = [str(number) for number in (self.gift, self.invitation, self.prospect.id)]
        return [*tokens, *person, *ids, NETWORK, AGENT, "Marker-Agent", "marker-referrer"]

    def rows(self) -> dict[str, list[str]]:
        """Every row of every table, as text."""
        with self.database.reading() as session:
            return {
                table.name: sorted(str(tuple(row)) for row in session.execute(table.select()))
                for table in Base.metadata.sorted_tables
            }

    def journal(self) -> str:
        """Every byte beside the database: journal segments, what was refused, and what a web process keeps of gifts."""
        kept = [file for file in (self.workspace / "var").rglob("*") if file.is_file()]
        assert kept
        return "\n".join(file.read_bytes().decode("utf-8", "replace") for file in kept)

    def said(self) -> str:
        """What web, worker and beat wrote, and what the web process counts."""
        return "\n".join([*(log.read_text() for log in self.logs), httpx.get(f"{self.url}/metrics").text])

    def in_redis(self) -> str:
        """Every key with its value, as Redis itself would write it."""
        return "\n".join(f"{key!r} {self.redis.dump(key)!r}" for key in self.redis.scan_iter())


@pytest.fixture
def house(tmp_path: Path, own_database: str, redis_url: str) -> Iterator[House]:
    workspace, port = tmp_path / "workspace", free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "DATABASE_URL": own_database,
        "REDIS_URL": redis_url,
        "PROSPECTING_WORKSPACE": str(workspace),
        "PROSPECTING_PUBLIC_URL": url,
    }
    commands = {
        "web": ("prospecting", "serve", "--port", str(port)),
        "worker": ("celery", "-A", "workers.app", "worker", "-Q", "tick,send", "-c", "1", "-l", "debug"),
        "beat": ("celery", "-A", "workers.app", "beat", "-l", "debug"),
    }
    logs = [tmp_path / f"{name}.log" for name in commands]
    with Sink(tmp_path / "mail") as sink, ExitStack() as stack:
        maildir = sink.maildir("claire@atelier.example")
        write_workspace(workspace, people=PEOPLE, smtp_port=sink.port, maildir=maildir, country="FR")
        installation = open_installation(load(workspace, database_url=own_database))
        stack.callback(installation.close)
        _number(installation.database)
        launched_this_morning(workspace, database_url=own_database)
        for command, log in zip(commands.values(), logs, strict=True):
            stack.enter_context(process(*command, workspace=workspace, environment=environment, log=log))
        wait_for(lambda: len(sink.messages()) > PEOPLE // 2, seconds=90, why=lambda: "".join(map(Path.read_text, logs)))
        with installation.database.writing() as session:
            campaigns.pause(session, "first", by="a test", now=datetime.now(UTC))
        caught = sink.messages()[0]
        wait_for(lambda: _sent(installation.database, caught.touch or 0), seconds=30, why="its result was not written")
        with installation.database.writing() as session:
            prospect, invitation = _invite(session, caught.touch or 0)
            session.expunge_all()
        built = House(
            url, installation.database, Redis.from_url(redis_url), workspace, logs, installation.signer, prospect,
            caught.touch or 0, invitation,
        )  # fmt: skip
        letter = read_letter(sink.content(caught), at=datetime.now(UTC))
        assert letter.gift is not None
        assert letter.gift.address == built.links[0], "the letter is one of `declared`"
        yield built


def test_visits_leave_nothing_of_the_person_anywhere(house: House, chromium: Browser) -> None:
    before = _at_rest(house)
    logged = {log: log.stat().st_size for log in house.logs}
    with overheard(house.redis) as commands:
        _visit_without_window(house)
        _visit_in_chromium(house, chromium)
        wait_for(lambda: _counted(house), seconds=30, why="visits are counted by gift and week")
        threading.Event().wait(ROUNDS_OF_THE_ENGINE)
    after = house.rows()
    assert {name: rows for name, rows in after.items() if name not in ELSEWHERE} == {
        name: rows for name, rows in before.items() if name not in ELSEWHERE
    }
    assert commands, "Redis was listened to"
    assert all(log.stat().st_size > logged[log] for log in house.logs[1:]), "worker and beat went on"
    places = {
        "visit_count": "\n".join(after["visit_count"]),
        "journal": house.journal(),
        "redis": house.in_redis() + "\n".join(commands),
        "logs": house.said(),
    }
    assert journal.pending(house.workspace / "var" / "journal") == 0
    for place, held in places.items():
        assert [secret for secret in house.secrets if secret in held] == [], place


def test_a_press_is_kept_and_still_said_to_no_log(house: House) -> None:
    """The other half: what the person does on purpose arrives, so the silence is not that of a deaf house."""
    _at_rest(house)
    with httpx.Client(timeout=20) as client, overheard(house.redis) as commands:
        reader = Reader(client, AGENT, NETWORK)
        page = reader.get(house.links[1])
        assert reader.press(page, page.forms()[0]).status == 200
        wait_for(lambda: _pressed(house), seconds=30, why="the gesture came into the log")
        threading.Event().wait(2)
    held = house.said() + "\n".join(commands) + house.in_redis()
    assert [secret for secret in house.secrets if secret in held] == []


def _visit_without_window(house: House) -> None:
    """As scanners, previews and people without scripts come."""
    headers = {"User-Agent": AGENT, "X-Forwarded-For": NETWORK, "Referer": REFERRER, "Accept-Language": "fr"}
    with httpx.Client(timeout=20, headers=headers) as client:
        for link in house.links:
            for method in ("GET", "HEAD", "OPTIONS"):
                answer = client.request(method, urldefrag(link).url)
                assert answer.status_code == (405 if method == "OPTIONS" else 200), urldefrag(link).url


def _visit_in_chromium(house: House, chromium: Browser) -> None:
    """With scripts, as people do, moving about and leaving; and without."""
    for scripts in (True, False):
        context = chromium.new_context(
            user_agent=AGENT, java_script_enabled=scripts, extra_http_headers={"X-Forwarded-For": NETWORK}
        )
        page = context.new_page()
        for link in house.links:
            answer = page.goto(link, referer=REFERRER, wait_until="networkidle")
            assert answer is not None
            assert answer.status == 200
            page.mouse.move(100, 100)
            page.mouse.wheel(0, 2000)
        page.goto("about:blank")
        assert context.cookies() == []
        context.close()


@contextmanager
def overheard(redis: Redis) -> Iterator[list[str]]:
    """Every command that any process sends to Redis meanwhile."""
    heard: list[str] = []
    with redis.monitor() as monitor:
        stop = threading.Event()

        def listen() -> None:
            for command in monitor.listen():
                heard.append(str(command))
                if stop.is_set():
                    return

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield heard
        stop.set()
        redis.ping()
        thread.join(5)


def _number(database: Database) -> None:
    """Let ids begin where no other number of ours is."""
    with database.writing() as session:
        for table, first in FIRST_IDS.items():
            session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {first})"))


def _invite(session: Session, touch_id: int) -> tuple[Prospect, int]:
    """An invitation that has reached the person of `touch_id`; how they became warm is another story."""
    given = session.get_one(Touch, touch_id)
    now = datetime.now(UTC)
    lead = Lead(campaign_id=given.campaign_id or 0, owner="claire", surfaced_at=now)
    session.add(lead)
    session.flush()
    touch = Touch(
        kind="invitation", state="sent", prospect_id=given.prospect_id, mailbox_id=given.mailbox_id,
        campaign_id=given.campaign_id, version_id=given.version_id, enrolment_id=given.enrolment_id, lead_id=lead.id,
        round=1, mode=Mode.DECLARED, due_at=now, window_ends_at=now + timedelta(hours=1), created_at=now, ended_at=now,
    )  # fmt: skip
    session.add(touch)
    session.flush()
    session.add(
        Invitation(
            lead_id=lead.id, prospect_id=given.prospect_id, touch_id=touch.id, choices=["question", "meeting"],
            sent_by="claire", created_at=now,
        )
    )  # fmt: skip
    session.flush()
    return session.get_one(Prospect, given.prospect_id), touch.id


def _at_rest(house: House) -> dict[str, list[str]]:
    """Every row, once two looks a second apart see the same."""
    seen: list[dict[str, list[str]]] = [{}]

    def same() -> bool:
        threading.Event().wait(1)
        seen.append(house.rows())
        return seen[-1] == seen[-2]

    wait_for(same, seconds=40, why="the engine does not come to rest")
    return seen[-1]


def _sent(database: Database, touch: int) -> bool:
    with database.reading() as session:
        return session.scalar(select(Touch.state).where(Touch.id == touch)) == "sent"


def _counted(house: House) -> bool:
    with house.database.reading() as session:
        return session.scalar(select(VisitCount).limit(1)) is not None


def _pressed(house: House) -> bool:
    with house.database.reading() as session:
        return session.scalar(select(Event).where(Event.kind == "useful").limit(1)) is not None

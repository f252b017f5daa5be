"""The same code as separate processes: web, two workers and beat on PostgreSQL and Redis do the same job."""

from contextlib import ExitStack
from pathlib import Path

import httpx
from sqlalchemy import func, select

from prospecting.db import Database
from prospecting.delivery.sink import Sink
from prospecting.engagement.models import Event
from prospecting.simulation.browser import Browser
from prospecting.simulation.letters import read_letter
from prospecting.warmth.models import Warmth
from prospecting.web.server import free_port
from tests.conftest import TUESDAY
from tests.journeys.stage import launched_this_morning, process, wait_for, write_workspace

PEOPLE = 60


def test_web_two_workers_and_beat_do_the_same_job(tmp_path: Path, own_database: str, redis_url: str) -> None:
    workspace, log = tmp_path / "workspace", tmp_path / "log"
    port = free_port()
    environment = {
        "DATABASE_URL": own_database,
        "REDIS_URL": redis_url,
        "PROSPECTING_WORKSPACE": str(workspace),
        "PROSPECTING_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    with Sink(tmp_path / "mail") as sink, ExitStack() as stack:
        write_workspace(workspace, people=PEOPLE, smtp_port=sink.port, maildir=sink.maildir("claire@atelier.example"))
        launched_this_morning(workspace, database_url=own_database)
        commands = [
            ("prospecting", "serve", "--port", str(port)),
            ("celery", "-A", "workers.app", "worker", "-Q", "tick,send", "-c", "1", "-n", "one@%h"),
            ("celery", "-A", "workers.app", "worker", "-Q", "tick,send", "-c", "1", "-n", "two@%h"),
            ("celery", "-A", "workers.app", "beat"),
        ]
        for command in commands:
            stack.enter_context(process(*command, workspace=workspace, environment=environment, log=log))
        wait_for(lambda: len(sink.messages()) >= PEOPLE // 2, seconds=90, why=log.read_text)
        touches = [caught.touch for caught in sink.messages()]
        assert len(touches) == len(set(touches))

        letter = read_letter(sink.content(sink.messages()[0]), at=TUESDAY)
        with httpx.Client(timeout=10) as client:
            browser = Browser(
                client, "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "127.0.0.1"
            )
            page = browser.get(letter.pressable["useful"].address)
            assert browser.press(page, page.forms()[0]).status == 200
        database = Database(own_database.replace("postgresql://", "postgresql+psycopg://"))
        wait_for(lambda: _warmed(database), seconds=30, why=log.read_text)
        database.close()


def _warmed(database: Database) -> bool:
    with database.reading() as session:
        pressed = session.scalar(select(func.count()).select_from(Event).where(Event.kind == "useful"))
        warmed = session.scalar(select(func.count()).select_from(Warmth).where(Warmth.level.is_not(None)))
    return pressed == 1 and warmed == 1

"""A small workspace on disk, with a campaign that may leave at this very hour, and the real commands to run it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prospecting import campaigns
from prospecting.clock import SetClock
from prospecting.findings import errors
from prospecting.installation import open_installation
from prospecting.prospects import import_csv
from prospecting.settings import load

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


EVENING = 18


def evening_zone() -> str:
    """A zone in which it is early evening now: most of a day's touches are due there, and may still leave."""
    ahead = (EVENING - datetime.now(UTC).hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def launched_this_morning(workspace: Path, **given: Any) -> datetime:
    """Import and launch as if at dawn of this day in the evening's zone, and plan: what was due since waits for an engine."""
    dawn = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=EVENING - 6)
    installation = open_installation(load(workspace, **given), clock=SetClock(dawn))
    settings, database = installation.settings, installation.database
    with database.writing() as session:
        found = campaigns.open_workspace(session, workspace, now=dawn, signer=installation.signer)
        assert not errors(found), found
    import_csv(database, workspace / "prospects.csv", source="A test", now=dawn, signer=installation.signer)
    with database.writing() as session:
        campaigns.launch(
            session, workspace, workspace / "campaigns/first.yaml", by="claire", now=dawn, settings=settings
        )
    with database.writing() as session:
        while campaigns.plan(session, now=dawn, settings=settings):
            pass
    installation.close()
    return dawn


def write_workspace(
    folder: Path, *, people: int, smtp_port: int, maildir: Path, country: str = "", zone: str | None = None
) -> Path:
    """Two gifts for `people` people of one `zone`, from one mailbox without a gap. Returns the campaign's file."""
    zone = zone or evening_zone()
    files = {
        "prospecting.toml": 'language = "en"\ntimezone = "UTC"\ntick = 0.5\nmin_days_between = 1\n',
        "team.yaml": (
            "- {handle: claire, name: Claire Leroy, address: claire@atelier.example, language: en, zone: UTC, "
            'hours: ["09:00-17:00"], digest: "08:30", role: sales}\n'
        ),
        "mailboxes.yaml": (
            "- mailbox: claire\n  user: claire\n  address: claire@atelier.example\n  name: Claire Leroy\n"
            '  organisation: Atelier\n  sells: {en: "We sell workshops on asynchronous work."}\n'
            '  postal_address: "Atelier, 1 rue des Arts, 75001 Paris, France"\n'
            f"  transport: {{kind: smtp, host: 127.0.0.1, port: {smtp_port}, security: none}}\n"
            f"  inbox: {{maildir: {maildir}}}\n"
            "  limits: {per_day: 5000, ramp_from: 5000, ramp_step: 1, gap: 0, per_domain_per_day: 5000}\n"
        ),
        "gifts/guide.en.md": (
            "---\nkind: guide\ntitle: Meeting less\npromise: Win back an hour a day with three written rules.\nminutes: 6\n"
            "topics: [async]\naudience: heads of people\nowner: claire\nauthor: Claire Leroy\nrevised: 2026-11-01\n"
            "fresh_until: 2030-01-01\napproved_by: claire\n---\nWrite it down first.\n"
        ),
        "gifts/study.en.md": (
            "---\nkind: article\ntitle: What an interruption costs\npromise: See what an interruption costs in a working day.\n"
            "minutes: 4\ntopics: [async]\naudience: heads of people\nowner: claire\nauthor: Claire Leroy\nrevised: 2026-11-01\n"
            "fresh_until: 2030-01-01\napproved_by: claire\n---\nCount them for a week.\n"
        ),
        "messages/guide.md": (
            "---\nsubject: An hour a day, given back\npreheader: Three rules you can try on Monday.\n---\n"
            "Hello {{ prospect.first_name | default('there') }},\n\n{{ gift.promise }}\n\n[{{ gift.title }}]({{ gift.link }})\n"
        ),
        "messages/study.md": (
            "---\nsubject: What an interruption costs\npreheader: Count them for a week.\n---\n"
            "Hello {{ prospect.first_name | default('there') }},\n\n{{ gift.promise }}\n\n[{{ gift.title }}]({{ gift.link }})\n"
        ),
        "messages/invitation.md": (
            "---\nsubject: Where to go from here\n---\nHello {{ prospect.first_name | default('there') }},\n\n"
            "You found our guide useful. If you like, choose how to go on: [a question, a proposal, or a meeting]"
            "({{ links.invitation }}).\n"
        ),
        "campaigns/first.yaml": (
            "campaign: first\nowner: claire\nlanguage: en\n"
            'lawful: {why_them: "You look after people, so how they work is your subject."}\n'
            "audience:\n  where: {all: [{role: {words: [people]}}]}\n  per_organisation: 100000\n"
            f"calendar:\n  timezone: {zone}\n  days: [mon, tue, wed, thu, fri, sat, sun]\n"
            '  hours: ["07:00-21:00"]\n  holidays: []\n  quiet: []\n'
            "senders: [claire]\ngifts:\n  - {id: guide, give: guide, message: messages/guide.md}\n"
            "  - {id: study, after: 5 working days, give: study, message: messages/study.md}\n"
            "invitation: {message: messages/invitation.md, choices: [question, meeting]}\n"
        ),
    }
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    rows = ["address,first_name,last_name,role,language,country,zone,organisation"]
    rows += [
        f"person{n}@org{n % 40}.example,Ann{n},Ames,Head of people,en,{country},{zone},Org {n % 40}"
        for n in range(people)
    ]
    (folder / "prospects.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder / "campaigns" / "first.yaml"


@contextmanager
def process(
    *words: str, workspace: Path, environment: dict[str, str] | None = None, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours in its own group, ended by kill -9 if it has not ended by itself."""
    with log.open("ab") as out:
        started = subprocess.Popen(
            [str(BIN / words[0]), *words[1:]],
            cwd=workspace,
            env=os.environ | (environment or {}),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield started
    finally:
        if started.poll() is None:
            os.killpg(started.pid, 9)
        started.wait()


def wait_for(what: Callable[[], bool], *, seconds: float, why: str | Callable[[], str]) -> None:
    """Wait until `what` holds; the test fails with `why` if it does not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, why() if callable(why) else why
        time.sleep(0.05)

"""What a demo came to: its numbers, its invariants, the three people one act short, and where to look."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from prospecting import prospects, warmth
from prospecting.campaigns.models import Enrolment, EnrolmentState, Touch, TouchState
from prospecting.cli.demo.run import HOST, Lived
from prospecting.cli.doors import progress
from prospecting.engagement.kinds import GESTURES
from prospecting.engagement.models import Event
from prospecting.leads.models import Invitation, LeadPerson, Meeting
from prospecting.prospects.models import Organisation, Prospect
from prospecting.simulation.invariants import Evidence, count_violations
from prospecting.warmth.models import Judgement, Warmth

SHOWN = 3
MACHINE_BELOW = 0.5


def summarise(lived: Lived) -> dict[str, Any]:
    """The numbers that the same seed and end give again, and how often each invariant was broken."""
    accepted = [(caught.touch, caught.recipient) for caught in lived.sink.messages() if caught.touch is not None]
    with lived.installation.database.reading() as session:

        def count(table: Any, *where: Any) -> int:
            return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

        return {
            "prospects": count(Prospect),
            "touches": count(Touch),
            "messages_sent": count(Touch, Touch.state == TouchState.SENT),
            "messages_received_by_smtp": len(accepted),
            "events": count(Event),
            "machine_events": count(Judgement, Judgement.likelihood < MACHINE_BELOW),
            "gestures": count(Event, Event.kind.in_(GESTURES)),
            "warm_leads": count(LeadPerson, LeadPerson.warm),
            "hands_raised": count(LeadPerson, LeadPerson.hand),
            "invitations": count(Invitation),
            "meetings": count(Meeting),
            "invariants": count_violations(session, _evidence(lived, session, accepted)),
        }


def one_act_short(lived: Lived) -> Sequence[tuple[Prospect, int]]:
    """Up to three people whom one press on their last gift would make warm, with that mail's number."""
    now = lived.clock.now()
    found: list[tuple[Prospect, int]] = []
    with lived.installation.database.reading() as session:
        rows = (
            select(Prospect, Warmth)
            .join(Warmth, Warmth.prospect_id == Prospect.id)
            .join(Enrolment, Enrolment.id == Warmth.enrolment_id)
            .where(Enrolment.state.in_((EnrolmentState.ACTIVE, EnrolmentState.FINISHED)), Warmth.level.is_not(None))
            .order_by(Prospect.address)
        )
        for person, row in session.execute(rows):
            if warmth.short_of(session, row.enrolment_id, now=now) is None:
                continue
            mails = [
                caught.number for caught in lived.sink.messages() if caught.recipient == person.address and caught.touch
            ]
            if mails:
                found.append((person, mails[-1]))
    return found[:SHOWN]


def show_summary(lived: Lived, summary: dict[str, Any]) -> None:
    """What happened and where to look, on stderr."""
    table = Table(title=f"Eight weeks in {lived.took:.0f} seconds", show_header=False)
    for name, value in summary.items():
        if name != "invariants":
            table.add_row(name.replace("_", " "), str(value))
    broken = sum(summary["invariants"].values())
    table.add_row("invariants broken", str(broken))
    progress.print(table)
    home = f"http://{HOST}:{lived.demo.port}"
    progress.print(
        f"The warm leads, with their reasons (this link signs you in once):\n  {lived.link()}",
        highlight=False,
        soft_wrap=True,
    )
    progress.print(f"The campaigns:    {home}/app/campaigns\nThe caught mails: {home}/app/mails", highlight=False)
    for person, mail in one_act_short(lived):
        name = f"{person.first_name or ''} {person.last_name or ''}".strip() or person.address
        progress.print(f"Be this person:   {home}/app/mails/{mail}  {name}, one press short of warm", highlight=False)
    progress.print("Stop with Ctrl-C.", highlight=False)


def _evidence(lived: Lived, session: Session, accepted: list[tuple[int, str]]) -> Evidence:
    hands = lived.world.hands
    return Evidence(
        now=lived.clock.now(),
        accepted=accepted,
        deliberate=frozenset(address for address, _ in hands.answered),
        answered=frozenset(hands.answered),
        posts=hands.posts,
        traces=_traces(lived.installation.settings.var_dir),
        min_days=lived.installation.settings.min_days_between,
        zones=_zones(session),
    )


def _traces(var: Path) -> str:
    """All that journal and logs hold, as text; the database is asked for itself."""
    files = [file for file in var.rglob("*") if file.is_file() and ".db" not in file.name and file.name != "keys"]
    return "\n".join(file.read_bytes().decode("utf-8", "replace") for file in files)


def _zones(session: Session) -> dict[str, Any]:
    rows = select(Prospect, Organisation).outerjoin(Organisation, Organisation.id == Prospect.organisation_id)
    return {
        person.address: prospects.zone_of(person, organisation, "UTC")[0]
        for person, organisation in session.execute(rows)
    }

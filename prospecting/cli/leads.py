"""`prospecting leads`: who surfaced, why, and what was promised."""

from dataclasses import asdict
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from prospecting import leads as room
from prospecting import senders
from prospecting.cli.doors import AsJson, Workspace, opened, print_json
from prospecting.leads import LeadView, PersonView
from prospecting.words import moment

Owner = Annotated[str | None, typer.Option("--owner", help="Only this user's leads, in their language and zone.")]


def leads(owner: Owner = None, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Show who is warm or raised a hand, with the reasons; nobody else is ever shown."""
    with opened(workspace) as installation:
        settings = installation.settings
        with installation.database.reading() as session:
            user = senders.user(session, owner) if owner else None
            language, zone = (user.language, user.zone) if user else (settings.language, settings.timezone)
            found = room.open_leads(session, owner=owner, now=installation.clock.now(), language=language)
    if as_json:
        print_json({"leads": [as_data(lead) for lead in found]})
        return
    console = Console(highlight=False, soft_wrap=True)
    if not found:
        console.print(room.WORDS.say(language, "list.nobody"))
    for lead in found:
        for line in _lines(lead, language, ZoneInfo(zone)):
            console.print(line, markup=False)


def as_data(lead: LeadView) -> dict[str, Any]:
    """A lead as JSON gives it: instants in ISO 8601, shares from 0 to 1."""
    data = asdict(lead)
    for person, view in zip(data["people"], lead.people, strict=True):
        person["waits"] = view.waits
        person["why"]["number"] = round(view.why.number, 3)
    return _plain(data)  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _lines(lead: LeadView, language: str, zone: ZoneInfo) -> list[str]:
    where = f" · {lead.organisation}" if lead.organisation else ""
    lines = [f"#{lead.id} {lead.campaign_name}{where} · {lead.owner}"]
    for person in lead.people:
        lines += _about(person, language, zone)
    return [*lines, ""]


def _about(person: PersonView, language: str, zone: ZoneInfo) -> list[str]:
    def say(key: str, **values: Any) -> str:
        return room.WORDS.say(language, f"list.{key}", **values)

    role = f", {person.role}" if person.role else ""
    lines = [f"  {person.name}{role}: {say('number', number=round(person.why.number), bar=round(person.why.bar))}"]
    lines += [
        f"    {reason.share:4.0%}  {moment(reason.at, zone, language)}  {reason.text}" for reason in person.why.reasons
    ]
    lines += [f"     —    {moment(left.at, zone, language)}  {left.text}" for left in person.why.discounted]
    for hand in person.hands:
        if hand.answered_at is None and hand.answer_by is not None:
            lines.append("    " + say("promised", when=moment(hand.answer_by, zone, language)))
    lines.append("    " + (say("may_invite") if person.may_invite else person.why_not or ""))
    return lines

"""`prospecting person`: what is kept of one person, in all rooms; to show, to hand over, to erase."""

import json
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from prospecting.cli.doors import AsJson, Workspace, opened, print_json
from prospecting.findings import Refused
from prospecting.prospects import BadAddress, audit, find_person
from prospecting.web import people

person = typer.Typer(no_args_is_help=True, help="What is kept of one person: show, export, erase.")
Address = Annotated[str, typer.Argument(help="The person's mail address.")]


@person.command()
def show(address: Address, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Say who this is, and how much each room keeps of them."""
    with opened(workspace) as installation, installation.database.reading() as session:
        kept = people.export(session, _found(session, address))
    if as_json:
        print_json(kept)
        return
    for room, facts in kept.items():
        for name, value in facts.items():
            typer.echo(f"{room:12} {name}: {_short(value)}")


@person.command()
def export(address: Address, workspace: Workspace = None) -> None:
    """Print everything that is kept of this person, as JSON to hand over to them."""
    with opened(workspace) as installation, installation.database.writing() as session:
        prospect_id = _found(session, address)
        kept = people.export(session, prospect_id)
        audit(session, at=installation.clock.now(), actor="cli", action="exported", subject=f"prospect:{prospect_id}")
    typer.echo(json.dumps(kept, ensure_ascii=False, indent=2, default=str))


@person.command()
def erase(
    address: Address,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Erase this person everywhere, for good; only a keyed hash stays, so that no import brings them back."""
    with opened(workspace) as installation:
        with installation.database.reading() as session:
            _found(session, address)
        if not yes:
            typer.confirm(f"Erase {address} everywhere, for good?", abort=True, err=True)
        with installation.database.writing() as session:
            people.erase(session, _found(session, address), now=installation.clock.now())
        installation.database.settle()
    if as_json:
        print_json({"erased": True})
    else:
        typer.echo("Erased. They will not be written to again, and no import brings them back.")


def _found(session: Session, address: str) -> int:
    try:
        prospect_id = find_person(session, address)
    except BadAddress as bad:
        raise Refused.of("IM006", f'"{address}" is no mail address: {bad}.', "Correct it.") from bad
    if prospect_id is None:
        raise Refused.of("CF003", f"Nobody here has the address {address}.", "Check its spelling.")
    return prospect_id


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} kept" if value else "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items() if one not in (None, "", [], {})) or "none"
    return "none" if value in (None, "") else str(value)

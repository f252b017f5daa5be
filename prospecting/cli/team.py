"""`prospecting user`: who is in the team."""

from dataclasses import replace
from typing import Annotated, Any

import typer

from prospecting import senders
from prospecting.cli.doors import AsJson, Workspace, opened, print_json
from prospecting.documents import Document
from prospecting.findings import Refused

user = typer.Typer(no_args_is_help=True, help="The team: who works here.")


@user.callback()
def team() -> None:
    """The team: who works here."""


@user.command()
def add(
    handle: Annotated[str, typer.Argument(help="A short name, like claire.")],
    name: Annotated[str, typer.Option(help="As people read it.")],
    address: Annotated[str, typer.Option(help="Where digests go.")],
    role: Annotated[str, typer.Option(help="sales, marketing or manager.")] = "sales",
    zone: Annotated[str | None, typer.Option(help="Like Europe/Paris; the installation's unless given.")] = None,
    language: Annotated[str | None, typer.Option(help="fr or en; the installation's unless given.")] = None,
    hours: Annotated[
        list[str] | None, typer.Option(help='A span of work, like "09:00-17:00"; may be repeated.')
    ] = None,
    digest: Annotated[str | None, typer.Option(help='When the digest comes, like "08:30".')] = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Add somebody to the team."""
    with opened(workspace) as installation, installation.database.writing() as session:
        if senders.user(session, handle):
            raise Refused.of("CF003", f"There is a user {handle} already.", "Choose another handle, or edit team.yaml.")
        given: dict[str, Any] = {
            "handle": handle,
            "name": name,
            "address": address,
            "role": role,
            "zone": zone or installation.settings.timezone,
            "language": language or installation.settings.language,
        }
        given |= {key: value for key, value in (("hours", hours), ("digest", digest)) if value}
        findings = senders.load_team(session, Document("", [given]), now=installation.clock.now())
        if findings:
            raise Refused([replace(one, line=0, column=0) for one in findings])
    if as_json:
        print_json(given)
    else:
        typer.echo(f"{name} is in the team as {handle}.")

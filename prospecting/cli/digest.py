"""`prospecting digest --for USER`: what their next digest would say, on the screen; nothing is sent."""

from typing import Annotated

import typer

from prospecting import leads
from prospecting.cli.doors import AsJson, Workspace, opened, print_json

For = Annotated[str, typer.Option("--for", help="The user's handle, as in team.yaml.")]


def digest(handle: For, workspace: Workspace = None, as_json: AsJson = False) -> None:
    """Print a user's digest as of now, in their language."""
    with opened(workspace) as installation, installation.database.reading() as session:
        letter = leads.compose(session, handle, now=installation.clock.now())
    if as_json:
        print_json({"for": handle, "subject": letter.subject, "text": letter.text, "quiet": letter.quiet})
        return
    typer.echo(f"{letter.subject}\n\n{letter.text}", nl=False)

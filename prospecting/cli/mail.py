"""`prospecting mail`: what a message that came back is, and what it asks for."""

from pathlib import Path
from typing import Annotated, Any

import typer

from prospecting.cli.doors import AsJson, print_json, refusing
from prospecting.findings import Refused
from prospecting.inbound import Understood, understand

mail = typer.Typer(no_args_is_help=True, help="What came back by mail.")


@mail.callback()
def _mail() -> None:
    """What came back by mail."""


@mail.command()
def read(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Messages as they were received (.eml).")],
    as_json: AsJson = False,
) -> None:
    """Say what each message is: bounce, complaint, automatic reply, absence, a person's reply, or other."""
    with refusing():
        read_files = [_row(file, understand(_bytes(file))) for file in files]
    if as_json:
        print_json(read_files)
        return
    for row in read_files:
        said = [row["kind"], row["reply"], ", ".join(row["addresses"]), row["status"], row["reason"], row["until"]]
        typer.echo(f"{row['file']}: " + " · ".join(str(each) for each in said if each))


def _row(file: Path, understood: Understood) -> dict[str, Any]:
    return {
        "file": str(file),
        "kind": understood.kind.value,
        "reply": understood.reply.value if understood.reply else None,
        "addresses": list(understood.addresses),
        "status": understood.status,
        "permanent": understood.permanent,
        "reason": understood.reason,
        "until": understood.until.isoformat() if understood.until else None,
    }


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Refused.of("CF003", f"{file} cannot be read: {error.strerror}.", "Check its name.") from error

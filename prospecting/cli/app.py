"""The tree of commands."""

import typer

from prospecting.cli.doctor import doctor
from prospecting.cli.init import init

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Give first; only the warm are invited.",
)
app.command()(init)
app.command()(doctor)

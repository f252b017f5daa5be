"""The tree of commands."""

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Give first; only the warm are invited.")


@app.callback()
def prospecting() -> None:
    """Give first; only the warm are invited."""

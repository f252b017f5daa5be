"""The command line: one file a noun, each a thin door to the rooms below."""

import sys

from prospecting.cli.app import app
from prospecting.cli.doors import refusing


def main() -> None:
    """Run the command; 0 done, 1 findings or refused, 2 wrong usage, never a traceback for bad input."""
    with refusing():
        app()
    sys.exit(0)

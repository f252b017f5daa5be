"""Cells of a table that no spreadsheet will run as a formula, and the way back."""

import re

# https://owasp.org/www-community/attacks/CSV_Injection. Quotes already in front are guarded too, so that every cell
# comes back exactly.
_RUNS = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def guarded(cell: str) -> str:
    """`cell` as it is exported: an apostrophe before what a spreadsheet would run."""
    return f"'{cell}" if _RUNS.match(cell) else cell


def without_guard(cell: str) -> str:
    """`cell` as it was before `guarded`; any other one without the spaces around it."""
    if cell and cell[0] == "'" and _GUARDED.match(cell):
        return cell[1:]
    return cell.strip()

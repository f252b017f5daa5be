"""`make bench`: a table, and on the last line one JSON list. `--only FAMILY` picks one, `--save FILE` keeps it."""

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import composing, journalling

FAMILIES = {"compose": composing.run, "journal": journalling.run}


def main() -> None:
    """Run the families that are asked for."""
    arguments = argparse.ArgumentParser(prog="bench", description=__doc__)
    arguments.add_argument("--only", choices=FAMILIES, help="one family")
    arguments.add_argument("--save", type=Path, help="keep the JSON in this file")
    asked = arguments.parse_args()
    results = [result for name, run in FAMILIES.items() if asked.only in (None, name) for result in run()]
    table = Table("bench", "ours", "reference", "unit", "ratio", "goal", "holds", "ours, min to max")
    for one in results:
        table.add_row(
            one.bench,
            f"{one.ours:,.0f}",
            f"{one.reference:,.0f}",
            one.unit,
            f"{one.ratio:.2f}",
            one.goal,
            "yes" if one.holds else "NO",
            one.spread,
        )
    Console(stderr=False).print(table)
    line = json.dumps([one.as_dict() for one in results])
    if asked.save:
        asked.save.write_text(line + "\n", encoding="utf-8")
    print(line)


if __name__ == "__main__":
    main()

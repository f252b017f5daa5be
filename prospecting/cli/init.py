"""`prospecting init DIR`: a workspace to begin with, which is a whole example and not an empty form."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

import prospecting
from prospecting.cli.doors import AsJson, print_json, progress
from prospecting.findings import Refused

EXAMPLES = {"fr": "give-first-fr", "en": "give-first-en"}


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or an empty one.")],
    language: Annotated[str, typer.Option(help="The example's language: fr or en.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Make a workspace in DIR: a campaign, its gifts and messages, a team, mailboxes, and prospects to try it with."""
    if language not in EXAMPLES:
        raise Refused.of("CF004", f"There is no example in {language!r}.", "Say --language fr or --language en.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused.of("IN001", f"{folder} exists and is not empty; nothing was written.", "Name a new folder.")
    copy_example(language, folder)
    if as_json:
        print_json({"workspace": str(folder), "example": EXAMPLES[language]})
        return
    campaign = next((folder / "campaigns").glob("*.yaml")).relative_to(folder)
    progress.print(f"A workspace stands in {folder}. Next:", highlight=False)
    prospects = next((folder / "prospects").glob("*.csv")).relative_to(folder)
    for line in (
        f"cd {folder}",
        f"prospecting campaign lint {campaign}",
        f"prospecting campaign plan {campaign}",
        f'prospecting import {prospects} --source "where these people come from"',
        f"prospecting campaign launch {campaign}",
        "prospecting serve",
    ):
        progress.print(f"  {line}", highlight=False)


def copy_example(language: str, folder: Path) -> None:
    """A copy of the example workspace in `language`, without what a run leaves behind."""
    shutil.copytree(examples() / EXAMPLES[language], folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("var"))


def examples() -> Path:
    """The folder of the examples: in the wheel beside the package, in a checkout at its root."""
    package = Path(prospecting.__file__).parent
    installed = package / "examples"
    return installed if installed.is_dir() else package.parent / "examples"

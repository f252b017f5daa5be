"""Every code that the linter can give has its page, with a bad and a good example, and stands in the index."""

import re
from pathlib import Path

import pytest

from prospecting.findings import Finding

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "lint").glob("[A-Z]*.md"))
CODE = re.compile(r'"((?:GF|LW|PA|CA|AU|MS|WM|CF)\d{3})"')


def given() -> set[str]:
    rooms = (ROOT / "prospecting" / room for room in ("campaigns", "content", "prospects"))
    sources = [path.read_text(encoding="utf-8") for room in rooms for path in room.rglob("*.py")]
    return {code for source in sources for code in CODE.findall(source)} | {"GF010", "MS004", "GF011"}


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert {page.stem for page in PAGES} == given()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_is_bad_and_what_is_good(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.stem}: ")
    assert text.index("\nBad:\n") < text.index("\nGood:\n")
    assert text.count("```") == 4
    assert f"[{page.stem}]({page.name})" in (page.parent / "index.md").read_text(encoding="utf-8")


def test_a_finding_says_where_what_and_how_to_mend() -> None:
    finding = Finding("GF002", "messages/guide.md", "It asks.", "Move it.", 12, 5)
    assert str(finding) == "messages/guide.md:12:5  GF002  It asks. Move it."

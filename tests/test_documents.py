"""Files as people write them: where each value stands, and what is refused with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospecting.documents import parse_markdown, parse_yaml
from prospecting.findings import Refused


def refused(text: str) -> tuple[str, int, int]:
    with pytest.raises(Refused) as caught:
        parse_yaml(text, name="x.yaml")
    finding = caught.value.findings[0]
    return finding.code, finding.line, finding.column


def test_every_value_knows_its_place() -> None:
    document = parse_yaml("campaign: a\naudience:\n  where:\n    all:\n      - {country: FR}\n", name="x.yaml")
    place = document.at("audience", "where", "all", 0, "country")
    assert (place.line, place.column) == (5, 19)
    assert (document.at("audience", key=True).line, document.at("audience", key=True).column) == (2, 1)


def test_a_markdown_file_counts_lines_from_its_own_beginning() -> None:
    document = parse_markdown("---\nsubject: Bonjour\n---\nTexte\n", name="m.md")
    assert document.data == {"subject": "Bonjour"}
    assert (document.at("subject").line, document.body_line, document.body) == (2, 4, "Texte\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\n\tb: 2\n", 2),
        ("a: &x [1]\nb: *x\n", 1),
        ("a: 1\na: 2\n", 2),
        ("a: [1\n", 2),
        ("a: 1\n  b: 2\n", 2),
    ],
)
def test_what_yaml_or_we_forbid_is_refused_on_its_line(text: str, line: int) -> None:
    assert refused(text)[:2] == ("CF002", line)


def test_two_megabytes_of_yaml_are_refused_at_once() -> None:
    assert refused("a: " + "x" * 2_000_000)[0] == "CF002"


def test_a_head_that_is_never_closed_is_refused() -> None:
    with pytest.raises(Refused):
        parse_markdown("---\nsubject: x\n", name="m.md")


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_yaml(text, name="x.yaml")
    except Refused as error:
        assert all(finding.line >= 1 and finding.column >= 1 for finding in error.findings)

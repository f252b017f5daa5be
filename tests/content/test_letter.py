"""The one letter layout: what every letter holds, whatever its author wrote."""

import re
from pathlib import Path

import pytest

from prospecting.content import Letter, compile_message
from prospecting.content.letter import MAX_HTML, WORDS
from prospecting.content.plain import WIDTH, folded
from tests.content.test_templates import HEAD, LINKS, VALUES, compiled

EXAMPLES = Path(__file__).parents[2] / "examples"
MESSAGES = sorted(EXAMPLES.glob("*/messages/*.md"))
INVITATION = {"invitation": "https://gifts.example/m/0123", "objection": LINKS["objection"], "space": LINKS["space"]}


@pytest.fixture
def letter() -> Letter:
    return compiled("Dear {{ prospect.first_name }},\n\n[The guide]({{ gift.link }})").fill(VALUES, LINKS)


@pytest.mark.parametrize("name", LINKS)
def test_every_way_to_answer_and_to_stop_is_in_both_parts_once(letter: Letter, name: str) -> None:
    assert letter.html.count(f'href="{LINKS[name]}"') == 1
    assert letter.text.split("\n").count(LINKS[name]) == 1


def test_it_says_who_writes_for_whom_what_they_sell_and_where(letter: Letter) -> None:
    for part in (letter.html, letter.text):
        for words in ("Claire Leroy", "Atelier", "We sell advice.", "1 rue X, 75001 Paris"):
            assert words in part


def test_why_them_stands_in_the_first_letter_only() -> None:
    message = compiled("Words.")
    assert "You lead people." in message.fill(VALUES, LINKS).text
    assert "You lead people." not in message.fill(VALUES | {"first": False}, LINKS).text


def test_the_promise_comes_within_the_first_ninety_characters(letter: Letter) -> None:
    body = letter.html[letter.html.index("<body") :]
    assert "Gain an hour a day." in re.sub(r"<[^>]*>|\n", "", body)[:90]
    assert letter.preheader == "Gain an hour a day."


def test_a_letter_without_its_own_link_gets_the_one_to_the_gift_and_it_says_where_it_leads() -> None:
    letter = compiled("Words alone.").fill(VALUES, LINKS)
    assert letter.html.count('class="ember"') == 1
    assert "Open “Working together”" in letter.html
    assert "gifts.example" in re.sub(r"<[^>]*>", "", letter.html)
    assert LINKS["gift"] in letter.text


def test_only_the_first_link_to_the_gift_is_the_ember() -> None:
    letter = compiled("[One]({{ gift.link }}) and [two]({{ gift.link }})").fill(VALUES, LINKS)
    assert letter.html.count('class="ember"') == 1


def test_an_invitation_has_one_link_and_no_gestures() -> None:
    letter = compiled("Words.").fill(VALUES, INVITATION)
    assert letter.html.count(f'href="{INVITATION["invitation"]}"') == 1
    assert "This was useful" not in letter.html + letter.text


def test_without_a_public_server_one_stops_by_answering() -> None:
    letter = compiled("Words.").fill(VALUES, {"gift": "https://elsewhere.example/guide"})
    assert "simply answer “stop”" in letter.html
    assert "simply answer “stop”" in letter.text
    assert "href" not in letter.html.replace('href="https://elsewhere.example/guide"', "")


def test_it_needs_no_image_and_no_foreign_thing_and_knows_the_dark(letter: Letter) -> None:
    assert not re.search(r"<img|<script|<link|url\(|@import|@font-face", letter.html)
    assert "prefers-color-scheme: dark" in letter.html
    assert '<meta name="color-scheme" content="light dark">' in letter.html
    assert not re.search(
        r"<(td|p|a)(?![^>]*style=)", re.sub(r"<!--.*?-->", "", letter.html).replace('<td align="center">', "")
    )


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: f"{path.parts[-3]}-{path.name}")
def test_the_examples_letters_are_small_and_their_lines_fit_in_mail(path: Path) -> None:
    language = "en" if ".en." in path.name or path.parts[-3].endswith("en") else "fr"
    message = compile_message(path.read_text("utf-8"), file=path.name, language=language)
    letter = message.fill(VALUES, LINKS | INVITATION)
    assert len(letter.html.encode()) < MAX_HTML / 4
    assert max(len(line.encode()) for line in (letter.html + letter.text).split("\n")) < 900
    assert all(len(line) <= WIDTH or " " not in line for line in letter.text.split("\n"))
    assert "\n\n\n" not in letter.text.strip()
    assert not re.search(r"[*_#]{2}|\]\(|\{\{|<(?!http)", letter.text)


def test_plain_text_reads_as_if_typed_by_hand() -> None:
    body = "## A title\n\nSome *soft* and **strong** words with [a study](https://example.org/s).\n\n- one\n- two\n  1. deep\n\n> quoted\n> words\n\n[Read it](https://example.org/r)\n\nhttps://plain.example\n\n---\n\nEnd\\\nof it."
    text = compiled(body).text
    assert text.startswith(
        "A title\n\nSome soft and strong words with a study <https://example.org/s>.\n\n- one\n- two\n  1. deep\n\n> quoted words\n\n"
        "Read it:\nhttps://example.org/r\n\nhttps://plain.example\n\n* * *\n\nEnd\nof it."
    )


def test_long_lines_are_folded_under_their_words_and_addresses_never() -> None:
    address = "https://example.org/" + "a" * 100
    folded_lines = folded(f"- {'word ' * 30}\n{address}\n> {'word ' * 20}").split("\n")
    assert folded_lines[1].startswith("  word")
    assert address in folded_lines
    assert folded_lines[-1].startswith("> word")
    assert all(len(line) <= WIDTH for line in folded_lines if line != address)


def test_a_variant_has_its_own_subject_and_the_head_may_leave_it_out() -> None:
    message = compile_message(
        "---\npreheader: p\n---\nWords.", file="m.md", language="en", subject="For {{ organisation.name }}"
    )
    assert message.fill(VALUES, LINKS).subject == "For Sillon"
    assert compile_message(HEAD + "Words.", file="m.md", language="en", subject="B").fill(VALUES, LINKS).subject == "B"


def test_the_words_are_there_in_both_languages() -> None:
    assert WORDS.keys("fr") == WORDS.keys("en")


def test_a_line_of_the_senders_own_stands_before_the_signature_in_both_parts() -> None:
    line = "I liked your talk in Lyon.\nSee you <there>?"
    with_line = compiled("Words.").fill(VALUES | {"letter": {"line": line}}, LINKS)
    assert with_line.html.index("Words.") < with_line.html.index("I liked your talk") < with_line.html.index("Claire")
    assert with_line.text.index("Words.") < with_line.text.index("I liked your talk") < with_line.text.index("Claire")
    assert "&lt;there&gt;" in with_line.html
    assert "I liked" not in compiled("Words.").fill(VALUES, LINKS).text

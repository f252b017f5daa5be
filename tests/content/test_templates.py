"""What a message may hold, where each mistake stands, and what becomes of hostile templates and values."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prospecting.content import CannotFill, CompiledMessage, compile_message
from prospecting.findings import Refused

HEAD = '---\nsubject: "Hello"\n---\n'
LINKS = {
    name: f"https://gifts.example/{name}/0123456789abcdefghijklmnopq"
    for name in ("gift", "useful", "send_next", "not_for_me", "question", "space", "objection")
}
VALUES: dict[str, Any] = {
    "prospect": {
        "first_name": "Nadia",
        "last_name": "Belkacem",
        "role": "Head of HR",
        "language": "en",
        "country": "FR",
        "fields": {"city": "Lyon", "tags": ["a", "b"]},
    },
    "organisation": {"name": "Sillon"},
    "gift": {"title": "Working together", "promise": "Gain an hour a day.", "minutes": 9},
    "sender": {
        "name": "Claire Leroy",
        "organisation": "Atelier",
        "sells": "We sell advice.",
        "postal_address": "1 rue X, 75001 Paris",
    },
    "why_them": "You lead people.",
    "first": True,
}


def compiled(body: str, head: str = HEAD) -> CompiledMessage:
    return compile_message(head + body, file="messages/guide.md", language="en")


def with_value(value: object) -> dict[str, Any]:
    return VALUES | {"prospect": VALUES["prospect"] | {"fields": {"x": value}}}


def refused(body: str, head: str = HEAD) -> str:
    with pytest.raises(Refused) as refusal:
        compiled(body, head)
    return str(refusal.value.findings[0])


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("{{ prospect.first_name() }}", "4:4"),
        ("{{ range(10) }}", "4:4"),
        ("Hi {{ ''.__class__.__mro__ }}", "4:7"),
        ("{{ prospect.__class__ }}", "4:4"),
        ("{{ prospect['__class__'] }}", "4:4"),
        ("{{ prospect|attr('x') }}", "4:13"),
        ("{{ self }}", "4:4"),
        ("{{ prospect }}", "4:4"),
        ("{{ config }}", "4:4"),
        ("{{ prospect.fields }}", "4:4"),
        ("{{ organisation.nam }}", "4:4"),
        ("{{ letter.host }}", "4:4"),
        ("{{ 'a' * 1000000000 }}", "4:4"),
        ("{{ 10 ** 10 ** 10 }}", "4:4"),
        ("{{ 1 + 1 }}", "4:4"),
        ("{{ -1 }}", "4:4"),
        ("{{ [1, 2] }}", "4:4"),
        ("{{ {'a': 1} }}", "4:4"),
        ("{{ why_them[0] }}", "4:4"),
        ("{{ why_them[:3] }}", "4:4"),
        ("{{ 'x' | center(1000000) }}", "4:10"),
        ("{{ 'x' | format(1) }}", "4:10"),
        ("{{ why_them is callable }}", "4:13"),
        ("\n\n  {% set x = 1 %}", "6:6"),
        ("{% macro m() %}x{% endmacro %}", "4:4"),
        ("{% include 'x' %}", "4:4"),
        ("{% import 'x' as x %}", "4:4"),
        ("{% extends 'x' %}", "4:4"),
        ("{% block b %}{% endblock %}", "4:4"),
        ("{% call x() %}{% endcall %}", "4:4"),
        ("{% filter upper %}x{% endfilter %}", "4:4"),
        ("{% with x = 1 %}{% endwith %}", "4:4"),
        ("{% raw %}{{ x }}{% endraw %}{{ x }}", "4:32"),
        ("{% autoescape false %}x{% endautoescape %}", "4:1"),
        ("{% for x in range(9) %}x{% endfor %}", "4:13"),
        ("{% for x in [1, 2] %}x{% endfor %}", "4:13"),
        ("{% for x in 'abc' %}x{% endfor %}", "4:13"),
        ("{% for x in prospect.fields.a recursive %}x{% endfor %}", "4:4"),
        ("{% for x, y in prospect.fields.a %}x{% endfor %}", "4:4"),
        ("{% for prospect in prospect.fields.a %}x{% endfor %}", "4:4"),
        ("{% for x in prospect.fields.a %}{{ loop.cycle('a') }}{% endfor %}", "4:36"),
        ("{% for x in prospect.fields.a %}{{ loop }}{% endfor %}", "4:36"),
        ("{% for x in prospect.fields.a %}{{ x.y }}{% endfor %}", "4:36"),
        ("{% if %}x{% endif %}", "4:7"),
        ("{% if why_them %}x", "4:18"),
        ("{% while true %}x{% endwhile %}", "4:4"),
        ("Hello {{ prospect.first_name", "4:19"),
        ("Hello {{ }}", "4:10"),
        ("Bonjour « été » {{ prospekt.x }}", "4:20"),
        ("![picture](https://x.example/p.gif)", "4:12"),
        ("[guide](guide.html)", "4:9"),
        ("[x](ftp://x.example/)", "4:5"),
        ("[x](https://a.example/{% if why_them %}b{% endif %})", "4:26"),
    ],
)
def test_what_is_not_on_the_list_is_refused_where_it_stands(body: str, place: str) -> None:
    message = refused(body)
    assert message.startswith("messages/guide.md:"), message
    assert "  MS002  " in message
    assert message.split("  ")[0] == f"messages/guide.md:{place}", message


@pytest.mark.parametrize(
    ("head", "place"),
    [
        ('---\nsubject: "Hi {{ prospect.oops() }}"\n---\n', "2:17"),
        ("---\nsubject: Hi\npreheader: 'For {{ nobody }}'\n---\n", "3:20"),
        ("---\npreheader: x\n---\n", "1:1"),
        ("", "1:1"),
    ],
)
def test_the_head_is_a_template_too(head: str, place: str) -> None:
    assert refused("Words.", head).startswith(f"messages/guide.md:{place}  MS002")


def test_an_unknown_key_and_an_empty_letter_are_named() -> None:
    assert refused("x", "---\nsubject: a\nsujet: b\n---\n").startswith("messages/guide.md:3:1  CF001")
    assert refused(" \n", HEAD).startswith("messages/guide.md:4:1  MS002")


@pytest.mark.parametrize(
    "body",
    [
        "{% if why_them %}" * 9 + "x" + "{% endif %}" * 9,
        "{% for a in prospect.fields.a %}" * 3 + "x" + "{% endfor %}" * 3,
        "{{ " + "(" * 500 + "why_them" + ")" * 500 + " }}",
        "{{ " + "not " * 300 + "why_them }}",
        "{{ why_them" + "|upper" * 100 + " }}",
        "{{ " + " and ".join(["why_them"] * 2000) + " }}",
        "{{ why_them" + ".x" * 3000 + " }}",
        "{{ " + "9" * 5000 + " }}",
        "{{ '" + "x" * 501 + "' }}",
        "x" * 60_001,
        "\n\n".join(f"[a link](https://example.org/{n})" for n in range(1000)),
        "\n".join(f"[a link](https://example.org/{n})" for n in range(10_000)),
    ],
    ids=range(12),
)
@pytest.mark.timeout(20)
def test_what_is_too_deep_or_too_large_is_refused_quickly(body: str) -> None:
    assert "MS002" in refused(body)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "body",
    [
        "[" * 20_000,
        "*" * 20_000,
        "`a" * 15_000,
        "> " * 15_000 + "x",
        "<" * 20_000,
        "&" * 20_000,
        "- " * 15_000,
        "[a](" * 10_000,
    ],
)
def test_markdown_made_to_be_slow_is_compiled_or_refused_in_time(body: str) -> None:
    try:
        compiled(body)
    except Refused as refusal:
        assert refusal.findings[0].code == "MS002"


def test_loops_over_given_lists_are_bounded_by_the_output() -> None:
    message = compiled(
        "{% for a in prospect.tags %}{% for b in prospect.tags %}" + "word " * 100 + "{% endfor %}{% endfor %}"
    )
    with pytest.raises(CannotFill, match="512 kB"):
        message.fill(VALUES | {"prospect": {"fields": {"tags": ["x"] * 1000}}}, LINKS)


def test_braces_in_a_value_are_data_and_so_is_markdown_and_html() -> None:
    nasty = "{{ 7*7 }} {% if x %} **bold** [x](http://evil.example) <script>alert(1)</script> & \"quotes\" 'too'"
    letter = compiled("Dear {{ prospect.x }}", '---\nsubject: "For {{ prospect.x }}"\n---\n').fill(
        with_value(nasty), LINKS
    )
    assert nasty in letter.text.replace("\n", " ")
    assert letter.subject == "For " + nasty
    assert "<script" not in letter.html
    assert "<strong>" not in letter.html
    assert "http://evil.example" in letter.html
    assert 'href="http://evil.example' not in letter.html
    assert "{{ 7*7 }}" in letter.html


def test_braces_spelled_as_entities_stay_words() -> None:
    letter = compiled("A &#123;&#123; why_them }} and &#123;% raw %}").fill(VALUES, LINKS)
    assert "{{ why_them }}" in letter.text
    assert "{{ why_them }} and {% raw %}" in letter.html


def test_raw_blocks_are_words() -> None:
    assert "{{ x }}" in compiled("{% raw %}{{ x }}{% endraw %} is how it is written").fill(VALUES, LINKS).text


@pytest.mark.parametrize("value", ["javascript:alert(1)", "data:text/html,x", " vbscript:x", "//evil.example", "x"])
def test_a_value_that_is_no_web_address_is_never_linked_to(value: str) -> None:
    with pytest.raises(CannotFill, match="not an address"):
        compiled("[your site]({{ prospect.x }})").fill(with_value(value), LINKS)


def test_a_value_inside_an_address_cannot_leave_its_place() -> None:
    html = (
        compiled("[x](https://e.example/?q={{ prospect.x }}&r=1)")
        .fill(with_value('"><a href="http://evil"> &r=2/..'), LINKS)
        .html
    )
    assert "https://e.example/?q=%22%3E%3Ca%20href%3D%22http%3A%2F%2Fevil%22%3E%20%26r%3D2%2F..&amp;r=1" in html


def test_a_subject_is_one_line_whatever_the_value_holds() -> None:
    letter = compiled("x", '---\nsubject: "For {{ prospect.x }}"\n---\n').fill(
        with_value("a\r\nBcc: evil@example.org\u2028b\x00c"), LINKS
    )
    assert letter.subject == "For a Bcc: evil@example.org b c"


@pytest.mark.parametrize(
    ("body", "needed"),
    [
        ("{{ prospect.first_name }}", {"prospect.first_name"}),
        ("{{ prospect.first_name | default('you') }}", set()),
        ("{{ prospect.first_name or 'you' }}", set()),
        ("{{ prospect.first_name or prospect.last_name }}", {"prospect.last_name"}),
        ("{{ prospect.first_name | default(prospect.last_name) }}", {"prospect.last_name"}),
        ("{{ prospect.first_name | upper }}", {"prospect.first_name"}),
        ("{% if prospect.role %}{{ prospect.role }}{% endif %}", set()),
        ("{% if prospect.role is defined %}{{ prospect.role }}{% endif %}", set()),
        ("{% if not prospect.role %}x{% else %}{{ prospect.role }}{% endif %}", set()),
        ("{% if prospect.role %}x{% else %}{{ prospect.role }}{% endif %}", {"prospect.role"}),
        ("{% if prospect.role and prospect.city %}{{ prospect.role }}{{ prospect.city }}{% endif %}", set()),
        ("{% if prospect.role or prospect.city %}{{ prospect.role }}{% endif %}", {"prospect.role"}),
        ("{% if prospect.role == 'DRH' %}{{ prospect.role }}{% endif %}", set()),
        ("{{ prospect.role if prospect.role else 'x' }}", set()),
        ("{{ 'x' if prospect.role else organisation.name }}", {"organisation.name"}),
        ("{% for t in prospect.tags %}{{ t }} {{ organisation.name }}{% endfor %}", {"organisation.name"}),
        ("{{ prospect.city }} {{ prospect['city'] }} {{ prospect.fields.city }}", {"prospect.fields.city"}),
        ("[x]({{ gift.link }})", {"gift.link"}),
    ],
)
def test_needed_variables_are_those_without_a_way_around(body: str, needed: set[str]) -> None:
    message = compiled(body)
    assert message.variables == needed
    empty = {
        "prospect": {"fields": {}},
        "organisation": {"name": None},
        "gift": VALUES["gift"],
        "sender": VALUES["sender"],
    }
    if needed - {"gift.link", "organisation.name"} and " or prospect.city %}" not in body:
        with pytest.raises(CannotFill, match="missing"):
            message.fill(empty, LINKS)
    elif not needed:
        message.fill(empty, LINKS)


def test_every_use_knows_its_place() -> None:
    uses = compiled("Hello\n\nDear {{ prospect.first_name }}, at {{ organisation.name | default('home') }}").uses
    assert [(use.path, use.line, use.column, use.needed) for use in uses if use.path != "gift.promise"] == [
        ("prospect.first_name", 6, 9, True),
        ("organisation.name", 6, 39, False),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "**bold {% if why_them %}b** x{% endif %}",
        "- a\n- b {% if why_them %}\n\nparagraph {% endif %}",
    ],
)
def test_a_condition_that_would_tear_an_element_apart_is_refused(body: str) -> None:
    message = refused(body)
    assert "begins in one paragraph" in message
    assert "messages/guide.md:" in message


class _Balance(HTMLParser):
    """Fails on the first element that is closed out of turn."""

    VOID = frozenset({"meta", "br", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack
        assert self.stack.pop() == tag


def balanced(html: str) -> bool:
    parser = _Balance()
    parser.feed(html)
    parser.close()
    return parser.stack == []


@pytest.mark.parametrize("city", ["Lyon", None])
def test_conditions_on_lines_of_their_own_hold_paragraphs_and_lists(city: str | None) -> None:
    body = "Hi\n{% if prospect.city %}\nIn **{{ prospect.city }}**\n\n- one\n{% else %}\nNowhere\n{% endif %}\nBye\n\n1. a\n   {% if prospect.city %}\n   b\n   {% endif %}\n2. c\n"
    letter = compiled(body).fill(with_value(None) | {"prospect": {"fields": {"city": city}}}, LINKS)
    assert balanced(letter.html)
    assert ("Lyon" in letter.html) is bool(city)
    assert ("Nowhere" in letter.text) is not bool(city)
    assert "\n\n\n" not in letter.text


_words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=60)
_pieces = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{#", "#}", " ", "\n", "\n\n", "- ", "> ", "# ", "*", "**", "`", "[", "](", ")", "<b>", "&#123;", "if ", "endif", "else", "for ", " in ", "endfor",
     "prospect.first_name", "prospect.city", "gift.link", "why_them", "|default('x')", "|upper", " is defined", "not ", "'", '"', "(", ".", "_", "x", "1", "*9", "range", "é",
     "{{ why_them }}", "{% if why_them %}", "{% endif %}", "{{ gift.link }}", "[a]({{ gift.link }})", "qj0we0k0z", "https://e.example/"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(_pieces | _words, min_size=1, max_size=25).map("".join))
@example("qj0we0k0z {{ why_them }} qj1we0k0z")
@example("[x]: {{ gift.link }}\n\n[x] [x]")
@example("{{ why_them }}" * 30)
def test_any_text_is_either_refused_with_its_place_or_fills_into_a_whole_letter(body: str) -> None:
    try:
        message = compiled(body)
    except Refused as refusal:
        for finding in refusal.findings:
            assert finding.code == "MS002"
            assert finding.line >= 1
            assert finding.column >= 1
        return
    try:
        letter = message.fill(VALUES, LINKS)
    except CannotFill:
        return
    assert balanced(letter.html)
    assert not re.search(r"qj\d+w[euqilxy]\d+k\d+z", letter.text.replace("qj0we0k0z", "").replace("qj1we0k0z", ""))
    assert all(use.line >= 4 or use.path == "gift.promise" for use in message.uses)


PERSONAL = compiled(
    "Dear {{ prospect.first_name | default('x') }} **{{ prospect.x | default('y') }}** at *{{ organisation.name | default('z') }}*\n\n- {{ prospect.x | default('y') }}"
)


@settings(max_examples=200, deadline=None)
@given(_words, _words, _words)
def test_whatever_a_csv_holds_stays_data(first: str, field: str, organisation: str) -> None:
    plain = PERSONAL.fill(VALUES | {"prospect": {"fields": {}}, "organisation": {}}, LINKS)
    values = VALUES | {
        "prospect": {"first_name": first, "fields": {"x": field}},
        "organisation": {"name": organisation},
    }
    letter = PERSONAL.fill(values, LINKS)
    assert balanced(letter.html)
    tags = re.compile(r"<[^>]*>")
    assert tags.findall(letter.html) == tags.findall(plain.html)
    assert (first or "x").split() == letter.text.removeprefix("Dear").split()[: len((first or "x").split())]
    assert "\n" not in letter.subject

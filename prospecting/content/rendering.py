"""A gift's words as HTML: Markdown rendered, sanitised, with an address for every heading."""

import re
import unicodedata
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    "p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "hr", "br", "strong", "em", "del", "a",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href"},
    "ol": {"start"},
    "th": {"align"},
    "td": {"align"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "h5": {"id"},
    "h6": {"id"},
}
SCHEMES = {"http", "https", "mailto"}

_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


@dataclass(frozen=True)
class Heading:
    """One heading of a gift: its level (2 to 6), its words, and the id by which a link finds it."""

    level: int
    text: str
    id: str


def render(markdown: str) -> tuple[str, list[Heading]]:
    """`markdown` as sanitised HTML whose headings begin at h2, and those headings in order.

    The page's own title is its only h1. Pictures are left out (pages load nothing foreign); raw HTML shows as text.
    """
    tokens = _markdown.parse(markdown)
    headings = _headings(tokens)
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer"
    ), headings


def _headings(tokens: list[Token]) -> list[Heading]:
    """Give every heading its id, and push all of them down if the text begins at h1."""
    shift = 1 if any(token.tag == "h1" for token in tokens) else 0
    found: list[Heading] = []
    taken: set[str] = set()
    for number, token in enumerate(tokens):
        if token.type not in ("heading_open", "heading_close"):
            continue
        token.tag = f"h{min(int(token.tag[1]) + shift, 6)}"
        if token.type == "heading_open":
            words = "".join(
                child.content for child in tokens[number + 1].children or [] if child.type in ("text", "code_inline")
            )
            token.attrs["id"] = name = _free(slug(words), taken)
            found.append(Heading(int(token.tag[1]), words, name))
    return found


def slug(words: str) -> str:
    """`words` as an id: letters of the Latin alphabet and digits, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-") or "part"


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    taken.add(free)
    return free

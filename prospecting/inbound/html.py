"""HTML mail as the text that people see, with or without what they quoted. Read as a stream, in time linear in its size."""

import re
from html.parser import HTMLParser

BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "br",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    ]
)
VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
HIDDEN = frozenset(["script", "style", "head", "title", "template", "noscript"])
_QUOTED = re.compile(
    r"(?:^| )(?:gmail_quote(?:_container)?|gmail_extra|gmail_signature(?:_prefix)?|yahoo_quoted|protonmail_quote|"
    r"protonmail_signature_block|moz-cite-prefix|moz-signature|zmail_extra|iCloud_quote|signature|"
    r"ms-outlook-mobile-signature|mail-editor-reference-message-container|OutlookMessageHeader|tutanota_quote)(?:$| )",
    re.IGNORECASE,
)
"""Classes and ids of elements in which mail programs put what was quoted, and signatures."""
_FROM_HERE = re.compile(
    r"^(?:x_)?(?:appendonsend|divRplyFwdMsg|OLK_SRC_BODY_SECTION|ms-outlook-mobile-body-separator-line)$"
)
"""Ids after which everything is quoted (Outlook)."""


def text_of_html(html: str, *, without_quoted: bool = False) -> str:
    """The text of `html`, a line for each block."""
    reader = _Reader(without_quoted=without_quoted)
    try:
        reader.feed(html)
        reader.close()
    except (AssertionError, ValueError):  # declarations that the parser gives up on
        reader.pieces.append(re.sub(r"<[^<>]{0,2000}>", " ", html))
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).replace("\xa0", " ").split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    """Collects text; skips hidden elements and, if asked to, quoted ones, until they end."""

    def __init__(self, *, without_quoted: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._without_quoted = without_quoted
        self._skipped: str | None = None
        self._depth = 0
        self._over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipped is not None:
            self._depth += tag == self._skipped
            return
        if tag in BLOCKS:
            self.pieces.append("\n")
        if tag in VOID:
            return
        named = dict(attrs)
        self._over = self._over or (self._without_quoted and _FROM_HERE.match(named.get("id") or "") is not None)
        if tag in HIDDEN or (self._without_quoted and _is_quoted(tag, named)):
            self._skipped, self._depth = tag, 1

    def handle_endtag(self, tag: str) -> None:
        if self._skipped == tag:
            self._depth -= 1
            self._skipped = self._skipped if self._depth else None
        elif self._skipped is None and tag in BLOCKS:
            self.pieces.append("\n")
        elif self._skipped in HIDDEN and tag == "html":
            self._skipped = None

    def handle_data(self, data: str) -> None:
        if self._skipped is None and not self._over:
            self.pieces.append(re.sub(r"\s+", " ", data))


def _is_quoted(tag: str, named: dict[str, str | None]) -> bool:
    marks = f"{named.get('class') or ''} {named.get('id') or ''} {named.get('name') or ''}"
    return tag == "blockquote" or _QUOTED.search(" ".join(marks.split())) is not None or named.get("name") == "quote"

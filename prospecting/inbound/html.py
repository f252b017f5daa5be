"""HTML mail as the text that people see, with or without what they quoted."""

from bs4 import BeautifulSoup, Tag

QUOTED = (
    "blockquote",
    ".gmail_quote",
    ".gmail_quote_container",
    ".yahoo_quoted",
    ".protonmail_quote",
    ".moz-cite-prefix",
    ".moz-signature",
    ".gmail_signature",
    ".protonmail_signature_block",
    "#Signature",
    "#ms-outlook-mobile-signature",
    "#mail-editor-reference-message-container",
    "#ms-outlook-mobile-body-separator-line",
    "[name=quote]",
    ".zmail_extra",
    ".iCloud_quote",
)
"""Elements in which mail programs put what was quoted, and signatures."""
QUOTED_FROM_HERE = (
    "#appendonsend",
    "#divRplyFwdMsg",
    "#x_divRplyFwdMsg",
    "#OLK_SRC_BODY_SECTION",
    ".OutlookMessageHeader",
)
"""Elements after which everything is quoted (Outlook)."""
BLOCKS = ("p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "pre", "hr", "ul", "ol", "blockquote")


def text_of_html(html: str, *, without_quoted: bool = False) -> str:
    """The text of `html`, a line for each block."""
    soup = BeautifulSoup(html, "lxml")
    for hidden in soup(["script", "style", "head", "title", "template"]):
        hidden.decompose()
    if without_quoted:
        _cut(soup)
    for line in soup(["br", "hr"]):
        line.replace_with("\n")
    for block in soup(list(BLOCKS)):
        block.insert_before("\n")
        block.insert_after("\n")
    lines = (" ".join(line.split()) for line in soup.get_text().replace("\xa0", " ").split("\n"))
    return "\n".join(line for line in lines if line)


def _cut(soup: BeautifulSoup) -> None:
    for selector in QUOTED_FROM_HERE:
        for start in soup.select(selector):
            _cut_after(start)
            start.decompose()
    for selector in QUOTED:
        for quoted in soup.select(selector):
            quoted.decompose()


def _cut_after(start: Tag) -> None:
    for following in list(start.find_all_next(True)) + list(start.find_all_next(string=True)):
        following.extract()

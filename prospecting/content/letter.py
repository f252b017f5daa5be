"""The one letter layout: one column, system fonts, no image, light and dark, and its plain-text twin.

The layouts hold two kinds of tags: `[[ ]]` and `[% %]` are done here, once per language; `{{ }}` and `{% %}` stay for
each prospect.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from css_inline import CSSInliner
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from prospecting.words import Words, known

LAYOUTS = Path(__file__).parent / "layouts"
WORDS = Words(Path(__file__).parent / "words")
COLON = {"fr": "\u00a0:", "en": ":"}

MAX_HTML = 90_000
"""Bytes; Gmail cuts longer mails off, with the way out at their end."""

SLOTS = {
    "title": "{{ gift.title }}",
    "minutes": "{{ gift.minutes }}",
    "host": "{{ letter.host }}",
    "name": "{{ sender.name }}",
    "sender": "{{ sender.name }}",
    "organisation": "{{ sender.organisation }}",
    "sells": "{{ sender.sells }}",
    "postal_address": "{{ sender.postal_address }}",
    "why_them": "{{ why_them }}",
}

_layouts = Environment(
    loader=FileSystemLoader(LAYOUTS),
    variable_start_string="[[",
    variable_end_string="]]",
    block_start_string="[%",
    block_end_string="%]",
    comment_start_string="[#",
    comment_end_string="#]",
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    undefined=StrictUndefined,
    autoescape=False,
)
_inliner = CSSInliner(
    extra_css=(LAYOUTS / "letter.css").read_text("utf-8"), keep_style_tags=False, load_remote_stylesheets=False
)
_dark = (LAYOUTS / "dark.css").read_text("utf-8")


@dataclass(frozen=True)
class Letter:
    """One prospect's letter, ready to be put into MIME parts: `html` and `text` are whole, lines end in LF.

    `subject` is one line without control characters; it is not encoded for a header.
    """

    subject: str
    preheader: str
    html: str
    text: str


@cache
def layout(file: str, language: str, *, ember: bool, space: bool) -> str:
    """`letter.html` or `letter.txt` in `language`, as a template for prospects.

    `ember` adds the one link to the gift or invitation (where the message has none of its own), `space` the link to the
    prospect's space.
    """
    language = known(language)

    def say(key: str) -> str:
        return WORDS.say(language, key, **SLOTS)

    return _layouts.get_template(file).render(
        language=language, say=say, ember=ember, space=space, colon=COLON[language]
    )


def inlined(html: str) -> str:
    """The whole page with its styles in its elements, and the dark ones, which cannot be, in its head."""
    return _inliner.inline(html).replace("</head>", f"<style>\n{_dark}</style>\n</head>", 1)

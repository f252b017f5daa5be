"""The plain-text part of a letter, written from the same Markdown: what one would type by hand."""

import re
import textwrap
from collections.abc import Callable, Sequence
from functools import cache

from markdown_it.token import Token

WIDTH = 74


_INDENT = re.compile(r"[ >]*(?:- |\d+\. )?")


def plain(tokens: Sequence[Token], *, colon: str = ":", open_ended: Callable[[str], bool] = lambda _: False) -> str:
    """Markdown's `tokens` as text of 74 columns: a link alone stands under its words, one in a sentence behind them.

    Paragraphs that are `open_ended` (a value is still to come into them) stay on one line each, for `folded` to break.
    """
    return _Plain(colon, open_ended).write(tokens)


def folded(text: str) -> str:
    """`text` with its long lines broken at spaces, under the place where each one's words begin."""
    lines: list[str] = []
    for line in text.split("\n"):
        if len(line) <= WIDTH:
            lines.append(line)
            continue
        start = _INDENT.match(line).end()  # type: ignore[union-attr]  # it matches anything
        first, *rest = _broken(WIDTH - start).findall(line, start) or [""]
        indent = "".join(c if c == ">" else " " for c in line[:start])
        lines.append(line[:start] + first)
        lines.extend([indent + piece for piece in rest])
    return "\n".join(lines)


@cache
def _broken(width: int) -> re.Pattern[str]:
    """Finds pieces of at most `width` characters that end where a word does; a longer word is a piece of its own."""
    return re.compile(rf"[^ ](?:.{{0,{max(width, 20) - 2}}}[^ ])?(?![^ ])|[^ ]+")


class _Plain:
    def __init__(self, colon: str, open_ended: Callable[[str], bool]) -> None:
        self._colon = colon
        self._open_ended = open_ended
        self._lines: list[str] = []
        self._first: list[str] = []
        self._rest: list[str] = []
        """What stands before the first and before the other lines of the block at hand, one each level."""
        self._numbers: list[int | None] = []
        self._tight = False

    def write(self, tokens: Sequence[Token]) -> str:
        for token in tokens:
            self._block(token)
        return "\n".join(self._lines).strip("\n") + "\n"

    def _block(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self._numbers.append(None)
            case "ordered_list_open":
                self._numbers.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
                self._gap()
            case "list_item_open":
                self._item()
            case "blockquote_open":
                self._first.append("> ")
                self._rest.append("> ")
            case "list_item_close":
                self._leave()
            case "blockquote_close":
                self._leave()
                if self._lines and not self._lines[-1].strip(" >"):
                    self._lines.pop()  # the empty line after its last paragraph belongs to what is around it
                self._gap()
            case "paragraph_open":
                self._tight = token.hidden
            case "inline":
                self._paragraph(_inline(token.children or [], self._colon))
            case "fence" | "code_block":
                for line in token.content.rstrip("\n").split("\n"):
                    self._put("    " + line)
                self._gap()
            case "hr":
                self._put("* * *")
                self._gap()
            case "heading_open":
                self._tight = False

    def _leave(self) -> None:
        self._first.pop()
        self._rest.pop()

    def _item(self) -> None:
        number = self._numbers[-1]
        if number is None:
            bullet = "- "
        else:
            bullet = f"{number}. "
            self._numbers[-1] = number + 1
        self._first.append(bullet)
        self._rest.append(" " * len(bullet))

    def _paragraph(self, text: str) -> None:
        room = WIDTH - sum(map(len, self._rest))
        for line in text.split("\n"):
            if self._open_ended(line):
                self._put(line)
                continue
            for part in textwrap.wrap(line, room, break_long_words=False, break_on_hyphens=False) or [""]:
                self._put(part)
        if not self._tight:
            self._gap()

    def _put(self, line: str) -> None:
        before = "".join(self._first)
        self._lines.append((before + line).rstrip())
        self._first = list(self._rest)

    def _gap(self) -> None:
        if self._lines and self._lines[-1]:
            self._lines.append("".join(self._rest).rstrip() if any(part == "> " for part in self._rest) else "")


def _inline(children: Sequence[Token], colon: str) -> str:
    """The words of one block; alone in it, a link's address gets a line of its own."""
    alone = (
        len(children) > 2
        and children[0].type == "link_open"
        and [t.type for t in children].index("link_close") == len(children) - 1
    )
    words: list[str] = []
    began = 0
    address = ""
    for child in children:
        match child.type:
            case "text" | "code_inline":
                words.append(child.content)
            case "softbreak":
                words.append(" ")
            case "hardbreak":
                words.append("\n")
            case "link_open":
                began, address = len(words), str(child.attrs.get("href", ""))
            case "link_close":
                said = "".join(words[began:])
                shown = address.removeprefix("mailto:")
                if said != shown:
                    words.append(f"{colon}\n{shown}" if alone else f" <{shown}>")
    return "".join(words)

"""Markdown rendered once, with a template's variables and conditions still in it.

Each expression and each tag of a template becomes a mark: a word of letters and digits that Markdown, the HTML parser
and the CSS inliner carry through untouched. Afterwards the marks are turned back into nodes of Jinja's tree: never into
source text, so nothing that a text happens to spell can become a tag. A value is filled in long after Markdown is done,
so nothing in it is ever markup.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

from jinja2 import nodes

from prospecting.content.allowed import Source, beginning, canonical, path_of
from prospecting.findings import Refused

Kind = Literal["e", "u", "q", "i", "l", "x", "y"]
"""Expression in text, whole address, part of an address; if or for, elif, else, end."""

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b[^>]*>", re.IGNORECASE)


@dataclass
class Marks:
    """The marks of one letter, and what each stands for."""

    nonce: str
    expressions: list[nodes.Expr] = field(default_factory=list)
    blocks: list[tuple[nodes.If | nodes.For, Source]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pattern = re.compile(rf"{self.nonce}([euqilxy])(\d+)k(\d+)z")
        self._alone = re.compile(rf"^([ >]*)((?:{self.nonce}[ilxy]\d+k\d+z[ ]*)+)$", re.MULTILINE)

    @classmethod
    def for_texts(cls, *texts: str) -> "Marks":
        """Marks that none of `texts` holds by chance or by intent."""
        everything = "".join(texts).lower()
        number = 0
        while f"qj{number}w" in everything:
            number += 1
        return cls(f"qj{number}w")

    def mark(self, kind: Kind, number: int, part: int = 0) -> str:
        return f"{self.nonce}{kind}{number}k{part}z"

    def marked(self, text: str) -> bool:
        """Whether something is still to be filled into `text`."""
        return self.pattern.search(text) is not None

    def flatten(self, body: Sequence[nodes.Node], source: Source) -> str:
        """The text of a checked tree with marks in place of what is not text."""
        return "".join(self._pieces(body, source))

    def _pieces(self, body: Sequence[nodes.Node], source: Source) -> Iterator[str]:
        for node in body:
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    yield part.data if isinstance(part, nodes.TemplateData) else self._expression(part)
            elif isinstance(node, nodes.If | nodes.For):
                number = len(self.blocks)
                self.blocks.append((node, source))
                yield self.mark("i", number)
                yield from self._pieces(node.body, source)
                for branch, each in enumerate(node.elif_ if isinstance(node, nodes.If) else []):
                    yield self.mark("l", number, branch)
                    yield from self._pieces(each.body, source)
                if node.else_:
                    yield self.mark("x", number)
                    yield from self._pieces(node.else_, source)
                yield self.mark("y", number)

    def _expression(self, node: nodes.Expr) -> str:
        self.expressions.append(node)
        return self.mark("e", len(self.expressions) - 1)

    def on_their_own(self, flat: str) -> str:
        """Tags on a line of their own become blocks of their own, so that no paragraph is torn apart by a condition."""
        return self._alone.sub(lambda line: f"\n{line[1]}{line[2].rstrip()}\n{line[1].rstrip()}", flat)

    def unwrapped(self, html: str) -> str:
        """`html` without the paragraphs that hold nothing but tags."""
        return re.sub(rf"<p>((?:{self.nonce}[ilxy]\d+k\d+z\s*)+)</p>\n?", r"\1", html)

    def unwrapped_text(self, text: str) -> str:
        """`text` without the lines that hold nothing but tags."""
        return re.sub(rf"^((?:{self.nonce}[ilxy]\d+k\d+z[ ]*)+)\n\n?", r"\1", text, flags=re.MULTILINE)

    def replaced(self, flat: str, variable: str, words: str) -> str:
        """`flat` with `words` in place of the mark of `variable`."""
        return self.pattern.sub(lambda found: words if self.variable(found[0]) == variable else found[0], flat)

    def in_address(self, address: str) -> str | None:
        """`address` with its expressions marked as (parts of) an address; None if a tag stands in it."""
        whole = self.pattern.fullmatch(address)
        if any(found[1] in "ilxy" for found in self.pattern.finditer(address)):
            return None
        kind: Kind = "u" if whole else "q"
        return self.pattern.sub(lambda found: self.mark(kind, int(found[2])), address)

    def offset(self, found: re.Match[str]) -> int:
        """Where the tag or expression of a mark that was found begins in its source."""
        number = int(found[2])
        return beginning(self.expressions[number]) if found[1] in "euq" else self.blocks[number][0].lineno

    def lost(self, text: str) -> tuple[nodes.If | nodes.For, Source] | None:
        """A tag that Markdown did not keep (in the definition of a link that nobody uses, say)."""
        kept = {int(found[2]) for found in self.pattern.finditer(text) if found[1] == "i"}
        return next((block for number, block in enumerate(self.blocks) if number not in kept), None)

    def variable(self, mark: str) -> str | None:
        """The variable that `mark` alone stands for, by its canonical path."""
        found = self.pattern.fullmatch(mark)
        if not found or found[1] not in "euq":
            return None
        names = path_of(self.expressions[int(found[2])])
        return canonical(names) if names else None


class Rebuild:
    """Turns a text with marks back into a tree, with every expression rewritten by `slots`."""

    def __init__(self, marks: Marks, slots: "Slots", *, tags: bool) -> None:
        self._marks = marks
        self._slots = slots
        self._tags = tags
        """Whether the text is HTML, whose elements no condition may tear apart."""

    def tree(self, text: str) -> nodes.Template:
        pieces = self._marks.pattern.split(text)
        self._stack: list[str] = []
        self._cut = ""
        body, rest = self._body(pieces, 0, None)
        if rest < len(pieces):
            self._torn(int(pieces[rest + 1]))
        return nodes.Template(body, lineno=1)

    def _body(self, pieces: list[str], at: int, inside: int | None) -> tuple[list[nodes.Node], int]:
        """Nodes from piece `at` (a text) up to the mark that ends this branch of block `inside`, and where that is."""
        body: list[nodes.Node] = []
        while True:
            self._text(pieces[at], body)
            if at + 1 >= len(pieces):
                if inside is not None:
                    self._torn(inside)
                return body, len(pieces)
            kind, number = pieces[at + 1], int(pieces[at + 2])
            if kind in "euq":
                _out(body).append(self._slots.rewrite(self._marks.expressions[number], address=kind))
                at += 4
            elif kind == "i":
                node, at = self._block(pieces, at, number)
                body.append(node)
            elif number == inside:
                return body, at
            else:
                self._torn(number)

    def _block(self, pieces: list[str], at: int, number: int) -> tuple[nodes.Node, int]:
        original, _ = self._marks.blocks[number]
        before = tuple(self._stack)
        branches: dict[tuple[str, int], list[nodes.Node]] = {}
        key = ("i", 0)
        while key[0] != "y":
            self._stack[:] = before
            body, at = self._body(pieces, at + 4, number)
            if tuple(self._stack) != before:
                self._torn(number)
            branches[key] = body
            key = (pieces[at + 1], int(pieces[at + 3]))
        rewrite = self._slots.rewrite
        then, otherwise = branches.pop(("i", 0)), branches.pop(("x", 0), [])
        if isinstance(original, nodes.For):
            test = rewrite(original.test) if original.test else None
            return nodes.For(original.target, rewrite(original.iter), then, otherwise, test, False, lineno=1), at + 4
        elifs = [
            nodes.If(rewrite(original.elif_[part].test), body, [], [], lineno=1)
            for (_, part), body in sorted(branches.items())
        ]
        return nodes.If(rewrite(original.test), then, elifs, otherwise, lineno=1), at + 4

    def _text(self, text: str, body: list[nodes.Node]) -> None:
        if text:
            _out(body).append(nodes.TemplateData(text, lineno=1))
        if not self._tags:
            return
        text = self._cut + text
        # An address that is filled in stands inside a tag: the tag's first half waits for its second.
        begun = text.rfind("<")
        self._cut = text[begun:] if begun > text.rfind(">") else ""
        for closing, name in _TAG.findall(text):
            if name.lower() in VOID:
                continue
            if not closing:
                self._stack.append(name.lower())
            elif self._stack and self._stack[-1] == name.lower():
                self._stack.pop()
            else:
                self._stack.append(f"/{name}")

    def _torn(self, number: int) -> NoReturn:
        node, source = self._marks.blocks[number]
        word = "for" if isinstance(node, nodes.For) else "if"
        raise Refused(
            [
                source.finding(
                    node.lineno,
                    f"This {word} begins in one paragraph, list or emphasis and ends in another.",
                    "Begin and end it within the same one, or put both tags on lines of their own.",
                )
            ]
        )


def _out(body: list[nodes.Node]) -> list[nodes.Expr]:
    if not body or not isinstance(body[-1], nodes.Output):
        body.append(nodes.Output([], lineno=1))
    output = body[-1]
    assert isinstance(output, nodes.Output)
    return output.nodes


@dataclass
class Slots:
    """Variables by canonical path, each under the flat name that compiled templates look it up by.

    Names begin with an underscore, which an author's own (a loop's item) cannot.
    """

    names: dict[str, str] = field(default_factory=dict)

    def name(self, path: str) -> str:
        return self.names.setdefault(path, f"_{len(self.names)}")

    def rewrite(self, node: nodes.Node, address: str = "e") -> nodes.Expr:
        """`node` with flat names in place of look-ups; in an address it is quoted, or refused where it is none."""
        changed: nodes.Expr = self._flat(node)
        if address == "u":
            return nodes.Filter(changed, "address", [], [], None, None, lineno=1)
        if address == "q":
            return nodes.Filter(changed, "quoted", [], [], None, None, lineno=1)
        return changed

    def _flat(self, node: Any) -> Any:
        names = path_of(node)
        if names and (path := canonical(names)):
            return nodes.Name(self.name(path), "load", lineno=1)
        if isinstance(node, nodes.CondExpr) and node.expr2 is None:
            return nodes.CondExpr(self._flat(node.test), self._flat(node.expr1), nodes.Const(""), lineno=1)
        copies = {name: self._copied(value) for name, value in node.iter_fields()}
        return type(node)(*(copies[name] for name in node.fields), lineno=1)

    def _copied(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._copied(item) for item in value]
        return self._flat(value) if isinstance(value, nodes.Node) else value

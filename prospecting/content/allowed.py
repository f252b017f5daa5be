"""What a template of ours may hold: an allow-list over Jinja's parsed tree, with the place of everything it refuses.

Variables, look-up by name, `if`, `for` over given lists, a few tests and filters: nothing that calls, imports, defines,
counts or repeats. So a template ends, is bounded, and reads nothing but the plain values it is given (reliability.md,
"Templates"). Rendering is sandboxed besides.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from jinja2 import TemplateSyntaxError, nodes
from jinja2.lexer import Lexer
from jinja2.sandbox import ImmutableSandboxedEnvironment

from prospecting.findings import Finding, Refused

ROOTS: dict[str, frozenset[str]] = {
    "prospect": frozenset({"first_name", "last_name", "role", "language", "country"}),
    "organisation": frozenset({"name"}),
    "gift": frozenset({"title", "promise", "minutes", "link"}),
    "sender": frozenset({"name", "organisation", "sells", "postal_address"}),
    "links": frozenset({"gift", "useful", "send_next", "not_for_me", "question", "space", "objection", "invitation"}),
}
"""What stands after each name's dot; `prospect` has its own fields besides."""
SINGLE = frozenset({"why_them"})

FILTERS = (
    "default",
    "d",
    "upper",
    "lower",
    "capitalize",
    "title",
    "trim",
    "truncate",
    "length",
    "count",
    "first",
    "last",
    "join",
)
TESTS = ("defined", "undefined")
COMPARISONS = ("eq", "ne", "lt", "lteq", "gt", "gteq", "in", "notin")
LOOP = frozenset({"index", "first", "last", "length"})

MAX_SOURCE = 60_000
"""Characters of one template."""
MAX_DEPTH = 40
MAX_BLOCKS = 8
"""`if` and `for` inside each other."""
MAX_LOOPS = 2
MAX_WORDS = 500
"""Characters of one quoted text inside braces."""

REFUSED = {
    nodes.Call: ("A template calls nothing.", "Write the value's name alone, without parentheses."),
    nodes.Import: ("A template imports nothing.", "Write the words here."),
    nodes.FromImport: ("A template imports nothing.", "Write the words here."),
    nodes.Include: ("A template includes nothing.", "Write the words here."),
    nodes.Extends: ("A template extends nothing; the letter's layout is added by itself.", "Remove this line."),
    nodes.Macro: ("A template defines no macro.", "Write the words where they are wanted."),
    nodes.Assign: ("A template sets no variable.", "Use the value where you need it."),
    nodes.AssignBlock: ("A template sets no variable.", "Use the value where you need it."),
    nodes.Scope: ("A template opens no such block.", "Use if and for alone."),
    nodes.Mul: ("A template neither multiplies nor repeats.", "Write the words out."),
    nodes.Pow: ("A template does not compute.", "Write the number itself."),
    nodes.Slice: ("A template cuts nothing out of a value.", "Use the filter truncate."),
}


class _Offsets(Lexer):
    """A lexer whose line numbers are offsets, so that every node of the tree knows its exact place."""

    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        offset = 0
        try:
            for _line, kind, value in super().tokeniter(source, name, filename, state):
                offset = max(source.find(value, offset), offset)
                yield offset, kind, value
                offset += len(value)
        except TemplateSyntaxError as error:
            raise TemplateSyntaxError(error.message or "", offset) from error


class _Reader(ImmutableSandboxedEnvironment):
    @cached_property
    def lexer(self) -> Lexer:
        return _Offsets(self)


READER = _Reader(keep_trailing_newline=True)
READER.filters = {name: READER.filters[name] for name in FILTERS}
READER.tests = {name: READER.tests[name] for name in TESTS}
READER.globals = {}


@dataclass(frozen=True)
class Source:
    """A template's text, and how an offset in it becomes a place in its file (line and column, from 1)."""

    text: str
    file: str
    place: Callable[[int], tuple[int, int]]

    def finding(self, offset: int, message: str, mend: str) -> Finding:
        line, column = self.place(offset)
        return Finding("MS002", self.file, message, mend, line, column)


def read(source: Source) -> nodes.Template:
    """The parsed tree of `source`; every node's `lineno` is its offset. Raises Refused (MS002)."""
    if len(source.text) > MAX_SOURCE:
        raise Refused(
            [
                source.finding(
                    0,
                    f"The template is longer than {MAX_SOURCE:,} characters.",
                    "A letter fits on a page; give the rest as a gift.",
                )
            ]
        )
    try:
        tree = READER.parse(source.text)
    except TemplateSyntaxError as error:
        offset = min(error.lineno, len(source.text))
        raise Refused(
            [
                source.finding(
                    offset,
                    f"This is not a template: {(error.message or '').rstrip('.')}.",
                    "Mend the tag, or write the braces differently.",
                )
            ]
        ) from error
    except RecursionError as error:
        raise Refused([source.finding(0, "The template nests too deeply.", "Flatten it.")]) from error
    except ValueError as error:  # a number of more digits than Python reads
        raise Refused(
            [source.finding(0, "The template holds a number that is too long.", "Write a shorter one.")]
        ) from error
    _Check(source).template(tree)
    return tree


def beginning(node: nodes.Node) -> int:
    """The offset at which a checked or refused node begins; a filter's or test's is that of its own name."""
    while isinstance(node, nodes.Expr) and not isinstance(node, nodes.Filter | nodes.Test | nodes.UnaryExpr):
        parts = (getattr(node, left, None) for left in ("node", "left", "expr1", "expr"))
        before = next((part for part in parts if isinstance(part, nodes.Expr)), None)
        if before is None:
            break
        node = before
    return node.lineno or 0


def path_of(node: nodes.Node) -> tuple[str, ...] | None:
    """The names of a look-up such as prospect.first_name or prospect.fields["city"]; None for anything else."""
    names: list[str] = []
    while not isinstance(node, nodes.Name):
        if isinstance(node, nodes.Getattr):
            names.append(node.attr)
        elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            names.append(node.arg.value)
        else:
            return None
        node = node.node
    return (node.name, *reversed(names))


def canonical(names: tuple[str, ...]) -> str | None:
    """The one spelling of a variable ("prospect.fields.city" for prospect.city as well); None if there is no such one.

    `letter.…` is the layout's own; authors may not use it.
    """
    if any(name.startswith("_") for name in names):
        return None
    match names:
        case (single,) if single in SINGLE:
            return single
        case (root, name) if name in ROOTS.get(root, ()) or root == "letter":
            return f"{root}.{name}"
        case ("prospect", "fields", name) | ("prospect", name) if name != "fields":
            return f"prospect.fields.{name}"
    return None


class _Check:
    """Walks one tree and refuses at the first node that is not allowed."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def template(self, tree: nodes.Template) -> None:
        self._block(tree.body, frozenset(), blocks=0, loops=0)

    def _refuse(self, node: nodes.Node, message: str, mend: str) -> NoReturn:
        raise Refused([self._source.finding(beginning(node), message, mend)])

    def _block(self, body: list[nodes.Node], names: frozenset[str], *, blocks: int, loops: int) -> None:
        if blocks > MAX_BLOCKS:
            self._refuse(
                body[0], f"More than {MAX_BLOCKS} `if` and `for` stand inside each other.", "Flatten the template."
            )
        for node in body:
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    if not isinstance(part, nodes.TemplateData):
                        self._expression(part, names)
            elif isinstance(node, nodes.If):
                self._expression(node.test, names)
                for branch in (node.body, *(each.body for each in node.elif_), node.else_):
                    self._block(branch, names, blocks=blocks + 1, loops=loops)
                for each in node.elif_:
                    self._expression(each.test, names)
            elif isinstance(node, nodes.For):
                self._loop(node, names, blocks=blocks, loops=loops)
            else:
                self._not_allowed(node)

    def _loop(self, node: nodes.For, names: frozenset[str], *, blocks: int, loops: int) -> None:
        if loops == MAX_LOOPS:
            self._refuse(node, f"More than {MAX_LOOPS} loops stand inside each other.", "Flatten the template.")
        if node.recursive:
            self._refuse(node, "A loop does not call itself.", "Remove the word recursive.")
        target = node.target
        if (
            not isinstance(target, nodes.Name)
            or target.name in {*ROOTS, *SINGLE, "loop"}
            or target.name.startswith("_")
        ):
            self._refuse(
                node,
                "A loop needs one plain name of its own.",
                "Write for example: {% for item in prospect.fields.items %}.",
            )
        if path_of(node.iter) is None:
            self._refuse(
                node.iter, "A loop goes over a list that is given, nothing else.", "Name a field that holds a list."
            )
        self._expression(node.iter, names)
        inner = names | {target.name, "loop"}
        if node.test:
            self._expression(node.test, inner)
        self._block(node.body, inner, blocks=blocks + 1, loops=loops + 1)
        self._block(node.else_, names, blocks=blocks + 1, loops=loops)

    def _expression(self, node: nodes.Node, names: frozenset[str], depth: int = 0) -> None:
        if depth > MAX_DEPTH:
            self._refuse(node, "The expression nests too deeply.", "Make it shorter.")
        if (path := path_of(node)) is not None:
            self._variable(node, path, names)
            return
        match node:
            case nodes.Const(value=value):
                if isinstance(value, str) and len(value) > MAX_WORDS:
                    self._refuse(
                        node,
                        f"These quoted words are longer than {MAX_WORDS} characters.",
                        "Write them outside of the braces.",
                    )
            case nodes.Filter() | nodes.Test():
                self._filter(node, names, depth)
            case nodes.Compare():
                self._compare(node, names, depth)
            case nodes.And() | nodes.Or():
                self._expression(node.left, names, depth + 1)
                self._expression(node.right, names, depth + 1)
            case nodes.Not():
                self._expression(node.node, names, depth + 1)
            case nodes.CondExpr():
                for part in (node.test, node.expr1, node.expr2):
                    if part is not None:
                        self._expression(part, names, depth + 1)
            case _:
                self._not_allowed(node)

    def _variable(self, node: nodes.Node, path: tuple[str, ...], names: frozenset[str]) -> None:
        if path[0] in names:
            if len(path) == 1 and path[0] != "loop":
                return
            if path[0] == "loop" and len(path) == 2 and path[1] in LOOP:
                return
            self._refuse(
                node,
                f"`{'.'.join(path)}` is nothing that a loop has.",
                "Use the item itself, or loop.index, loop.first, loop.last.",
            )
        if path[0] == "letter" or canonical(path) is None:
            known = ", ".join(sorted(ROOTS.get(path[0], {*ROOTS, *SINGLE})))
            self._refuse(node, f"There is no variable `{'.'.join(path)}`.", f"Known here: {known}.")

    def _filter(self, node: nodes.Filter | nodes.Test, names: frozenset[str], depth: int) -> None:
        word, listed = ("filter", FILTERS) if isinstance(node, nodes.Filter) else ("test", TESTS)
        if node.name not in listed:
            self._refuse(node, f"The {word} `{node.name}` is not on the list.", f"Use one of: {', '.join(listed)}.")
        if node.node is None or node.dyn_args is not None or node.dyn_kwargs is not None:
            self._refuse(node, f"This {word} stands without its value.", "Write: value | filter.")
        self._expression(node.node, names, depth + 1)
        for argument in (*node.args, *(pair.value for pair in node.kwargs)):
            self._expression(argument, names, depth + 1)

    def _compare(self, node: nodes.Compare, names: frozenset[str], depth: int) -> None:
        self._expression(node.expr, names, depth + 1)
        for operand in node.ops:
            if operand.op not in COMPARISONS:
                self._not_allowed(operand)
            listed = operand.expr.items if isinstance(operand.expr, nodes.List | nodes.Tuple) else [operand.expr]
            for item in listed:
                self._expression(item, names, depth + 1)

    def _not_allowed(self, node: nodes.Node) -> NoReturn:
        message, mend = REFUSED.get(
            type(node),
            (f"A template holds no {type(node).__name__.lower()}.", "Use variables, if, for and the listed filters."),
        )
        self._refuse(node, message, mend)

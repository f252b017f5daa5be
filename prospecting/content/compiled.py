"""A message compiled once per version, language and variant; for each prospect it is only filled.

Compiling does all that is slow (Jinja, Markdown, layout, CSS); filling renders four straight templates: subject,
preheader, HTML, text. Nothing is parsed while filling.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from jinja2 import Template, Undefined, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from prospecting.content.allowed import READER, TESTS
from prospecting.content.letter import Letter
from prospecting.content.plain import folded
from prospecting.content.uses import Use

MAX_OUTPUT = 512_000
"""Characters of one rendered part."""
MAX_VALUE = 1_000
"""Characters of one value; longer ones are cut."""
MAX_ITEMS = 1_000

WRITTEN = {"letter.subject": "_subject", "letter.preheader": "_preheader"}
"""What the layout prints of the letter itself, and under which flat name."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class CannotFill(Exception):  # noqa: N818
    """This letter cannot be written for this person, and why; nothing half-rendered leaves."""


class Absent(Undefined):
    """A value that the person does not have: false in a condition, an error where it is printed."""

    __slots__ = ()
    __str__ = Undefined._fail_with_undefined_error


def _address(value: Any) -> str:
    """`value` as the address of a link: http, https or mailto, else refused."""
    text = str(value).strip()
    if not text.lower().startswith(("https://", "http://", "mailto:")):
        raise CannotFill(f"not an address that a letter may link to: {text[:80]!r}")
    return text


def _join(value: Any, separator: str = ", ") -> str:
    if not isinstance(value, list | tuple):
        raise CannotFill("join needs a list")
    return str(separator).join(str(item) for item in value)


def _environment(*, escape: bool) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(autoescape=escape, undefined=Absent, keep_trailing_newline=True)
    environment.globals = {}
    environment.tests = {name: environment.tests[name] for name in TESTS}
    environment.filters = dict(READER.filters) | {
        "join": _join,
        "address": _address,
        "quoted": lambda value: quote(str(value), safe=""),
    }
    return environment


HTML = _environment(escape=True)
TEXT = _environment(escape=False)


@dataclass(frozen=True)
class Part:
    """One template of a letter."""

    name: str
    template: Template

    @classmethod
    def compiled(cls, tree: nodes.Template, *, name: str, html: bool) -> "Part":
        environment = HTML if html else TEXT
        tree.set_environment(environment)
        return cls(name, Template.from_code(environment, environment.compile(tree, name, name), {}))

    def fill(self, values: dict[str, Any]) -> str:
        """The part with flat `values` in it. Raises CannotFill."""
        template = self.template
        try:
            pieces: list[str] = []
            size = 0
            for piece in template.root_render_func(template.new_context(values, shared=True)):
                size += len(piece)
                if size > MAX_OUTPUT:
                    raise CannotFill(f"the {self.name} is longer than {MAX_OUTPUT // 1000} kB")
                pieces.append(piece)
        except UndefinedError as error:
            raise CannotFill(f"a value is missing in the {self.name}: {error.message}") from error
        except (TypeError, ValueError, SecurityError) as error:
            raise CannotFill(f"the {self.name} cannot be rendered: {error}") from error
        return "".join(pieces)


@dataclass(frozen=True)
class CompiledMessage:
    """One message in one language, ready for any number of prospects. Threads may share it."""

    file: str
    language: str
    uses: tuple[Use, ...]
    """Every variable in the author's template, with its place, in order of appearance."""
    text: str
    """The author's words as plain text without the layout (variables as {{ path }}), for linters."""
    _subject: Part
    _preheader: Part
    _html: Part
    _text: Part
    _getters: tuple[tuple[str, Callable[[Mapping[str, Any], Mapping[str, str]], Any]], ...]

    @property
    def variables(self) -> set[str]:
        """The variables without which the letter cannot be written: those used without a default or a condition."""
        return {use.path for use in self.uses if use.needed}

    @property
    def mentions(self) -> set[str]:
        """Every variable of the author's template, also those with a default."""
        return {use.path for use in self.uses}

    def fill(self, values: Mapping[str, Any], links: Mapping[str, str]) -> Letter:
        """This person's letter.

        `values`: {"prospect": {first_name, last_name, role, language, country, "fields": {...}}, "organisation": {name},
        "gift": {title, promise, minutes}, "sender": {name, organisation, sells, postal_address}, "why_them": str,
        "first": bool (prints why_them in the foot), "letter": {line} (the sender's own, before the signature)}: plain text,
        numbers, None and lists of them; a missing one, None and "" are all absent. `links`: {gift, useful, send_next, not_for_me, question, space, objection, invitation},
        whole addresses; those left out are not shown. Raises CannotFill; the touch is then failed(render).
        """
        flat: dict[str, Any] = {}
        for name, get in self._getters:
            value = get(values, links)
            if value is not None and value != "":
                flat[name] = value
        flat["_subject"] = subject = _one_line(self._subject.fill(flat))
        flat["_preheader"] = preheader = _one_line(self._preheader.fill(flat))
        return Letter(subject, preheader, self._html.fill(flat), folded(self._text.fill(flat)))


def getter(path: str) -> Callable[[Mapping[str, Any], Mapping[str, str]], Any]:
    """How the value of a canonical `path` is found in what `fill` is given."""
    root, _, name = path.partition(".")
    if root == "prospect" and name.startswith("fields."):
        field = name.removeprefix("fields.")
        return lambda values, _links: _plain((values.get("prospect", {}).get("fields") or {}).get(field))
    if root == "links" or path == "gift.link":
        key = "gift" if path == "gift.link" else name
        return lambda _values, links: links.get(key)
    if path == "letter.host":
        return lambda _values, links: _host(links.get("gift") or links.get("invitation") or "")
    if path == "letter.first":
        return lambda values, _links: bool(values.get("first") and values.get("why_them"))
    if not name:
        return lambda values, _links: _plain(values.get(root))
    return lambda values, _links: _plain((values.get(root) or {}).get(name))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= MAX_VALUE else value[:MAX_VALUE]
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value[:MAX_ITEMS] if not isinstance(item, list | tuple)]
    raise TypeError(f"a letter takes plain values, not {type(value).__name__}")


def _host(address: str) -> str:
    return address.split("/", 3)[2] if address.count("/") >= 2 else ""


def _one_line(text: str) -> str:
    """`text` as one line: what ends lines or controls becomes a space, so that it can stand in a header."""
    return _CONTROL.sub(" ", text).strip()

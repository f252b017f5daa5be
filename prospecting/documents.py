"""YAML and Markdown-with-a-head as people write them: plain values, and where each one stands.

Limits come first: a file over 256 kB, an anchor, a tag, a tab or a duplicate key is refused with its line, because a
campaign file needs none of them and each has been somebody's bad day.
"""

from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent

from prospecting.findings import Finding, Refused

MAX_BYTES = 256_000
MAX_DEPTH = 40

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Position:
    """Line and column, from 1."""

    line: int
    column: int


@dataclass
class Document:
    """A file's plain values (`data`), where each stands, and for Markdown the text after the head."""

    file: str
    data: Any
    body: str = ""
    body_line: int = 1
    """The line of the file on which `body` begins."""
    text: str = ""
    keys: dict[Path_, Position] = field(default_factory=dict, repr=False)
    values: dict[Path_, Position] = field(default_factory=dict, repr=False)

    def at(self, *path: str | int, key: bool = False) -> Position:
        """Where the value (or with `key` the key) at `path` stands; its nearest parent's place if it is not there."""
        places = self.keys if key else self.values
        wanted: Path_ = path
        while wanted:
            if wanted in places:
                return places[wanted]
            if wanted in self.keys:
                return self.keys[wanted]
            wanted = wanted[:-1]
        return self.values.get((), Position(1, 1))

    def finding(
        self, code: str, path: Path_, message: str, mend: str, *, key: bool = False, warning: bool = False
    ) -> Finding:
        """A finding that points at `path` in this file."""
        place = self.at(*path, key=key)
        return Finding(code, self.file, message, mend, place.line, place.column, "warning" if warning else "error")


def read_yaml(path: Path, *, name: str | None = None) -> Document:
    """The YAML file at `path`, called `name` in findings. Raises Refused (CF002) with line and column."""
    return parse_yaml(_text(path, name or path.name), name=name or path.name)


def read_markdown(path: Path, *, name: str | None = None) -> Document:
    """A Markdown file whose head stands between two `---` lines. Raises Refused (CF002)."""
    return parse_markdown(_text(path, name or path.name), name=name or path.name)


def parse_markdown(text: str, *, name: str) -> Document:
    """Head and body of `text`; a file without a head has empty data."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    lines = text.split("\n")
    if lines[0].strip() != "---":
        return Document(name, {}, body=text, text=text)
    ends = next((n for n, line in enumerate(lines[1:], start=1) if line.strip() == "---"), None)
    if ends is None:
        raise Refused.of(
            "CF002",
            "The head opened by --- is never closed.",
            "Write --- on a line of its own after it.",
            file=name,
            line=1,
            column=1,
        )
    head = parse_yaml("\n" + "\n".join(lines[1:ends]), name=name)
    head.body, head.body_line, head.text = "\n".join(lines[ends + 1 :]), ends + 2, text
    if head.data is None:
        head.data = {}
    return head


def parse_yaml(text: str, *, name: str) -> Document:
    """The YAML in `text`. Raises Refused (CF002) for what is not YAML or goes beyond what a file of ours needs."""
    text = text.removeprefix("\ufeff")
    if len(text.encode()) > MAX_BYTES:
        raise Refused.of(
            "CF002",
            f"The file is larger than {MAX_BYTES // 1000} kB.",
            "Split it; a campaign fits on a page or two.",
            file=name,
            line=1,
            column=1,
        )
    _refuse_tabs(text, name)
    yaml = YAML(typ="rt")
    yaml.Constructor = _Constructor
    try:
        for event in yaml.parse(StringIO(text)):
            if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
                mark = event.start_mark
                raise Refused.of(
                    "CF002",
                    "Anchors and aliases are not taken.",
                    "Write the value out where it is used.",
                    file=name,
                    line=mark.line + 1,
                    column=mark.column + 1,
                )
            if getattr(event, "ctag", None) or getattr(event, "tag", None):
                mark = event.start_mark
                raise Refused.of(
                    "CF002",
                    "Tags are not taken.",
                    "Write the plain value.",
                    file=name,
                    line=mark.line + 1,
                    column=mark.column + 1,
                )
        tree = yaml.load(text)
    except DuplicateKeyError as error:
        mark = error.problem_mark
        raise Refused.of(
            "CF002",
            "This key stands twice.",
            "Keep one of the two.",
            file=name,
            line=mark.line + 1,
            column=mark.column + 1,
        ) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Refused.of(
            "CF002",
            f"This is not YAML: {error.problem or error.context}.",
            "Mend it on this line or the one before.",
            file=name,
            line=mark.line + 1 if mark else 1,
            column=mark.column + 1 if mark else 1,
        ) from error
    except (YAMLError, RecursionError, ValueError) as error:
        raise Refused.of(
            "CF002", "This is not YAML that we can read.", "Mend the file's form.", file=name, line=1, column=1
        ) from error
    document = Document(name, None, text=text)
    try:
        document.data = _plain(tree, (), document)
    except RecursionError as error:
        raise Refused.of("CF002", "The file nests too deeply.", "Flatten it.", file=name, line=1, column=1) from error
    return document


class _Constructor(RoundTripConstructor):
    """Keeps a day that no calendar has (2026-02-30) as text, so that whoever wants a day refuses it in its place."""

    def construct_yaml_timestamp(self, node: Any, values: Any = None) -> Any:
        try:
            return super().construct_yaml_timestamp(node, values)
        except ValueError:
            return str(node.value)


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_yaml_timestamp)


def _plain(node: Any, path: Path_, document: Document) -> Any:
    if len(path) > MAX_DEPTH:
        raise RecursionError
    if path == () and hasattr(node, "lc"):
        document.values[()] = Position(node.lc.line + 1, node.lc.col + 1)
    if isinstance(node, CommentedMap):
        for key in node:
            line, column = node.lc.key(key)
            document.keys[(*path, key)] = Position(line + 1, column + 1)
            line, column = node.lc.value(key)
            document.values[(*path, key)] = Position(line + 1, column + 1)
        return {key: _plain(value, (*path, key), document) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        for number in range(len(node)):
            line, column = node.lc.item(number)
            document.values[(*path, number)] = Position(line + 1, column + 1)
        return [_plain(value, (*path, number), document) for number, value in enumerate(node)]
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return float(node)
    return str(node) if isinstance(node, str) else node


def _refuse_tabs(text: str, name: str) -> None:
    for number, line in enumerate(text.split("\n"), start=1):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent and line.strip():
            raise Refused.of(
                "CF002",
                "A tab stands where YAML wants spaces.",
                "Replace it by spaces.",
                file=name,
                line=number,
                column=indent.index("\t") + 1,
            )


def _text(path: Path, name: str) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise Refused.of("CF003", "There is no such file.", "Check the path.", file=name) from error
    except OSError as error:
        raise Refused.of(
            "CF003", f"The file cannot be read: {error.strerror}.", "Check its kind and rights.", file=name
        ) from error
    if len(raw) > MAX_BYTES * 4:
        raise Refused.of(
            "CF002", f"The file is larger than {MAX_BYTES // 1000} kB.", "Split it.", file=name, line=1, column=1
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise Refused.of(
            "CF002", "The file is not UTF-8.", "Save it as UTF-8.", file=name, line=line, column=column
        ) from error

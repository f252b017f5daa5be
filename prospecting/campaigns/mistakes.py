"""From Pydantic's errors to findings: our own sentence, and the place of the offending words in the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from prospecting.campaigns.spans import shown
from prospecting.content.heads import PRICES
from prospecting.documents import Document, Path_
from prospecting.findings import Finding

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Mistake:
    """One error of form: what to say, and the path it concerns."""

    code: str
    path: Path_
    message: str
    mend: str
    on_key: bool = False
    instead: str | None = None
    """The known key that an unknown one was probably meant to be."""

    def at(self, path: Path_) -> "Mistake":
        """The same mistake, elsewhere."""
        return replace(self, path=path)

    def finding(self, document: Document) -> Finding:
        return document.finding(self.code, self.path, self.message, self.mend, key=self.on_key)


def mistakes(error: ValidationError, data: Any, schema: Schema) -> list[Mistake]:
    """One mistake for each place that is wrong, of `data`; `schema` is the published JSON Schema."""
    found: dict[Path_, Mistake] = {}
    for detail in error.errors(include_url=False):
        mistake = _mistake(detail, data, schema)
        found.setdefault(mistake.path, mistake)
    # A list is also called too short when its items are wrong; the items say it better.
    return [
        one for path, one in found.items() if not any(path == other[: len(path)] for other in found if other != path)
    ]


def _mistake(detail: ErrorDetails, data: Any, schema: Schema) -> Mistake:
    path = _in_file(detail["loc"], data)
    if detail["type"] == "refused":
        said = detail["ctx"]
        return Mistake(said["code"], (*path, *said["at"]), said["message"], said["mend"], said["key"], said["instead"])
    if detail["type"] in ("extra_forbidden", "invalid_key"):
        return _unknown(path, schema)
    if detail["type"] == "missing":
        key = detail["loc"][-1]
        return Mistake(
            "CF004", (*path, key), f"`{key}` is missing here.", f"Add {key}: {_example(schema, (*path, key))}."
        )
    message, mend = _sentence(detail, _described(schema, path))
    return Mistake("CF004", path, message, mend)


def _in_file(loc: Sequence[str | int], data: Any) -> Path_:
    """The part of a Pydantic location that exists in the file; tags of unions and names of validators fall out."""
    path: list[str | int] = []
    for part in loc:
        if isinstance(data, dict):
            # A key that is no text (1: …) comes back from Pydantic as text.
            key = part if part in data else next((one for one in data if str(one) == str(part)), None)
            if key is not None:
                path.append(key)
                data = data[key]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            path.append(part)
            data = data[part]
    return tuple(path)


def _unknown(path: Path_, schema: Schema) -> Mistake:
    key = str(path[-1]) if path else "null"
    if key.lower() in PRICES and path[0] == "gifts":
        return Mistake("GF011", path, f"A gift costs nothing, so it has no `{key}`.", "Take it out.", True)
    known = sorted(_keys(schema, path[:-1]))
    near = get_close_matches(key.lower(), known, n=1, cutoff=0.6)
    where = f"in `{_name(path[:-1])}`" if len(path) > 1 else "in a campaign file"
    if near:
        return Mistake("CF001", path, f"There is no key `{key}` {where}.", f"Did you mean `{near[0]}`?", True, near[0])
    listed = ", ".join(known)
    return Mistake(
        "CF001",
        path,
        f"There is no key `{key}` {where}.",
        f"The keys here are: {listed}." if listed else "Take it out.",
        True,
    )


def _sentence(detail: ErrorDetails, schema: Schema) -> tuple[str, str]:
    """What is wrong with a value, and how to mend it."""
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    possible = f"{shown(value)} is not possible here."
    if "enum" in schema or kind in ("literal_error", "enum"):
        values = schema.get("enum") or [context.get("expected", "")]
        near = get_close_matches(str(value).lower(), [str(one) for one in values], n=1)
        listed = f"Write one of: {', '.join(map(str, values))}."
        return possible, f"Did you mean {near[0]}? {listed}" if near else listed
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return (
            f"{shown(value)} stands where keys and values belong.",
            f"Write them indented below, or in braces: {{{', '.join(schema.get('properties', {}))}}}.",
        )
    if kind in ("tuple_type", "list_type"):
        return f"{shown(value)} stands where a list belongs.", "Write [one, two], or one item a line after a dash."
    if kind in ("too_short", "string_too_short"):
        return "There is nothing here.", f"Give at least {context.get('min_length', 1)}."
    if kind in ("too_long", "string_too_long"):
        return f"This is longer than {context.get('max_length')}.", "Shorten it."
    if kind in _BOUNDS:
        return f"{shown(value)} is out of bounds.", f"Write {_BOUNDS[kind]} {next(iter(context.values()))}."
    if kind == "string_type":
        return f"{shown(value)} stands where text belongs.", "Write text; put it in quotes if it looks like a number."
    if kind == "string_pattern_mismatch":
        return possible, _PATTERNS.get(
            context.get("pattern", ""), "Write small letters, digits and hyphens only, like async-hr."
        )
    if kind.startswith(("int_", "float_")):
        return f"{shown(value)} is no whole number." if kind.startswith(
            "int_"
        ) else f"{shown(value)} is no number.", "Write digits, without quotes."
    if kind.startswith("date"):
        return f"{shown(value)} is no date.", "Write it like 2026-12-01."
    return possible, "Look at its page in the documentation."


_BOUNDS = {
    "greater_than": "a number above",
    "greater_than_equal": "at least",
    "less_than": "a number below",
    "less_than_equal": "at most",
}

_PATTERNS = {
    r"^[a-z]{2}(-[A-Z]{2})?$": "Write a language's two letters, like fr or en.",
    r"^(prospect|[A-Z]{2})$": "Write prospect, or a country's two capital letters, like DE.",
}


def _name(path: Path_) -> str:
    return ".".join(str(part) for part in path if isinstance(part, str)) or "this list"


def _example(schema: Schema, path: Path_) -> str:
    described = _described(schema, path)
    if examples := described.get("examples"):
        return str(examples[0])
    return "[…]" if described.get("type") == "array" else "…"


def _keys(schema: Schema, path: Path_) -> list[str]:
    return list(_described(schema, path).get("properties", {}))


def _described(schema: Schema, path: Path_) -> Schema:
    """What the published schema says of the value at `path`; empty where it says nothing."""
    node: Schema = _resolved(schema, schema, mapping=bool(path))
    for number, part in enumerate(path):
        below = number < len(path) - 1
        inner = node.get("properties", {}).get(part) if isinstance(part, str) else node.get("items")
        if inner is None:
            return {}
        node = _resolved(inner, schema, mapping=below)
    return node


def _resolved(node: Schema, schema: Schema, *, mapping: bool) -> Schema:
    """`node` without references; of alternatives the one that goes on (`mapping`), or the choice among words."""
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    branches = node.get("anyOf") or node.get("oneOf") or ()
    inner = [_resolved(branch, schema, mapping=mapping) for branch in branches]
    return next((one for one in inner if "properties" in one or "items" in one or "enum" in one), node)

"""A file with mistakes is examined to its end: keys are read as what they were meant to be, wrong values left out.

So one run shows every mistake, and a typing error in `gifts` is not called a missing `gifts` besides.
"""

from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from prospecting.campaigns.form import CampaignDefinition
from prospecting.campaigns.mistakes import Mistake, Schema, mistakes
from prospecting.campaigns.references import references
from prospecting.documents import Path_

ROUNDS = 4
"""A renamed key may hold another wrong key, and so on; deeper than the form nests there is nothing."""


def examined(data: Any, schema: Schema) -> tuple[CampaignDefinition | None, list[Mistake]]:
    """The definition in `data`, as far as it can be made out, and every mistake, with paths of `data`."""
    meant = deepcopy(data)
    renamed: dict[Path_, str | int] = {}
    wrong: list[Mistake] = []
    for _ in range(ROUNDS):
        definition, found = _tried(meant, schema)
        typos = [one for one in found if one.instead is not None and _free(meant, one)]
        if not typos:
            break
        wrong += [one.at(_written(one.path, renamed)) for one in typos]
        for one in typos:
            parent = _at(meant, one.path[:-1])
            parent[one.instead] = parent.pop(one.path[-1])
            renamed[(*one.path[:-1], one.instead or "")] = one.path[-1]
    more = found
    for _ in range(ROUNDS * 2):  # leaving out a condition may leave an empty group behind, and so on
        if definition is not None:
            found = found + references(definition, meant)
            break
        _leave_out(meant, more)
        definition, more = _tried(meant, schema)
    return definition, wrong + [one.at(_written(one.path, renamed)) for one in found]


def _tried(data: Any, schema: Schema) -> tuple[CampaignDefinition | None, list[Mistake]]:
    try:
        return CampaignDefinition.model_validate(data), []
    except ValidationError as error:
        return None, mistakes(error, data, schema)


def _free(data: Any, mistake: Mistake) -> bool:
    """Whether the key that was meant is not there besides."""
    return mistake.instead not in _at(data, mistake.path[:-1])


def _leave_out(data: Any, found: list[Mistake]) -> None:
    # From the end, so that what is taken out of a list does not move what comes before it.
    for mistake in sorted(found, key=lambda one: [str(part).rjust(9) for part in one.path], reverse=True):
        parent = _at(data, mistake.path[:-1]) if mistake.path else None
        last = mistake.path[-1] if mistake.path else None
        if isinstance(parent, dict):
            parent.pop(last, None)
        elif isinstance(parent, list) and isinstance(last, int) and last < len(parent):
            del parent[last]


def _at(data: Any, path: Path_) -> Any:
    """What stands at `path`; None where nothing does."""
    node = data
    for part in path:
        if isinstance(node, dict):
            node = node.get(part)
        elif isinstance(node, list) and isinstance(part, int) and part < len(node):
            node = node[part]
        else:
            return None
    return node


def _written(path: Path_, renamed: dict[Path_, str | int]) -> Path_:
    """`path` with the keys as they stand in the file."""
    return tuple(renamed.get(path[: number + 1], part) for number, part in enumerate(path))

"""References within one campaign file: each step's id once, and conditions that look back, never ahead."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from prospecting.campaigns.conditions import JOINS, OBSERVED, Act
from prospecting.campaigns.form import CampaignDefinition
from prospecting.campaigns.mistakes import Mistake
from prospecting.documents import Path_


def references(definition: CampaignDefinition, data: Any) -> list[Mistake]:
    """CF003 for ids that stand twice and steps that are not there yet, CF004 for what can never be true.

    `data` is the file's plain content, so that every mistake knows its path.
    """
    found = list(_twice(definition))
    ids = [step.id for step in definition.gifts]
    for number, step in enumerate(definition.gifts):
        if step.when is None:
            continue
        for path, act, wanted in _looks(data["gifts"][number]["when"], ("gifts", number, "when")):
            if mistake := _look(path, wanted, ids, number):
                found.append(mistake)
            elif definition.tracking != "by_country" and act in OBSERVED:
                found.append(_never(path, act, definition.tracking))
    if definition.gifts[0].when is not None:
        found = [mistake for mistake in found if mistake.path[:3] != ("gifts", 0, "when")]
        found.append(
            Mistake(
                "CF003",
                ("gifts", 0, "when"),
                "The first gift waits for acts on gifts that come later.",
                "Take `when` out of the first gift.",
                True,
            )
        )
    return found


def _twice(definition: CampaignDefinition) -> Iterator[Mistake]:
    seen: set[str] = set()
    for number, step in enumerate(definition.gifts):
        if step.id in seen:
            yield Mistake(
                "CF003",
                ("gifts", number, "id"),
                f"Two gifts are called `{step.id}`.",
                "Give each its own id; touches and conditions are named by it.",
            )
        seen.add(step.id)
        arms: set[str] = set()
        for place, variant in enumerate(step.variants):
            if variant.id in arms:
                yield Mistake(
                    "CF003",
                    ("gifts", number, "variants", place, "id"),
                    f"Two variants are called `{variant.id}`.",
                    "Give each its own id.",
                )
            arms.add(variant.id)
    for key in ("senders",):
        listed = getattr(definition, key)
        for place, one in enumerate(listed):
            if one in listed[:place]:
                yield Mistake("CF003", (key, place), f"`{one}` stands twice.", "Name each mailbox once.")


def _look(path: Path_, wanted: str, ids: list[str], number: int) -> Mistake | None:
    if wanted in ids[:number]:
        return None
    if wanted == ids[number]:
        return Mistake(
            "CF003", path, f"The step `{wanted}` waits for itself, so it would never begin.", "Name an earlier step."
        )
    if wanted in ids:
        return Mistake(
            "CF003",
            path,
            f"`{wanted}` comes after this step, so this would wait for something not given yet.",
            "Move that step up, or name an earlier one.",
        )
    near = get_close_matches(wanted, ids[:number], n=1)
    known = f"Did you mean `{near[0]}`?" if near else f"Earlier steps are: {', '.join(ids[:number]) or 'none'}."
    return Mistake("CF003", path, f"There is no step `{wanted}`.", known)


def _never(path: Path_, act: Act, tracking: str) -> Mistake:
    return Mistake(
        "CF004",
        path[:-1] if isinstance(path[-1], int) else path,
        f"With tracking: {tracking} nobody is seen to have {act.value}, so this can never be true.",
        "Wait for something a person does on purpose, like {useful: …}.",
        True,
    )


def _looks(node: Any, path: Path_) -> Iterator[tuple[Path_, Act, str]]:
    """Every act and step of a condition as it stands in the file, with its path."""
    for key, value in node.items():
        if key in JOINS:
            for number, inner in enumerate(value):
                yield from _looks(inner, (*path, key, number))
        elif isinstance(value, list):
            for number, step in enumerate(value):
                yield (*path, key, number), Act(key), step
        else:
            yield (*path, key), Act(key), value

"""What a step may wait for: acts on earlier steps, joined by `all`, `any` and `none`.

when: {any: [{useful: guide}, {completed: diagnostic}]}
"""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, GetJsonSchemaHandler, Tag, model_serializer, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from prospecting.campaigns.spans import shown, wrong
from prospecting.engagement.kinds import EventKind


class Act(StrEnum):
    """What a person may have done with a step's gift, in the words of a campaign file."""

    SENT = "sent"
    USED = "used"
    """Any act on the gift, but `not_for_me`."""
    VISITED = "visited"
    READ = "read"
    DOWNLOADED = "downloaded"
    WATCHED = "watched"
    USEFUL = "useful"
    SEND_NEXT = "send_next"
    COMPLETED = "completed"
    COMPARED = "compared"
    REGISTERED = "registered"
    ATTENDED = "attended"
    FORWARDED = "forwarded"
    NOT_FOR_ME = "not_for_me"
    QUESTION = "question"
    REPLIED = "replied"


EVENTS: dict[Act, tuple[EventKind, ...]] = {
    Act.SENT: (EventKind.SENT,),
    Act.VISITED: (EventKind.VISITED,),
    Act.READ: (EventKind.READ,),
    Act.DOWNLOADED: (EventKind.DOWNLOADED,),
    Act.WATCHED: (EventKind.WATCHED,),
    Act.USEFUL: (EventKind.USEFUL,),
    Act.SEND_NEXT: (EventKind.SEND_NEXT,),
    Act.COMPLETED: (EventKind.DIAGNOSTIC_COMPLETED,),
    Act.COMPARED: (EventKind.COMPARISON_ASKED,),
    Act.REGISTERED: (EventKind.REGISTERED,),
    Act.ATTENDED: (EventKind.ATTENDED,),
    Act.FORWARDED: (EventKind.FORWARDED,),
    Act.NOT_FOR_ME: (EventKind.NOT_FOR_ME,),
    Act.QUESTION: (EventKind.QUESTION,),
    Act.REPLIED: (EventKind.REPLY,),
}
"""The event kinds that make an act true of a touch."""
EVENTS[Act.USED] = tuple(
    kind for act, kinds in EVENTS.items() if act not in (Act.SENT, Act.NOT_FOR_ME) for kind in kinds
)

OBSERVED = frozenset({Act.VISITED, Act.READ, Act.DOWNLOADED, Act.WATCHED})
"""Acts that are known of nobody in the modes `none` and `declared`."""

JOINS = ("all", "any", "none")
OF_A_STEP = {"type": "string"}


class Did(BaseModel):
    """One act on one step: `{useful: guide}`; of several steps any will do: `{useful: [guide, study]}`."""

    model_config = ConfigDict(frozen=True)

    act: Act
    steps: tuple[str, ...]

    @model_validator(mode="before")
    @classmethod
    def _written(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not value:
            raise wrong(f"{shown(value)} is no condition.", "Write an act and a step, like {useful: guide}.")
        act, *more = value
        if more:
            raise wrong(
                "Two acts stand in one condition.",
                "Give each its own braces, and join them by any or all.",
                more[0],
                key=True,
            )
        if act not in list(Act):
            near = next(iter(get_close_matches(str(act), list(Act), n=1)), None)
            mend = f"Did you mean `{near}`?" if near else f"Write one of: {', '.join(Act)}."
            raise wrong(f"{shown(act)} is nothing a person can do.", mend, act, code="CF001", key=True, instead=near)
        steps = value[act] if isinstance(value[act], list) else [value[act]]
        if not steps or not all(isinstance(step, str) for step in steps):
            raise wrong(f"{shown(value[act])} is no step.", "Write the id of an earlier step.", act)
        return {"act": act, "steps": tuple(steps)}

    @model_serializer
    def _write(self) -> dict[str, Any]:
        return {self.act.value: self.steps[0] if len(self.steps) == 1 else list(self.steps)}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        step = {"anyOf": [OF_A_STEP, {"type": "array", "items": OF_A_STEP, "minItems": 1}]}
        return {
            "type": "object",
            "properties": {act.value: step for act in Act},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }


class Group(BaseModel):
    """Conditions joined: every one of `all`, at least one of `any` (if given), and nothing of `none`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    all: tuple["When", ...] = ()
    any: tuple["When", ...] = ()
    none: tuple["When", ...] = ()

    @model_validator(mode="after")
    def _not_empty(self) -> "Group":
        if not (self.all or self.any or self.none):
            raise wrong("Nothing is joined here.", "Write at least one condition in the list, or leave `when` out.")
        return self

    @model_serializer
    def _write(self) -> dict[str, Any]:
        return {join: list(getattr(self, join)) for join in JOINS if getattr(self, join)}


def _form(value: Any) -> str:
    if isinstance(value, Group):
        return "group"
    return "group" if isinstance(value, dict) and any(join in value for join in JOINS) else "act"


When = Annotated[Annotated[Did, Tag("act")] | Annotated[Group, Tag("group")], Discriminator(_form)]
Group.model_rebuild()


def holds(when: Did | Group, did: Callable[[Act, str], bool]) -> bool:
    """Whether `when` is fulfilled; `did(act, step)` says what the person did with the gift of that step."""
    if isinstance(when, Did):
        return any(did(when.act, step) for step in when.steps)
    return (
        all(holds(one, did) for one in when.all)
        and (not when.any or any(holds(one, did) for one in when.any))
        and not any(holds(one, did) for one in when.none)
    )


def acts(when: Did | Group) -> Iterator[tuple[Act, str]]:
    """Every act and step that `when` looks at."""
    if isinstance(when, Did):
        for step in when.steps:
            yield when.act, step
        return
    for one in (*when.all, *when.any, *when.none):
        yield from acts(one)

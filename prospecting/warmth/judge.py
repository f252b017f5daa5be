"""Human or machine: how likely a person did each act, from documented signs. Pure functions of one person's acts.

Strong signs are enough alone; weak ones never are. Where nobody is observed there are no agents and networks, so that
only presses and writing can be judged. A judgement may change when other acts become known: it is made of all of a
person's acts together, in whatever order they arrived.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from math import prod
from typing import Any

from prospecting.engagement.kinds import GESTURES, REPLIES_THAT_RAISE_A_HAND, WEIGHTS, EventKind, Nature
from prospecting.warmth.agents import looks_odd, says_so
from prospecting.warmth.rules import Rules

COUNTS = 0.5
"""Below it an act weighs exactly nothing."""
DELIBERATE = 0.8
"""From it on a deliberate act counts as one."""

JUDGED = frozenset(kind for kind, weight in WEIGHTS.items() if weight.nature is not Nature.RECORD)
NOT_AT_A_PAGE = frozenset({EventKind.REPLY, EventKind.ATTENDED})
"""Acts whose instant is that of a mailbox or a list, not of a request."""
AT_A_PAGE = JUDGED - NOT_AT_A_PAGE
VISITED = frozenset({EventKind.VISITED, EventKind.DOWNLOADED})
OBSERVED = frozenset(kind for kind, weight in WEIGHTS.items() if weight.nature is Nature.OBSERVED)


@dataclass(frozen=True)
class Act:
    """One event, as far as a judgement needs it. `facts` may hold agent, network, method, link, trap, javascript,
    datacentre, reply, share."""

    id: uuid.UUID
    at: datetime
    kind: EventKind
    touch_id: int | None = None
    gift: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pressed(self) -> bool:
        return self.kind in AT_A_PAGE and self.kind not in OBSERVED

    @property
    def link(self) -> tuple[Any, ...]:
        """What was opened: the link's own name where it is recorded, else the gift of the touch."""
        return (
            ("link", self.touch_id, self.facts["link"]) if "link" in self.facts else ("gift", self.touch_id, self.gift)
        )


@dataclass(frozen=True)
class Verdict:
    """How likely a person did it, and by which signs; `redeemed` if a later or earlier act spoke for the person."""

    likelihood: float
    signs: tuple[str, ...] = ()
    redeemed: bool = False

    @property
    def counts(self) -> bool:
        return self.likelihood >= COUNTS

    @property
    def deliberate(self) -> bool:
        return self.likelihood >= DELIBERATE


def judge(
    acts: Sequence[Act],
    rules: Rules,
    *,
    company: frozenset[uuid.UUID] = frozenset(),
    accepted: Mapping[int, datetime] | None = None,
) -> dict[uuid.UUID, Verdict]:
    """A verdict for each of one person's `acts` that can be judged, by its id.

    `company`: those that fell into the same second as a colleague's; `accepted`: touch id → when the receiving server
    accepted its message.
    """
    ordered = sorted(acts, key=lambda act: (act.at, act.id))
    signs: dict[uuid.UUID, set[str]] = {act.id: set() for act in ordered if act.kind in JUDGED}
    for name, find in _finders(rules, company, accepted or {}).items():
        for act in find(ordered):
            if act.id in signs:
                signs[act.id].add(name)
    _mark_same_machine(ordered, signs)
    weak = {act.id: _weak_signs(act, rules, accepted or {}) for act in ordered if act.id in signs}
    speaking = _redeemers(ordered, signs, weak)
    return {
        act.id: _verdict(act, tuple(sorted(signs[act.id])), weak[act.id], speaking, rules)
        for act in ordered
        if act.id in signs
    }


Finder = Callable[[Sequence[Act]], Iterable[Act]]


def _finders(rules: Rules, company: frozenset[uuid.UUID], accepted: Mapping[int, datetime]) -> dict[str, Finder]:
    """Each strong sign by name, with what finds the acts concerned among a person's acts in order."""
    sign = rules.signs
    return {
        "says_so": lambda acts: (act for act in acts if says_so(str(act.facts.get("agent", "")))),
        "head": lambda acts: (act for act in acts if str(act.facts.get("method", "")).upper() == "HEAD"),
        "trap": lambda acts: (act for act in acts if act.facts.get("trap")),
        "links_at_once": lambda acts: _crowded(
            _at_pages(acts),
            sign["links_at_once"].within,
            sign["links_at_once"].count,
            lambda act: act.link if act.kind in VISITED else None,
        ),
        "networks": lambda acts: _crowded(
            _at_pages(acts), sign["networks"].within, sign["networks"].count, lambda act: act.facts.get("network")
        ),
        "objection_and_content": lambda acts: _beside_objection(acts, sign["objection_and_content"].within, OBSERVED),
        "company_second": lambda acts: (act for act in acts if act.id in company and act.kind in AT_A_PAGE),
        "gestures_at_once": lambda acts: _gestures_at_once(acts, sign["gestures_at_once"].within, 2),
        "many_gestures_at_once": lambda acts: _gestures_at_once(
            acts, sign["many_gestures_at_once"].within, sign["many_gestures_at_once"].count
        ),
        "contradiction": lambda acts: _contradictions(acts, sign["contradiction"].within),
        "gesture_and_objection": lambda acts: _beside_objection(
            acts, sign["gesture_and_objection"].within, frozenset(GESTURES)
        ),
        "always_at_once": lambda acts: _always_at_once(
            acts, sign["always_at_once"].within, sign["always_at_once"].count, accepted=accepted
        ),
    }


def _at_pages(acts: Sequence[Act]) -> list[Act]:
    return [act for act in acts if act.kind in AT_A_PAGE]


def _crowded(acts: Sequence[Act], within: timedelta, count: int, what: Callable[[Act], Any]) -> list[Act]:
    """Every act inside a span of `within` that holds `count` different values of `what` (None does not count)."""
    found: dict[uuid.UUID, Act] = {}
    first = 0
    for last, act in enumerate(acts):
        while act.at - acts[first].at > within:
            first += 1
        inside = acts[first : last + 1]
        if len({value for each in inside if (value := what(each)) is not None}) >= count:
            found |= {each.id: each for each in inside}
    return list(found.values())


def _gestures_at_once(acts: Sequence[Act], within: timedelta, count: int) -> list[Act]:
    """Presses of one touch, `count` different ones within the span."""
    by_touch: dict[int, list[Act]] = {}
    for act in acts:
        if act.kind in GESTURES and act.touch_id is not None:
            by_touch.setdefault(act.touch_id, []).append(act)
    return [act for presses in by_touch.values() for act in _crowded(presses, within, count, lambda each: each.kind)]


def _contradictions(acts: Sequence[Act], within: timedelta) -> Iterable[Act]:
    """*Useful* (or *send me the next one*) and *not for me*, of one touch."""
    contrary = (EventKind.USEFUL, EventKind.SEND_NEXT)
    for one, other in combinations([act for act in acts if act.kind in (*contrary, EventKind.NOT_FOR_ME)], 2):
        opposed = (one.kind == EventKind.NOT_FOR_ME) != (other.kind == EventKind.NOT_FOR_ME)
        if opposed and one.touch_id is not None and one.touch_id == other.touch_id and other.at - one.at <= within:
            yield from (one, other)


def _beside_objection(acts: Sequence[Act], within: timedelta, kinds: frozenset[EventKind]) -> Iterable[Act]:
    objected = [act.at for act in acts if act.kind == EventKind.OBJECTED]
    return (act for act in acts if act.kind in kinds and any(abs(act.at - at) <= within for at in objected))


def _always_at_once(
    acts: Sequence[Act], within: timedelta, touches: int, *, accepted: Mapping[int, datetime]
) -> Iterable[Act]:
    """Presses that came right after acceptance on several touches, while none ever came later: no person is so prompt."""
    timed = [act for act in acts if act.kind in GESTURES and act.touch_id in accepted]
    prompt = all(timedelta(0) <= act.at - accepted[act.touch_id or 0] <= within for act in timed)
    return timed if prompt and len({act.touch_id for act in timed}) >= touches else []


def _mark_same_machine(acts: Sequence[Act], signs: dict[uuid.UUID, set[str]]) -> None:
    """What came from the network and agent of an act that a strong sign told, told as well.

    Presses are left out: a proxy on the company's own premises shares its network with the people behind it.
    """
    telling = {"says_so", "head", "links_at_once", "networks", "objection_and_content"}
    machines = {_origin(act) for act in acts if act.id in signs and signs[act.id] & telling and act.kind in OBSERVED}
    for act in acts:
        if act.kind in OBSERVED and not signs[act.id] & telling and _origin(act) in machines - {None}:
            signs[act.id].add("same_machine")


def _origin(act: Act) -> tuple[str, str] | None:
    network, agent = act.facts.get("network"), act.facts.get("agent")
    return (str(network), str(agent)) if network and agent else None


def _weak_signs(act: Act, rules: Rules, accepted: Mapping[int, datetime]) -> tuple[str, ...]:
    """Signs that are never enough alone; None of them can be known of an act that carries no facts of a visit."""
    if act.kind not in AT_A_PAGE or not {"agent", "network", "datacentre", "javascript"} & act.facts.keys():
        return ()
    soon = act.touch_id in accepted and timedelta(0) <= act.at - accepted[act.touch_id or 0] <= rules.at_once
    there = {
        "datacentre": bool(act.facts.get("datacentre")),
        "at_once": soon,
        "odd_agent": "agent" in act.facts and looks_odd(str(act.facts["agent"])),
        "no_scripts": act.facts.get("javascript") is False,
    }
    return tuple(name for name in rules.weak if there.get(name))


@dataclass(frozen=True)
class _Redeemer:
    at: datetime
    by: str


def _redeemers(
    acts: Sequence[Act], signs: Mapping[uuid.UUID, set[str]], weak: Mapping[uuid.UUID, tuple[str, ...]]
) -> list[_Redeemer]:
    """What speaks for a person behind the address: written replies, and presses that nothing speaks against."""
    found = []
    for act in acts:
        if act.kind == EventKind.REPLY and act.facts.get("reply") in REPLIES_THAT_RAISE_A_HAND:
            found.append(_Redeemer(act.at, "reply"))
        elif act.pressed and act.kind != EventKind.NOT_FOR_ME and not signs[act.id] and not weak[act.id]:
            found.append(_Redeemer(act.at, "press"))
    return found


def _verdict(
    act: Act, signs: tuple[str, ...], weak: tuple[str, ...], speaking: Sequence[_Redeemer], rules: Rules
) -> Verdict:
    likelihood = prod(rules.signs[name].puts for name in signs)
    if weak:
        likelihood *= rules.weak_puts[min(len(weak), max(rules.weak_puts))]
    if signs and not weak and any(_redeems(each, act, signs, rules) for each in speaking):
        return Verdict(rules.redeemed, signs, redeemed=True)
    return Verdict(likelihood, (*signs, *weak))


def _redeems(redeemer: _Redeemer, act: Act, signs: tuple[str, ...], rules: Rules) -> bool:
    if not act.pressed or any(redeemer.by not in rules.signs[name].redeemed_by for name in signs):
        return False
    far = abs(redeemer.at - act.at) >= rules.another_day and redeemer.at.date() != act.at.date()
    return redeemer.by == "reply" or far

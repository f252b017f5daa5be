"""WM001, WM002, WM003: whether the bar can be reached, by more than one act, with what may be known here."""

from collections.abc import Iterator
from dataclasses import dataclass

from prospecting.campaigns.lint.case import Case
from prospecting.content.models import GiftKind
from prospecting.engagement.kinds import WEIGHTS, EventKind, Mode
from prospecting.findings import Finding

EVERY = (EventKind.USEFUL, EventKind.SEND_NEXT, EventKind.FORWARDED)
OF_KIND: dict[str, tuple[EventKind, ...]] = {
    GiftKind.DIAGNOSTIC: (EventKind.DIAGNOSTIC_COMPLETED, EventKind.COMPARISON_ASKED),
    GiftKind.MASTER_CLASS: (EventKind.REGISTERED, EventKind.ATTENDED),
    GiftKind.FILE: (EventKind.DOWNLOADED,),
    GiftKind.VIDEO: (EventKind.WATCHED,),
}
SEEN = (EventKind.VISITED, EventKind.READ)
BY_LETTER = (EventKind.REPLY,)
"""All that a person can do in mode `none`."""


@dataclass(frozen=True)
class Acts:
    """What one gift can move a person to, in one mode; a hand raised needs no bar and is not counted."""

    kinds: tuple[EventKind, ...]

    @property
    def points(self) -> float:
        return sum(WEIGHTS[kind].points for kind in self.kinds)

    @property
    def most(self) -> float:
        return max((WEIGHTS[kind].points for kind in self.kinds if WEIGHTS[kind].deliberate), default=0)

    @property
    def deliberate(self) -> int:
        return sum(WEIGHTS[kind].deliberate for kind in self.kinds)


def warmth(case: Case) -> Iterator[Finding]:
    """Whether the bar makes sense."""
    if case.definition.invitation is None:
        return
    warm, place = case.definition.warm, _place(case)
    best = _reached(case, Mode.FULL)
    needed = warm.at_least.deliberate
    if needed > sum(acts.deliberate for acts in _acts(case, Mode.FULL)):
        yield case.at(
            "WM001",
            ("warm", "at_least", "deliberate"),
            f"Nobody can do {needed} deliberate acts with these gifts.",
            "Ask for fewer, or add gifts.",
        )
    if best < warm.points:
        yield case.at(
            "WM001",
            place,
            f"Who did everything would reach {best:.0f} of the {warm.points:.0f} points, so nobody becomes warm.",
            "Lower the bar, add gifts, or let warmth last longer (half_life).",
        )
        return
    yield from _modes(case)
    once = max((acts.most for acts in _acts(case, Mode.FULL)), default=0)
    if needed < 2 and warm.points <= once:
        yield case.at(
            "WM002",
            place,
            f"A single act weighs {once:.0f} points and passes this bar of {warm.points:.0f}.",
            "Raise the bar, or ask for two acts: at_least: {deliberate: 2}.",
            severity="warning",
        )


def _modes(case: Case) -> Iterator[Finding]:
    if case.audience is None or not case.audience.size:
        return
    points = case.definition.warm.points
    short = {mode: count for mode, count in case.audience.modes.items() if _reached(case, mode) < points}
    if short:
        count, names = sum(short.values()), ", ".join(sorted(mode.value for mode in short))
        yield case.at(
            "WM003",
            _place(case),
            f"{count} of {case.audience.size} people cannot reach {points:.0f} points in their tracking mode ({names}).",
            "Lower the bar, or add gifts on which people can act.",
            severity="error" if count == case.audience.size else "warning",
        )


def _place(case: Case) -> tuple[str, ...]:
    return ("warm", "bar") if isinstance(case.document.data.get("warm"), dict) else ("invitation",)


def _acts(case: Case, mode: Mode) -> list[Acts]:
    """For each step what the most generous of its gifts can move to."""
    found = []
    for step in case.definition.gifts:
        kinds = {gift.kind for slug in step.gifts for gift in case.gifts.get(slug, ())} or {str(GiftKind.ARTICLE)}
        found.append(max((_of(kind, mode) for kind in kinds), key=lambda acts: acts.points))
    return found


def _of(kind: str, mode: Mode) -> Acts:
    if mode is Mode.NONE:
        return Acts(BY_LETTER)
    every = (*EVERY, *OF_KIND.get(kind, ()), *SEEN)
    return Acts(tuple(one for one in every if mode.observes or WEIGHTS[one].deliberate))


def _reached(case: Case, mode: Mode) -> float:
    """The most points anybody can have at any time who does everything at once; cooling between the gifts counts."""
    half_life, total, best = case.definition.warm.half_life.count, 0.0, 0.0
    for number, (step, acts) in enumerate(zip(case.definition.gifts, _acts(case, mode), strict=True)):
        if number:
            days = max(step.after.count if step.after else 0, case.definition.pace.min_days_between)
            total *= 2 ** (-days / half_life)
        total += acts.points
        best = max(best, total)
    return best

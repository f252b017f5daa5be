"""How a plan is shown: who would get what when, the weeks at a glance, the mailboxes' days, who is left out and why."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from prospecting.campaigns.preview import PlannedTouch, Preview, Who
from prospecting.campaigns.saying import WORDS
from prospecting.words import on

FIRST_PEOPLE = 10
MOST_DAYS = 60
WIDEST_NAME, WIDEST_MOMENT, WIDEST_ZONE = 34, 22, 18
"""Characters; what a line of a person and their gifts takes."""

SHADES = ("on default", "on color(22)", "on color(28)", "on color(34)", "on color(40)")
"""From nothing to the fullest day."""


def as_data(plan: Preview) -> dict[str, Any]:
    """The plan as JSON gives it: local days and hours beside instants in ISO 8601."""
    return {
        "campaign": plan.campaign,
        "people": plan.people,
        "matched": plan.matched,
        "begin_at_once": plan.first_ones,
        "left_out": plan.left_out,
        "unknown": [{"field": one.field, "people": one.people, "kept": one.kept} for one in plan.unknown],
        "zones": plan.zones,
        "upper_bound": bool(plan.conditional),
        "conditional": plan.conditional,
        "first": plan.touches[0].due_at.isoformat() if plan.touches else None,
        "last": plan.touches[-1].due_at.isoformat() if plan.touches else None,
        "days": {day.isoformat(): count for day, count in plan.days.items()},
        "mailboxes": [
            {"mailbox": load.mailbox, "day": load.day.isoformat(), "messages": load.messages, "limit": load.limit}
            for load in plan.loads
        ],
        "ends": plan.ends,
        "touches": [_touch(plan, touch) for touch in plan.touches],
    }


def _touch(plan: Preview, touch: PlannedTouch) -> dict[str, Any]:
    who = plan.who[touch.prospect_id]
    return {
        "prospect": who.name,
        "address": who.address,
        "organisation": who.organisation,
        "step": touch.step,
        "gifts": list(touch.gifts),
        "day": touch.local.date().isoformat(),
        "hour": f"{touch.local:%H:%M}",
        "zone": touch.zone,
        "due_at": touch.due_at.isoformat(),
        "mailbox": touch.mailbox,
        "conditional": touch.conditional,
    }


def show(plan: Preview, console: Console, language: str) -> None:
    """Print the plan for a person to read."""

    def say(key: str, **values: Any) -> str:
        return WORDS.say(language, f"plan.{key}", **values)

    console.print(say("people", n=plan.people, matched=plan.matched), style="bold")
    if plan.first_ones < plan.people:
        console.print(say("first_ones", n=plan.first_ones))
    for part in _parts(plan, language, width=console.width):
        console.print()
        console.print(part)


def _parts(plan: Preview, language: str, *, width: int) -> Iterator[RenderableType]:
    if plan.left_out or plan.unknown:
        yield left_out(plan, language)
    if plan.touches:
        yield heat_map(plan.days, language)
        yield first_people(plan, language, width=width)
        yield mailboxes(plan, language)
        yield Group(*notes(plan, language))


def left_out(plan: Preview, language: str) -> Table:
    """Who is left out, by reason, and of whom something is not known."""
    table = Table(title=WORDS.say(language, "plan.left_out"), show_header=False, box=None, title_justify="left")
    table.add_column(justify="right")
    table.add_column()
    for why, count in plan.left_out.items():
        table.add_row(str(count), WORDS.say(language, f"left_out.{why}"))
    for unknown in plan.unknown:
        table.add_row(
            str(unknown.people),
            WORDS.say(language, f"plan.unknown_{'kept' if unknown.kept else 'dropped'}", field=unknown.field),
        )
    return table


def heat_map(days: dict[date, int], language: str) -> Table:
    """Touches on each local day: a line a week, the fuller the brighter."""
    table = Table(title=WORDS.say(language, "plan.heat_map"), box=None, title_justify="left")
    table.add_column("")
    first = min(days) - timedelta(days=min(days).weekday())
    for weekday in range(7):
        table.add_column(on(first + timedelta(days=weekday), language, "EEE"), justify="right", min_width=5)
    table.add_column("Σ", justify="right")
    most = max(days.values())
    monday = first
    while monday <= max(days):
        counts = [days.get(monday + timedelta(days=weekday), 0) for weekday in range(7)]
        if any(counts):
            table.add_row(on(monday, language, "d MMM"), *(_shaded(count, most) for count in counts), str(sum(counts)))
        monday += timedelta(days=7)
    return table


def _shaded(count: int, most: int) -> Text:
    shade = -(-count * (len(SHADES) - 1) // most)
    return Text(f"{count:>4} " if count else "   · ", style=SHADES[shade])


def first_people(plan: Preview, language: str, *, width: int) -> Table:
    """The first people, and when each gift would reach them, in their own time; one line a person where it fits."""
    gifts = {touch.step: " | ".join(touch.gifts) for touch in plan.touches}
    people = _by_person(plan.touches)
    title = WORDS.say(language, "plan.first_people", n=len(people))
    table = Table(title=title, box=None, title_justify="left", caption_justify="left")
    table.add_column(WORDS.say(language, "plan.person"), overflow="ellipsis", no_wrap=True, max_width=WIDEST_NAME)
    table.caption = "   ".join(f"{step}: {gift}" for step, gift in gifts.items())
    if width < WIDEST_NAME + WIDEST_ZONE + WIDEST_MOMENT * len(gifts):
        return _one_line_a_gift(table, plan, people, language)
    for step in gifts:
        table.add_column(step, no_wrap=True)
    table.add_column(WORDS.say(language, "plan.zone"), no_wrap=True)
    for who, mine in people:
        when = {touch.step: _when(touch, language) for touch in mine}
        table.add_row(_name(plan.who[who]), *(when.get(step, "–") for step in gifts), mine[0].zone)
    return table


def _one_line_a_gift(
    table: Table, plan: Preview, people: Sequence[tuple[int, list[PlannedTouch]]], language: str
) -> Table:
    for key in ("gift", "when", "zone"):
        table.add_column(WORDS.say(language, f"plan.{key}"), no_wrap=True, overflow="ellipsis")
    for who, mine in people:
        for number, touch in enumerate(mine):
            name = "" if number else _name(plan.who[who])
            table.add_row(name, touch.step, _when(touch, language), "" if number else touch.zone)
    return table


def _name(who: Who) -> str:
    return who.name + (f", {who.organisation}" if who.organisation else "")


def _by_person(touches: Sequence[PlannedTouch]) -> list[tuple[int, list[PlannedTouch]]]:
    first = list(dict.fromkeys(touch.prospect_id for touch in touches))[:FIRST_PEOPLE]
    place = {who: number for number, who in enumerate(first)}
    mine = sorted(
        (touch for touch in touches if touch.prospect_id in place), key=lambda touch: place[touch.prospect_id]
    )
    return [(who, list(theirs)) for who, theirs in groupby(mine, key=lambda touch: touch.prospect_id)]


def _when(touch: PlannedTouch, language: str) -> str:
    return on(touch.local.date(), language, "EEE d MMM") + f" {touch.local:%H:%M}" + ("*" if touch.conditional else "")


def mailboxes(plan: Preview, language: str) -> Table:
    """What each mailbox would send a day (UTC), against what it may."""
    slugs = sorted({load.mailbox for load in plan.loads})
    table = Table(title=WORDS.say(language, "plan.mailboxes"), box=None, title_justify="left")
    table.add_column(WORDS.say(language, "plan.day"))
    for slug in slugs:
        table.add_column(slug, justify="right")
    days: dict[date, dict[str, str]] = {}
    for load in plan.loads:
        days.setdefault(load.day, {})[load.mailbox] = f"{load.messages} / {load.limit}"
    listed = sorted(days)
    for day in listed[:MOST_DAYS]:
        table.add_row(on(day, language, "EEE d MMM y"), *(days[day].get(slug, "") for slug in slugs))
    if len(listed) > MOST_DAYS:
        table.caption = WORDS.say(language, "plan.more_days", n=len(listed) - MOST_DAYS)
    return table


def notes(plan: Preview, language: str) -> Iterator[str]:
    """What must be known to read the plan rightly."""

    def say(key: str, **values: Any) -> str:
        return WORDS.say(language, f"plan.{key}", **values)

    first, last = plan.touches[0].local, plan.touches[-1].local
    yield say("from_to", n=len(plan.touches), first=on(first.date(), language), last=on(last.date(), language))
    if plan.conditional:
        yield say("upper_bound", n=plan.conditional)
    for why, count in Counter(plan.ends).most_common():
        yield say(f"ends_{why}", n=count)
    known = ", ".join(f"{WORDS.say(language, f'zone.{how}')} {count}" for how, count in plan.zones.items())
    yield say("zones", known=known)

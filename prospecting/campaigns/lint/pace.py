"""PA001, PA002, CA001, CA002: whether what is written can leave at all, in time, at a civil pace."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from prospecting.campaigns.calendar import Windows
from prospecting.campaigns.closed import Closed
from prospecting.campaigns.lint.case import Case
from prospecting.campaigns.people import calendar_for
from prospecting.content.models import GiftKind
from prospecting.engagement.kinds import Mode
from prospecting.findings import Finding
from prospecting.senders.limits import facts
from prospecting.senders.ramp import cap_on

FOREIGN = (GiftKind.LINK, GiftKind.VIDEO)
PATIENCE = timedelta(days=180)
"""How long after its natural length a campaign without an end may still be sending."""
WORKING_DAYS_A_WEEK = 5


def pace(case: Case) -> Iterator[Finding]:
    """Everything about time and limits."""
    yield from _floor(case)
    yield from _windows(case)
    yield from _limits(case)
    yield from _addresses(case)


def _floor(case: Case) -> Iterator[Finding]:
    given, floor = case.definition.pace, case.settings
    if given.min_days_between < floor.min_days_between:
        yield case.at(
            "PA001",
            ("pace", "min_days_between"),
            f"A gap of {given.min_days_between} between two messages is under the floor of {floor.min_days_between} days.",
            f"Write {floor.min_days_between} or more; nobody likes to be chased.",
        )
    if given.max_per_30_days > floor.max_per_30_days:
        yield case.at(
            "PA001",
            ("pace", "max_per_30_days"),
            f"{given.max_per_30_days} messages in 30 days are more than the {floor.max_per_30_days} allowed here.",
            f"Write {floor.max_per_30_days} or fewer.",
        )


def _windows(case: Case) -> Iterator[Finding]:
    rules = case.rules
    if not Windows.of(rules.days, rules.hours).hours:
        yield case.at(
            "CA001",
            ("calendar", "hours"),
            "These hours lie outside of 07:00 to 21:00, when nothing may leave.",
            "Write civil hours, like 08:30-11:30.",
        )
        return
    start = _start(case)
    homes = case.audience.homes if case.audience else {}
    never = {
        home: count
        for home, count in homes.items()
        if next(calendar_for(rules, home.zone.key, home.country, home.subdivision).openings(start), None) is None
    }
    if never and case.audience:
        zones = ", ".join(sorted({home.zone.key for home in never}))
        everybody = sum(never.values()) == case.audience.size
        path = ("calendar", "hours") if "calendar" in case.document.data else ()
        yield case.at(
            "CA001",
            path,
            f"No window ever opens for {sum(never.values())} of {case.audience.size} people ({zones}).",
            "Widen hours and days, shorten the quiet spans, or say timezone: prospect.",
            severity="error" if everybody else "warning",
        )
    elif not homes and not _any_day(case, start.date()):
        yield case.at(
            "CA001",
            ("calendar", "quiet"),
            "No day of the year is left on which a message may leave.",
            "Shorten the quiet spans.",
        )


def _limits(case: Case) -> Iterator[Finding]:
    """PA002. An upper bound: conditions may skip gifts, holidays take days away."""
    boxes = [facts(case.mailboxes[slug]) for slug in case.definition.senders if slug in case.mailboxes]
    if case.audience is None or not boxes:
        return
    start, definition = _start(case).date(), case.definition
    wanted = case.audience.size * len(definition.gifts)
    last = definition.ends or start + _length(case) + PATIENCE
    possible = 0
    for day in _open_days(case, start, last):
        possible += sum(cap_on(box, day) for box in boxes)
        if possible >= wanted:
            return
    if not possible:  # nothing ever opens: CA001 says so
        return
    ends = f"by {last}, its end" if definition.ends else f"by {last}"
    yield case.at(
        "PA002",
        ("ends",) if definition.ends else ("senders",),
        f"{case.audience.size} people and {len(definition.gifts)} gifts make {wanted} messages; the senders' limits allow {possible} {ends}.",
        "Narrow the audience, add a mailbox, or take more time.",
        severity="error" if definition.ends else "warning",
    )


def _addresses(case: Case) -> Iterator[Finding]:
    if reachable(case.settings.public_url):
        return
    shown = case.settings.public_url or "none"
    modes = case.audience.modes if case.audience else {}
    if case.definition.tracking != "none" and any(mode is not Mode.NONE for mode in modes or [Mode.DECLARED]):
        yield case.at(
            "CA002",
            ("tracking",),
            f"Gestures need a public https address, and public_url is {shown}.",
            "Set public_url in prospecting.toml, or write tracking: none.",
        )
    for _, _, slug, path in case.given():
        kinds = {gift.kind for gift in case.gifts.get(slug, ())}
        if kinds - set(FOREIGN):
            yield case.at(
                "CA002",
                path,
                f"`{slug}` is a page of ours, and public_url is {shown}.",
                "Set public_url in prospecting.toml to your https address, or give links and videos only.",
            )


def reachable(url: str) -> bool:
    """Whether readers could open `url`: https, or this machine's own address, as in the demo."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return parts.scheme in ("http", "https")
    try:
        return parts.scheme in ("http", "https") and ip_address(host).is_loopback
    except ValueError:
        return parts.scheme == "https" and "." in host


def _start(case: Case) -> datetime:
    first = case.definition.starts
    return max(case.now, datetime.combine(first, time(0), UTC)) if first else case.now


def _length(case: Case) -> timedelta:
    """How long one person's way through the gifts takes at most, roughly."""
    days = 0.0
    for step in case.definition.gifts:
        for span in (step.after, step.wait if step.when else None):
            days += span.count * (7 / WORKING_DAYS_A_WEEK if span.working else 1) if span else 0
    return timedelta(days=days + case.definition.pace.min_days_between * len(case.definition.gifts))


def _open_days(case: Case, first: date, last: date) -> Iterator[date]:
    closed = Closed((), case.rules.quiet)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day.weekday() in case.rules.days and day not in closed:
            yield day


def _any_day(case: Case, first: date) -> bool:
    return next(_open_days(case, first, first + timedelta(days=366)), None) is not None

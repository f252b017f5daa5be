"""The team: who they are, in which hours they work, when they may be told something."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.documents import Document
from prospecting.findings import Finding
from prospecting.prospects.addresses import BadAddress, normalise
from prospecting.prospects.places import is_zone
from prospecting.senders.entries import Entry, entries, refuse_twice
from prospecting.senders.models import Role, User

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
SPAN = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(?:([01]\d|2[0-3]):[0-5]\d|24:00)")
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
USER_KEYS = ("handle", "name", "address", "zone", "language", "hours", "digest", "second_digest", "role", "active")
WORKING_DAYS = range(5)
"""Monday to Friday."""


def user(session: Session, handle: str) -> User | None:
    """Who in the team is called so."""
    return session.scalar(select(User).where(User.handle == handle))


def users(session: Session) -> Sequence[User]:
    """Everybody of the team who is active, by handle."""
    return session.scalars(select(User).where(User.active).order_by(User.handle)).all()


def load_team(session: Session, document: Document, *, now: datetime) -> list[Finding]:
    """Bring the users of team.yaml in (new ones added, known ones changed); with findings nothing is changed."""
    del now  # part of the loaders' common form
    findings: list[Finding] = []
    read = [(entry, _user(entry)) for entry in entries(document, findings, "user")]
    refuse_twice(((entry, key, values[key]) for entry, values in read for key in ("handle", "address")), findings)
    owners = {row.address: row.handle for row in session.execute(select(User.address, User.handle))}
    coming = {values["handle"] for _, values in read}
    for entry, values in read:
        owner = owners.get(values["address"])
        if owner not in (None, values["handle"]) and owner not in coming:
            entry.wrong(
                "address", f"{values['address']} is {owner}'s address.", "Give each user their own.", code="CF003"
            )
    if findings:
        return findings
    known = {one.handle: one for one in session.scalars(select(User))}
    _make_way(
        session,
        [known[v["handle"]] for _, v in read if v["handle"] in known and known[v["handle"]].address != v["address"]],
    )
    for _, values in read:
        if values["handle"] not in known:
            session.add(User(**values))
        else:
            for name, value in values.items():
                setattr(known[values["handle"]], name, value)
    session.flush()
    return []


def in_hours(user: User, now: datetime) -> bool:
    """Whether `user` is at work: Monday to Friday, within one of their local spans."""
    local = now.astimezone(ZoneInfo(user.zone))
    minutes = local.hour * 60 + local.minute
    spans = ([_minutes(end) for end in span.split("-")] for span in user.hours)
    return local.weekday() in WORKING_DAYS and any(start <= minutes < end for start, end in spans)


def next_digest_at(user: User, after: datetime) -> datetime:
    """The first instant after `after` at which `user` wants the day's digest: their hour, Monday to Friday, in UTC."""
    return _next_at(user.digest_at, user.zone, after)


def next_second_digest_at(user: User, after: datetime) -> datetime:
    """The same for the second one, which is sent only if a hand was raised since the first."""
    return _next_at(user.second_digest_at, user.zone, after)


def _next_at(clock: str, zone: str, after: datetime) -> datetime:
    where = ZoneInfo(zone)
    day = after.astimezone(where).date()
    while True:
        instant = _instant(day, clock, where)
        if instant > after and day.weekday() in WORKING_DAYS:
            return instant
        day += timedelta(days=1)


def _instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """`clock` of a local day in UTC; of a time that comes twice in autumn the first."""
    # fold=0 reads a time that spring skips with the offset before the gap: it comes out as far after the gap.
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=zone).astimezone(UTC)


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _user(entry: Entry) -> dict[str, Any]:
    entry.known(USER_KEYS)
    handle = entry.matching("handle", SLUG, "Small letters, digits and hyphens, 40 at most.", required=True)
    return {
        "handle": handle,
        "name": entry.text("name", longest=120, required=True),
        "address": address_in(entry),
        "zone": zone_in(entry),
        "language": entry.matching("language", LANGUAGE, "Write a language's code, like fr or en.") or "en",
        "hours": _hours(entry),
        "digest_at": entry.matching("digest", CLOCK, 'Write an hour like "08:30".') or "08:30",
        "second_digest_at": entry.matching("second_digest", CLOCK, 'Write an hour like "14:00".') or "14:00",
        "role": entry.one_of("role", [role.value for role in Role], unless=Role.SALES),
        "active": _yes(entry),
    }


def address_in(entry: Entry) -> str | None:
    """The entry's mail address, normalised."""
    text = entry.text("address", longest=254, required=True)
    try:
        return normalise(text) if text else None
    except BadAddress as bad:
        entry.wrong("address", f'"{text}" is no mail address: {bad}.', "Write one bare address.")
        return None


def zone_in(entry: Entry) -> str:
    """The entry's zone, UTC unless given."""
    zone = entry.text("zone", longest=64) or "UTC"
    if not is_zone(zone):
        entry.wrong("zone", f'There is no zone "{zone}".', "Write one like Europe/Paris.", code="CF003")
    return zone


def _hours(entry: Entry) -> list[str]:
    given = entry.values.get("hours", ["09:00-17:00"])
    spans = [given] if isinstance(given, str) else given
    if not isinstance(spans, list) or not spans:
        entry.wrong("hours", "hours is no list of spans.", 'Write it like ["09:00-12:00", "14:00-17:00"].')
        return []
    for span in spans:
        if (
            not isinstance(span, str)
            or not SPAN.fullmatch(span)
            or len({*span.split("-")}) == 1
            or span.split("-")[0] > span.split("-")[1]
        ):
            entry.wrong(
                "hours", f'hours cannot hold "{span}".', 'Write a span like "09:00-17:00", its end after its start.'
            )
    return [str(span) for span in spans]


def _yes(entry: Entry) -> bool:
    value = entry.values.get("active", True)
    if not isinstance(value, bool):
        entry.wrong("active", f'active cannot be "{value}".', "Write true or false.")
    return bool(value)


def _make_way(session: Session, changing: list[User]) -> None:
    """Two users may swap addresses in one file; unique addresses want a step between."""
    for one in changing:
        one.address = f"{one.handle}@changing.invalid"
    session.flush()

"""What the planner needs to know of people, read for a whole batch at once; the preview reads the same."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.campaigns.calendar import Calendar, calendar_of
from prospecting.campaigns.closed import Closed
from prospecting.campaigns.form import CalendarRules, CampaignDefinition
from prospecting.db.functions import among
from prospecting.engagement import modes
from prospecting.engagement.kinds import Mode
from prospecting.prospects.models import Organisation, Prospect, Standing, Suppression
from prospecting.prospects.places import ZoneFrom, language_of, zone_of
from prospecting.senders.models import User

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True)
class Place:
    """Where an organisation is."""

    language: str | None
    zone: str | None
    country: str | None


@dataclass(frozen=True)
class Person:
    """A prospect as far as planning goes; plain values."""

    id: int
    domain: str
    first_name: str | None
    last_name: str | None
    language: str | None
    zone: str | None
    country: str | None
    subdivision: str | None
    organisation_id: int | None
    organisation: Place | None
    business: bool
    """Their organisation is a customer or holds an open proposal."""
    tracking_wish: bool | None
    wish_days_between: int | None
    next_allowed_at: datetime | None
    in_touch_at: datetime | None
    cooled_topics: frozenset[str]
    gone: str | None
    """Why nothing is ever sent to them again: stopped or suppressed; None: all is well."""

    @property
    def lives_in(self) -> str | None:
        """Their country, else their organisation's."""
        return self.country or (self.organisation.country if self.organisation else None)

    def mode(self, definition: CampaignDefinition) -> Mode:
        """What may be known of them in this campaign."""
        return modes.mode_of(country=self.lives_in, wish=self.tracking_wish, choice=definition.tracking)

    def speaks(self, definition: CampaignDefinition) -> str:
        return language_of(self, self.organisation, definition.language or DEFAULT_LANGUAGE)


_PERSON = (
    select(
        Prospect.id,
        Prospect.domain,
        Prospect.first_name,
        Prospect.last_name,
        Prospect.language,
        Prospect.zone,
        Prospect.country,
        Prospect.subdivision,
        Prospect.organisation_id,
        Prospect.tracking_wish,
        Prospect.wish_days_between,
        Prospect.next_allowed_at,
        Prospect.in_touch_at,
        Prospect.cooled_topics,
        Prospect.stopped_at,
        Prospect.stopped_why,
        Organisation.language.label("o_language"),
        Organisation.zone.label("o_zone"),
        Organisation.country.label("o_country"),
        Organisation.standing,
        Suppression.reason,
    )
    .outerjoin(Organisation, Organisation.id == Prospect.organisation_id)
    .outerjoin(Suppression, Suppression.address_hash == Prospect.address_hash)
)


def people(session: Session, ids: Collection[int], *, lock: bool = False) -> dict[int, Person]:
    """The people called `ids`; with `lock`, those that nobody else is planning or sending to at this moment."""
    statement = _PERSON.where(among(Prospect.id, ids)).order_by(Prospect.id)
    if lock:
        # NO KEY UPDATE, so that rows that merely point at a person (an event) do not wait for the planner.
        statement = statement.with_for_update(skip_locked=True, key_share=True, of=Prospect)
    return {row.id: _person(row) for row in session.execute(statement)}


def _person(row: Any) -> Person:
    return Person(
        id=row.id,
        domain=row.domain,
        first_name=row.first_name,
        last_name=row.last_name,
        language=row.language,
        zone=row.zone,
        country=row.country,
        subdivision=row.subdivision,
        organisation_id=row.organisation_id,
        organisation=Place(row.o_language, row.o_zone, row.o_country) if row.organisation_id else None,
        business=row.standing not in (None, Standing.NONE),
        tracking_wish=row.tracking_wish,
        wish_days_between=row.wish_days_between,
        next_allowed_at=row.next_allowed_at,
        in_touch_at=row.in_touch_at,
        cooled_topics=frozenset(row.cooled_topics or ()),
        gone=row.reason or (row.stopped_why or "stopped" if row.stopped_at else None),
    )


@dataclass(frozen=True)
class Home:
    """Whose calendar: one for each zone, country and part of it within a version."""

    zone: ZoneInfo
    known_from: ZoneFrom
    country: str | None
    subdivision: str | None


def home_of(person: Person, fallback: str) -> Home:
    """Where a person lives; `fallback` is the campaign's zone."""
    zone, known_from = zone_of(person, person.organisation, fallback)
    return Home(zone, known_from, person.lives_in, person.subdivision if person.country else None)


@lru_cache(maxsize=4096)
def calendar_for(rules: CalendarRules, zone: str, country: str | None, subdivision: str | None) -> Calendar:
    """The calendar of people in one place; the days it has worked out stay with it."""
    regions = [(country, subdivision)] if country else []
    regions += [(listed, None) for listed in rules.holidays if listed != "prospect"]
    return calendar_of(
        days=rules.days,
        hours=rules.hours,
        zone=rules.zone,
        home=ZoneInfo(zone),
        closed=Closed(regions, rules.quiet),
        country=country,
    )


class Calendars:
    """The calendars of one piece of work, so that the rules are not hashed for each person."""

    def __init__(self, zones_of_owners: Mapping[str, str], default: str) -> None:
        self._owners = zones_of_owners
        self._default = default
        self._known: dict[tuple[int, Home], Calendar] = {}

    @classmethod
    def load(cls, session: Session, default: str) -> "Calendars":
        """With the zones of the team, for people whose own is not known."""
        return cls({row.handle: row.zone for row in session.execute(select(User.handle, User.zone))}, default)

    def home(self, person: Person, definition: CampaignDefinition) -> Home:
        named = definition.calendar.timezone
        fallback = self._owners.get(definition.owner, self._default) if named == "prospect" else named
        return home_of(person, fallback)

    def of(self, person: Person, definition: CampaignDefinition) -> Calendar:
        """The calendar of `person` in the campaign."""
        home = self.home(person, definition)
        key = (id(definition), home)
        known = self._known.get(key)
        if known is None:
            known = calendar_for(definition.calendar, home.zone.key, home.country, home.subdivision)
            self._known[key] = known
        return known

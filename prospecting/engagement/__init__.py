"""What happened: event kinds and weights, the append-only log, tracking modes, public tokens' meaning."""

from prospecting.engagement.kinds import GESTURES, WEIGHTS, EventKind, Mode, Nature
from prospecting.engagement.links import Links
from prospecting.engagement.log import (
    NewEvent,
    clean,
    erase_person,
    events_of,
    export_person,
    first_time,
    record,
    take_news,
)
from prospecting.engagement.modes import Policy, lower, mode_of, policies, policy
from prospecting.engagement.once import new_one_time_link, one_time_link_waits, use_one_time_link
from prospecting.engagement.visits import SHOWN_FROM, count_visit, count_visits, visits

__all__ = [
    "GESTURES",
    "SHOWN_FROM",
    "WEIGHTS",
    "EventKind",
    "Links",
    "Mode",
    "Nature",
    "NewEvent",
    "Policy",
    "clean",
    "count_visit",
    "count_visits",
    "erase_person",
    "events_of",
    "export_person",
    "first_time",
    "lower",
    "mode_of",
    "new_one_time_link",
    "one_time_link_waits",
    "policies",
    "policy",
    "record",
    "take_news",
    "use_one_time_link",
    "visits",
]

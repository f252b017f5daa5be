"""The team and its mailboxes, their limits, ramp and rest."""

from prospecting.senders.mailboxes import (
    load_mailboxes,
    login_accepted,
    login_refused,
    mailbox,
    mailboxes,
    pause_mailbox,
    readable_mailboxes,
    rest,
    resume_mailbox,
)
from prospecting.senders.switch import sending_enabled, set_sending
from prospecting.senders.team import in_hours, load_team, next_digest_at, next_second_digest_at, user, users

__all__ = [
    "in_hours",
    "load_mailboxes",
    "load_team",
    "login_accepted",
    "login_refused",
    "mailbox",
    "mailboxes",
    "next_digest_at",
    "next_second_digest_at",
    "pause_mailbox",
    "readable_mailboxes",
    "rest",
    "resume_mailbox",
    "sending_enabled",
    "set_sending",
    "user",
    "users",
]

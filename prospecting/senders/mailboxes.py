"""The mailboxes that the team writes from, as mailboxes.yaml says; secrets stay in the environment."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from prospecting.documents import Document
from prospecting.findings import Finding
from prospecting.senders.entries import Entry, entries, refuse_twice
from prospecting.senders.models import Mailbox, Security, TransportKind, User
from prospecting.senders.switch import ensure_switch
from prospecting.senders.team import LANGUAGE, SLUG, address_in

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}
MOST_PER_DAY = 1_000_000
NO_SECRETS = dict.fromkeys(
    ("password", "secret", "token"),
    "Secrets stay out of files: put it into an environment variable, and name that in password_env.",
)
MAILBOX_KEYS = (
    "mailbox",
    "user",
    "address",
    "name",
    "organisation",
    "sells",
    "postal_address",
    "transport",
    "inbox",
    "limits",
)
TRANSPORT_KEYS = ("kind", "host", "port", "security", "username", "password_env", "options")
INBOX_KEYS = ("maildir", "imap", "port", "folder", "security", "username", "password_env")
LIMIT_KEYS = ("per_day", "ramp_from", "ramp_step", "gap", "per_domain_per_day")

REFUSED_LOGINS = 3
"""In a row; more of them look like an attack to the provider."""


def mailbox(session: Session, slug: str) -> Mailbox | None:
    """The mailbox called so."""
    return session.scalar(select(Mailbox).where(Mailbox.slug == slug))


def mailboxes(session: Session) -> Sequence[Mailbox]:
    """All of them, by slug."""
    return session.scalars(select(Mailbox).order_by(Mailbox.slug)).all()


def readable_mailboxes(session: Session) -> list[int]:
    """Those whose inbox is named, paused or not: what comes back is heard in any case."""
    named = session.execute(select(Mailbox.id, Mailbox.inbox).order_by(Mailbox.id))
    return [mailbox_id for mailbox_id, inbox in named if inbox]


def load_mailboxes(session: Session, document: Document, *, now: datetime) -> list[Finding]:
    """Bring the mailboxes of mailboxes.yaml in; with findings nothing is changed.

    A known one keeps when it started, so that an edited file does not begin its ramp again.
    """
    findings: list[Finding] = []
    team = {row.handle: row for row in session.scalars(select(User))}
    read = [(entry, _mailbox(entry, team)) for entry in entries(document, findings, "mailbox")]
    refuse_twice(((e, "mailbox", v["slug"]) for e, v in read), findings)
    refuse_twice(((e, "address", v["address"]) for e, v in read), findings)
    owners = {row.address: row.slug for row in session.execute(select(Mailbox.address, Mailbox.slug))}
    coming = {values["slug"] for _, values in read}
    for entry, values in read:
        owner = owners.get(values["address"])
        if owner not in (None, values["slug"]) and owner not in coming:
            entry.wrong(
                "address", f"{values['address']} is the mailbox {owner}'s address.", "Give each its own.", code="CF003"
            )
    if findings:
        return findings
    ensure_switch(session)
    known = {one.slug: one for one in session.scalars(select(Mailbox))}
    for values in (v for _, v in read if v["slug"] in known and known[v["slug"]].address != v["address"]):
        known[values["slug"]].address = f"{values['slug']}@changing.invalid"  # two may swap theirs
    session.flush()
    for _, values in read:
        if values["slug"] not in known:
            session.add(Mailbox(started_at=now, **values))
            continue
        row = known[values["slug"]]
        if measured := row.options.get("capabilities"):
            values["options"].setdefault("capabilities", measured)
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()
    return []


def rest(session: Session, mailbox_id: int, until: datetime, why: str) -> None:
    """Let the mailbox rest until then (never shorter than it does already), because a server asked for it."""
    _change(
        session,
        mailbox_id,
        or_(Mailbox.resting_until.is_(None), Mailbox.resting_until < until),
        resting_until=until,
        resting_why=why[:300],
    )


def pause_mailbox(session: Session, mailbox_id: int, *, why: str) -> None:
    """Nothing more leaves this mailbox until a person resumes it."""
    _change(session, mailbox_id, paused=True, paused_why=why[:300])


def resume_mailbox(session: Session, mailbox_id: int) -> None:
    """It may send again; what it rested for is over, too."""
    _change(session, mailbox_id, paused=False, paused_why=None, resting_until=None, resting_why=None, refused_logins=0)


def login_refused(session: Session, mailbox_id: int, *, why: str) -> bool:
    """The server refused the login; after three in a row nothing leaves until a person resumes. Whether it came to that."""
    _change(session, mailbox_id, refused_logins=Mailbox.refused_logins + 1)
    if (session.scalar(select(Mailbox.refused_logins).where(Mailbox.id == mailbox_id)) or 0) < REFUSED_LOGINS:
        return False
    pause_mailbox(session, mailbox_id, why=f"The server refused the login {REFUSED_LOGINS} times in a row: {why}")
    return True


def login_accepted(session: Session, mailbox_id: int) -> None:
    """The login works: what was refused before is forgotten."""
    _change(session, mailbox_id, Mailbox.refused_logins > 0, refused_logins=0)


def _change(session: Session, mailbox_id: int, *only_if: ColumnElement[bool], **values: Any) -> None:
    statement = update(Mailbox).where(Mailbox.id == mailbox_id, *only_if).values(**values)
    session.execute(statement.execution_options(synchronize_session="fetch"))


def _mailbox(entry: Entry, team: dict[str, User]) -> dict[str, Any]:
    entry.known(MAILBOX_KEYS, NO_SECRETS)
    handle = entry.text("user", longest=40, required=True)
    owner = team.get(handle or "")
    if handle and owner is None:
        entry.wrong(
            "user", f'There is no user "{handle}".', "Add them to team.yaml, or correct the handle.", code="CF003"
        )
    values = {
        "slug": entry.matching("mailbox", SLUG, "Small letters, digits and hyphens, 40 at most.", required=True),
        "user_id": owner.id if owner else None,
        "address": address_in(entry),
        "name": entry.text("name", longest=120) or (owner.name if owner else None),
        "organisation": entry.text("organisation", longest=200, required=True),
        "sells": _sells(entry, owner.language if owner else "en"),
        "postal_address": entry.text("postal_address", longest=300, required=True),
    }
    return (
        values
        | _transport(entry.mapping("transport"))
        | {"inbox": _inbox(entry.mapping("inbox"))}
        | _limits(entry.mapping("limits"))
    )


def _sells(entry: Entry, language: str) -> dict[str, str]:
    """One plain sentence by language; a bare sentence is in its owner's."""
    if isinstance(entry.values.get("sells"), str):
        text = entry.text("sells", longest=300)
        return {language: text} if text else {}
    said = entry.mapping("sells")
    if not said.values:
        entry.wrong(
            "sells", "sells is missing.", "Say in one plain sentence what you sell, by language: {fr: …, en: …}."
        )
    for key in said.values:
        if not LANGUAGE.fullmatch(str(key)):
            said.known([k for k in said.values if k != key], {key: "Write a language's code, like fr or en."})
    return {str(key): said.text(key, longest=300) or "" for key in said.values}


def _transport(entry: Entry) -> dict[str, Any]:
    entry.known(TRANSPORT_KEYS, NO_SECRETS)
    kind = entry.one_of("kind", [kind.value for kind in TransportKind], unless=TransportKind.SMTP)
    security = Security(entry.one_of("security", [s.value for s in Security], unless=Security.STARTTLS))
    smtp = kind == TransportKind.SMTP
    return {
        "transport": kind,
        "host": entry.matching("host", HOST, "Write a server's name, like smtp.example.com.", required=smtp),
        "port": entry.number("port", least=1, most=65535, unless=PORTS[security]) if smtp else None,
        "security": security.value,
        "username": entry.text("username", longest=254),
        "password_env": entry.matching("password_env", VARIABLE, "Write the name of an environment variable."),
        "options": dict(entry.mapping("options").values),
    }


def _inbox(entry: Entry) -> dict[str, Any]:
    entry.known(INBOX_KEYS, NO_SECRETS)
    if not entry.values:
        return {}
    if ("maildir" in entry.values) == ("imap" in entry.values):
        entry.wrong("imap", "An inbox is a maildir or an imap server.", "Give one of the two.")
    inbox: dict[str, Any] = {}
    for key, longest in (("maildir", 1000), ("folder", 200), ("username", 254)):
        inbox[key] = entry.text(key, longest=longest)
    inbox["imap"] = entry.matching("imap", HOST, "Write a server's name, like imap.example.com.")
    inbox["password_env"] = entry.matching("password_env", VARIABLE, "Write the name of an environment variable.")
    if inbox["imap"]:
        security = entry.one_of("security", [s.value for s in Security], unless=Security.TLS)
        inbox["security"] = security
        inbox["port"] = entry.number("port", least=1, most=65535, unless=993 if security == Security.TLS else 143)
    return {key: value for key, value in inbox.items() if value is not None}


def _limits(entry: Entry) -> dict[str, Any]:
    entry.known(LIMIT_KEYS)
    per_day = entry.number("per_day", least=1, most=MOST_PER_DAY, unless=40)
    return {
        "per_day": per_day,
        "ramp_from": entry.number("ramp_from", least=1, most=MOST_PER_DAY, unless=10),
        "ramp_step": entry.number("ramp_step", least=0, most=MOST_PER_DAY, unless=5),
        "gap_s": entry.seconds("gap", most=86_400, unless=60),
        "per_domain_per_day": entry.number("per_domain_per_day", least=1, most=MOST_PER_DAY, unless=min(per_day, 20)),
    }

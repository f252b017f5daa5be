"""team.yaml and mailboxes.yaml come in whole, or say in place what to mend."""

from datetime import timedelta

import pytest

from prospecting.clock import SetClock
from prospecting.db import Database
from prospecting.documents import parse_yaml
from prospecting.senders import load_mailboxes, load_team, mailbox, mailboxes, user, users

TEAM = """\
- handle: claire
  name: Claire Martin
  address: Claire@Atelier-Sud.example
  zone: Europe/Paris
  language: fr
  hours: ["09:00-12:00", "14:00-18:00"]
  digest: "08:45"
  role: sales
- {handle: tom, name: Tom Reed, address: tom@atelier-sud.example, role: manager}
"""
BOXES = """\
- mailbox: claire
  user: claire
  address: claire@atelier-sud.example
  name: Claire Martin
  organisation: Atelier Sud
  sells: {fr: "Nous formons les équipes.", en: "We train teams."}
  postal_address: 4 rue des Lices, 84000 Avignon, France
  transport: {kind: smtp, host: 127.0.0.1, port: 2525, security: none}
  inbox: {maildir: var/mail}
  limits: {per_day: 60, ramp_from: 10, ramp_step: 5, gap: 2 minutes, per_domain_per_day: 8}
"""


def test_a_team_comes_in_once_and_then_changes(database: Database, clock: SetClock) -> None:
    for role in ("sales", "manager"):
        with database.writing() as session:
            document = parse_yaml(TEAM.replace("role: sales", f"role: {role}"), name="team.yaml")
            assert load_team(session, document, now=clock.now()) == []
    with database.reading() as session:
        assert [one.handle for one in users(session)] == ["claire", "tom"]
        claire = user(session, "claire")
        assert claire is not None
        assert (claire.address, claire.role, claire.digest_at) == ("claire@atelier-sud.example", "manager", "08:45")
        assert user(session, "nobody") is None


def test_two_users_may_swap_their_addresses(database: Database, clock: SetClock) -> None:
    def team(first: str, second: str) -> str:
        return f"- {{handle: a, name: A, address: {first}@x.fr}}\n- {{handle: b, name: B, address: {second}@x.fr}}"

    for order in (("one", "two"), ("two", "one")):
        with database.writing() as session:
            assert load_team(session, parse_yaml(team(*order), name="team.yaml"), now=clock.now()) == []
    with database.reading() as session:
        assert [one.address for one in users(session)] == ["two@x.fr", "one@x.fr"]


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("  zone: Europe/Paris", "  zone: Europe/Pariss", "CF003", (4, 9)),
        ("  name: Claire Martin", "  nam: Claire Martin", "CF001", (2, 3)),
        ("Claire@Atelier-Sud.example", "Claire at home", "CF004", (3, 12)),
        ("role: sales", "role: boss", "CF004", (8, 9)),
        ('"08:45"', '"8.45"', "CF004", (7, 11)),
        ('"09:00-12:00"', '"12:00-09:00"', "CF004", (6, 10)),
        ("handle: tom", "handle: claire", "CF003", (9, 12)),
    ],
)
def test_a_mistake_in_the_team_is_shown_where_it_stands(
    database: Database, clock: SetClock, old: str, new: str, code: str, place: tuple[int, int]
) -> None:
    with database.writing() as session:
        findings = load_team(session, parse_yaml(TEAM.replace(old, new), name="team.yaml"), now=clock.now())
    assert (code, *place) in [(one.code, one.line, one.column) for one in findings]
    with database.reading() as session:
        assert users(session) == []


def test_a_mailbox_keeps_its_start_when_its_file_changes(database: Database, clock: SetClock) -> None:
    started = clock.now()
    for name in ("Claire Martin", "C. Martin"):
        with database.writing() as session:
            load_team(session, parse_yaml(TEAM, name="team.yaml"), now=clock.now())
            text = BOXES.replace("name: Claire Martin", f"name: {name}")
            assert load_mailboxes(session, parse_yaml(text, name="mailboxes.yaml"), now=clock.now()) == []
        clock.set(clock.now() + timedelta(days=3))
    with database.reading() as session:
        box = mailbox(session, "claire")
        assert box is not None
        assert (box.name, box.started_at, box.gap_s, box.port) == ("C. Martin", started, 120, 2525)
        assert box.inbox == {"maildir": "var/mail"}
        assert box.sells == {"fr": "Nous formons les équipes.", "en": "We train teams."}


def test_what_was_measured_of_a_mailbox_outlives_a_change_of_its_file(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        load_team(session, parse_yaml(TEAM, name="team.yaml"), now=clock.now())
        load_mailboxes(session, parse_yaml(BOXES, name="mailboxes.yaml"), now=clock.now())
        mailboxes(session)[0].options = {"capabilities": {"pipelining": True}}
        session.flush()
        load_mailboxes(session, parse_yaml(BOXES, name="mailboxes.yaml"), now=clock.now())
        assert mailboxes(session)[0].options == {"capabilities": {"pipelining": True}}


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("user: claire", "user: clara", "CF003", "no user"),
        ("kind: smtp,", "kind: fax,", "CF004", "fax"),
        ("port: 2525", "port: 99999", "CF004", "65535"),
        ("security: none", "password: hunter2", "CF001", "password_env"),
        ("per_day: 60", "per_day: many", "CF004", "whole number"),
        ("gap: 2 minutes", "gap: a while", "CF004", "60 s"),
        ("{maildir: var/mail}", "{maildir: var/mail, imap: x.fr}", "CF004", "maildir or an imap"),
        ("postal_address:", "postal:", "CF001", "postal_address"),
        ("  organisation: Atelier Sud\n", "", "CF004", "organisation is missing"),
        ("sells: {fr:", "sells: {french:", "CF001", "language"),
    ],
)
def test_a_mistake_in_a_mailbox_is_told_with_its_mend(
    database: Database, clock: SetClock, old: str, new: str, code: str, words: str
) -> None:
    with database.writing() as session:
        load_team(session, parse_yaml(TEAM, name="team.yaml"), now=clock.now())
        findings = load_mailboxes(session, parse_yaml(BOXES.replace(old, new), name="mailboxes.yaml"), now=clock.now())
    assert any(one.code == code and words in f"{one.message} {one.mend}" and one.line for one in findings), findings
    with database.reading() as session:
        assert mailboxes(session) == []


def test_no_secret_of_a_refused_file_is_repeated(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        load_team(session, parse_yaml(TEAM, name="team.yaml"), now=clock.now())
        text = BOXES.replace("security: none", "password: hunter2")
        findings = load_mailboxes(session, parse_yaml(text, name="mailboxes.yaml"), now=clock.now())
    assert "hunter2" not in "".join(map(str, findings))


def test_a_file_that_is_no_list_is_refused(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        assert [f.code for f in load_team(session, parse_yaml("team: [x]", name="team.yaml"), now=clock.now())] == [
            "CF004"
        ]
        assert [f.code for f in load_team(session, parse_yaml("- 12", name="team.yaml"), now=clock.now())] == ["CF004"]

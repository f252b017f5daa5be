"""Who may be written to: objections win, wishes count, nothing is forgotten and nothing brought back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from prospecting.db import Database
from prospecting.prospects import (
    BadAddress,
    ZoneFrom,
    consents,
    cool_topics,
    country_zone,
    erase_person,
    export_person,
    is_suppressed,
    language_of,
    move_next_allowed,
    object_to_contact,
    reachable,
    record_consent,
    record_exchange,
    restore_next_allowed,
    set_pace_wish,
    set_standing,
    stop,
    suppress,
    writable,
    zone_of,
)
from prospecting.prospects.models import Audit, Consent, Organisation, Prospect, Standing, Suppressed, Suppression
from prospecting.tokens import Signer
from tests.conftest import TUESDAY

DAY = timedelta(days=1)
HASH = bytes(range(12))


def somebody(session: Session, *, address_hash: bytes = HASH, **given: Any) -> int:
    values = {"source": "test", "source_at": TUESDAY, "created_at": TUESDAY} | given
    person = Prospect(address=f"{address_hash.hex()}@acme.fr", address_hash=address_hash, domain="acme.fr", **values)
    session.add(person)
    session.flush()
    return person.id


def passes(session: Session, person: int, conditions: list[ColumnElement[bool]]) -> bool:
    return session.scalar(select(exists().where(Prospect.id == person, *conditions))) is True


def test_who_objected_is_never_reached_again(database: Database) -> None:
    with database.writing() as session:
        person = somebody(session)
        assert passes(session, person, reachable())
        assert object_to_contact(session, HASH, now=TUESDAY, through="link") == person
        assert object_to_contact(session, HASH, now=TUESDAY + DAY, through="link") == person
    with database.reading() as session:
        assert not passes(session, person, reachable())
        assert is_suppressed(session, HASH)
        row = session.get_one(Prospect, person)
        assert (row.stopped_at, row.stopped_why) == (TUESDAY, "objected")
        assert [(one.action, one.actor) for one in session.scalars(select(Audit))] == [("objected", "link")]


def test_an_objection_of_an_unknown_address_is_kept_too(database: Database) -> None:
    with database.writing() as session:
        assert object_to_contact(session, HASH, now=TUESDAY, through="link") is None
        assert is_suppressed(session, HASH)


def test_an_objection_is_said_over_a_bounce_and_nothing_over_it(database: Database) -> None:
    with database.writing() as session:
        somebody(session)
        for reason in (Suppressed.BOUNCED, Suppressed.OBJECTED, Suppressed.COMPLAINED):
            suppress(session, HASH, reason=reason, now=TUESDAY, through="test")
    with database.reading() as session:
        assert session.get_one(Suppression, HASH).reason == "objected"


def test_a_gate_that_waited_for_an_objection_lets_nobody_pass(database: Database) -> None:
    """The objection's transaction is open while the gate's statement starts; once confirmed, the gate says no."""
    with database.writing() as session:
        person = somebody(session)
    objected, confirm = threading.Event(), threading.Event()

    def objection() -> None:
        with database.writing() as session:
            object_to_contact(session, HASH, now=TUESDAY, through="link")
            objected.set()
            confirm.wait(10)

    def gate() -> int:
        objected.wait(10)
        threading.Timer(0.3, confirm.set).start()
        with database.writing() as session:
            statement = (
                update(Prospect).where(Prospect.id == person, *writable(TUESDAY, 60)).values(next_allowed_at=TUESDAY)
            )
            passed = session.execute(statement, execution_options={"synchronize_session": False})
            return int(passed.rowcount)  # type: ignore[attr-defined]

    with ThreadPoolExecutor(2) as pool:
        objecting, passing = pool.submit(objection), pool.submit(gate)
        assert passing.result(20) == 0
        objecting.result(20)


def test_pace_exchanges_and_customers_are_respected(database: Database) -> None:
    with database.writing() as session:
        place = Organisation(name="Acme", folded_name="acme", created_at=TUESDAY)
        session.add(place)
        session.flush()
        person = somebody(session, organisation_id=place.id)
        conditions = writable(TUESDAY, 60)
        assert passes(session, person, conditions)
        move_next_allowed(session, {person: TUESDAY + DAY})
        move_next_allowed(session, {person: TUESDAY - DAY})
        assert not passes(session, person, conditions)
        assert passes(session, person, writable(TUESDAY + DAY, 60))
        restore_next_allowed(session, person, moved_to=TUESDAY + 2 * DAY, before=None)
        assert not passes(session, person, conditions)
        restore_next_allowed(session, person, moved_to=TUESDAY + DAY, before=None)
        assert passes(session, person, conditions)
        set_standing(session, place.id, Standing.CUSTOMER)
        assert not passes(session, person, conditions)
        assert passes(session, person, writable(TUESDAY, 60, customers=True))
        set_standing(session, place.id, Standing.NONE)
        assert record_exchange(session, f"{HASH.hex()}@ACME.fr", user="claire", at=TUESDAY - 59 * DAY) == person
        record_exchange(session, f"{HASH.hex()}@acme.fr", user="tom", at=TUESDAY - 90 * DAY)
        assert not passes(session, person, conditions)
        assert passes(session, person, writable(TUESDAY + DAY, 60))
        assert passes(session, person, reachable())
        assert record_exchange(session, "nobody@x.fr", user="tom", at=TUESDAY) is None
        with pytest.raises(BadAddress):
            record_exchange(session, "nobody", user="tom", at=TUESDAY)
        move_next_allowed(session, {})


def test_stopping_twice_says_so(database: Database) -> None:
    with database.writing() as session:
        person = somebody(session)
        assert stop(session, person, why="asked in the space", now=TUESDAY)
        assert not stop(session, person, why="asked in the space", now=TUESDAY)
        assert not passes(session, person, reachable())


def test_the_latest_answer_counts_in_whatever_order_they_arrive(database: Database) -> None:
    with database.writing() as session:
        person = somebody(session)
        later = TUESDAY + DAY
        assert record_consent(session, person, given=False, wording="May we?", through="space", now=later)
        assert record_consent(session, person, given=True, wording="May we?", through="space", now=TUESDAY)
        assert not record_consent(session, person, given=True, wording="May we?", through="space", now=TUESDAY)
        assert session.get_one(Prospect, person).tracking_wish is False
        assert [one.given for one in consents(session, person)] == [False, True]
        record_consent(session, person, given=True, wording="May we?", through="space", now=later)
        session.expire_all()
        assert session.get_one(Prospect, person).tracking_wish is False


def test_a_pace_and_topics_are_kept(database: Database) -> None:
    with database.writing() as session:
        person = somebody(session)
        set_pace_wish(session, person, 30, now=TUESDAY)
        cool_topics(session, person, ["b", "a"])
        cool_topics(session, person, ["b", "c"])
        cool_topics(session, 999, ["b"])
        row = session.get_one(Prospect, person)
        assert (row.wish_days_between, row.cooled_topics) == (30, ["a", "b", "c"])
        set_pace_wish(session, person, None, now=TUESDAY)
        for days in (0, 367):
            with pytest.raises(ValueError, match="pace"):
                set_pace_wish(session, person, days, now=TUESDAY)


def test_erasure_leaves_nothing_but_the_suppression(database: Database, signer: Signer) -> None:
    marker = "Marquerit"
    with database.writing() as session:
        place = Organisation(
            name=marker, folded_name=marker, domain="marquerit.fr", industry=marker, created_at=TUESDAY
        )
        session.add(place)
        session.flush()
        person = somebody(
            session, organisation_id=place.id, first_name=marker, last_name=marker, role=marker, fields={"x": marker}, tags=[marker],
            source=marker, in_touch_with=marker,
        )  # fmt: skip
        record_consent(session, person, given=True, wording=marker, through=marker, now=TUESDAY)
        assert marker in str(export_person(session, person))
        assert export_person(session, person)["consents"][0]["given"] is True
    with database.writing() as session:
        erase_person(session, person, now=TUESDAY)
        erase_person(session, 999, now=TUESDAY)
    with database.reading() as session:
        kept = [
            str(row)
            for table in (Prospect, Organisation, Consent, Audit)
            for row in session.execute(select(*table.__table__.columns))
        ]
        assert not any(marker.lower() in row.lower() or HASH.hex() in row for row in kept)
        assert is_suppressed(session, HASH)
        assert session.get_one(Suppression, HASH).reason == "erased"
        assert not passes(session, person, reachable())
        assert export_person(session, 999) == {}


def test_two_erased_people_do_not_collide(database: Database) -> None:
    with database.writing() as session:
        for number in range(2):
            erase_person(session, somebody(session, address_hash=bytes([number] * 12)), now=TUESDAY)


def person(**given: Any) -> Prospect:
    return Prospect(**given)


def test_language_and_zone_are_ones_own_then_the_organisations_then_the_campaigns() -> None:
    place = Organisation(language="de", zone="Europe/Berlin", country="DE")
    assert language_of(person(language="fr"), place, "en") == "fr"
    assert language_of(person(), place, "en") == "de"
    assert language_of(person(), None, "en") == "en"
    assert zone_of(person(zone="Asia/Tokyo", country="FR"), place, "UTC") == (ZoneInfo("Asia/Tokyo"), ZoneFrom.OWN)
    assert zone_of(person(country="FR"), place, "UTC") == (ZoneInfo("Europe/Berlin"), ZoneFrom.ORGANISATION)
    assert zone_of(person(country="FR"), Organisation(), "UTC") == (ZoneInfo("Europe/Paris"), ZoneFrom.COUNTRY)
    assert zone_of(person(), Organisation(country="JP"), "UTC") == (ZoneInfo("Asia/Tokyo"), ZoneFrom.COUNTRY)
    assert zone_of(person(country="US"), None, "UTC") == (ZoneInfo("UTC"), ZoneFrom.CAMPAIGN)


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("FR", "Europe/Paris"),
        ("DE", "Europe/Berlin"),
        ("BE", "Europe/Brussels"),
        ("CH", "Europe/Zurich"),
        ("US", None),
        ("ES", None),
        ("XX", None),
    ],
)
def test_a_country_has_a_zone_if_all_its_clocks_agree(country: str, zone: str | None) -> None:
    assert country_zone(country) == zone
    assert zone is None or zone in available_timezones()

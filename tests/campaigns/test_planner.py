"""Due enrolments become touches: once, in their windows, at the person's pace, as the mailbox has room."""

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from prospecting.campaigns import holding, planner, touch
from prospecting.campaigns.models import Campaign, Enrolment, Touch, TouchState
from prospecting.db import Database, new_event_id
from prospecting.engagement.models import Event
from prospecting.prospects.models import Prospect
from prospecting.settings import Settings
from tests.campaigns.stories import NOW, launched

PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)


def plan(database: Database, settings: Settings, now: datetime = NOW, limit: int = 1000) -> int:
    with database.writing() as session:
        return planner.plan(session, now=now, settings=settings, limit=limit)


def touches(database: Database) -> list[Touch]:
    with database.reading() as session:
        return list(session.scalars(select(Touch).order_by(Touch.id)))


def enrolment(database: Database) -> Enrolment:
    with database.reading() as session:
        return session.scalars(select(Enrolment)).one()


def leaves(session: Session, at: datetime, state: TouchState = TouchState.SENT) -> None:
    """Everything planned leaves at `at`."""
    ids = list(session.scalars(select(Touch.id).where(Touch.state == "planned")))
    session.execute(touch.transition(Touch.id.in_(ids), TouchState.PLANNED, TouchState.CLAIMED))
    session.execute(touch.transition(Touch.id.in_(ids), TouchState.CLAIMED, TouchState.SENDING))
    session.execute(touch.transition(Touch.id.in_(ids), TouchState.SENDING, state, ended_at=at))
    touch.advance(session, ids, now=at)


def acts(session: Session, kind: str, at: datetime, step: str) -> None:
    one = session.scalars(select(Touch).where(Touch.step == step)).one()
    session.add(
        Event(
            at=at,
            id=new_event_id(at, kind.encode().ljust(10)),
            kind=kind,
            prospect_id=one.prospect_id,
            touch_id=one.id,
            mode="declared",
            recorded_at=at,
        )
    )


def test_a_due_enrolment_becomes_one_touch_in_its_window(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        launched(session, 50)
    assert plan(database, settings) == 50
    assert plan(database, settings) == 0
    made = touches(database)
    assert {one.step for one in made} == {"guide"}
    assert {one.mode for one in made} == {"declared"}
    assert all(one.gift_version_id and one.message == "messages/guide.md" for one in made)
    for one in made:
        local = one.due_at.astimezone(PARIS)
        assert NOW <= one.due_at < one.window_ends_at
        assert local.date() == NOW.date()
        assert "08:30" <= local.strftime("%H:%M") < "11:30"
    assert len({one.due_at for one in made}) > 40


def test_planning_twice_changes_nothing(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        launched(session, 20)
    plan(database, settings)
    before = [(one.id, one.due_at) for one in touches(database)]
    with database.writing() as session:  # a crash after the commit of the touches could not do worse
        session.execute(update(Enrolment).values(plan_at=NOW))
    assert plan(database, settings) == 0
    assert [(one.id, one.due_at) for one in touches(database)] == before


def test_two_planners_at_once_plan_nothing_twice(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        launched(session, 300)
    barrier, planned, failures = threading.Barrier(2), [], []

    def work() -> None:
        barrier.wait()
        try:
            for _ in range(30):
                planned.append(plan(database, settings, limit=25))
        except DBAPIError as error:
            failures.append(error)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert sum(planned) == 300
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Touch)) == 300
        assert session.scalar(select(func.count(Touch.enrolment_id.distinct()))) == 300


def test_the_next_step_waits_for_its_working_days(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        launched(session)
    plan(database, settings)
    with database.writing() as session:
        leaves(session, NOW)
    assert plan(database, settings) == 0
    assert enrolment(database).plan_at == datetime(2026, 12, 8, tzinfo=PARIS)
    assert plan(database, settings, NOW + 6 * DAY) == 0
    assert plan(database, settings, NOW + 7 * DAY) == 1
    second = touches(database)[1]
    assert (second.step, second.due_at.astimezone(PARIS).date().isoformat()) == ("diagnostic", "2026-12-08")


def to_the_condition(database: Database, settings: Settings) -> None:
    """The first two gifts left on 1 and 8 December; the third one's condition opens on the 11th."""
    with database.writing() as session:
        launched(session)
    for days in (0, 7):
        plan(database, settings, NOW + days * DAY)
        with database.writing() as session:
            leaves(session, NOW + days * DAY)
        plan(database, settings, NOW + days * DAY)


def test_a_condition_that_is_met_lets_the_step_go(database: Database, settings: Settings) -> None:
    to_the_condition(database, settings)
    assert plan(database, settings, NOW + 10 * DAY) == 0
    with database.writing() as session:
        acts(session, "useful", NOW + 10 * DAY, "guide")
        assert planner.wake(session, [1], now=NOW + 10 * DAY) == 1
    assert plan(database, settings, NOW + 10 * DAY) == 1
    assert touches(database)[2].step == "next"


def test_a_condition_that_is_never_met_ends_the_enrolment_after_its_wait(
    database: Database, settings: Settings
) -> None:
    to_the_condition(database, settings)
    at = NOW + 10 * DAY
    for _ in range(20):
        assert plan(database, settings, at) == 0
        at += DAY / 2
    one = enrolment(database)
    assert (one.state, one.why, one.plan_at) == ("finished", "condition", None)


def test_otherwise_skip_goes_on_with_what_follows(database: Database, settings: Settings) -> None:
    steps = [
        {"id": "guide", "give": "guide-async", "message": "messages/guide.md"},
        {
            "id": "more",
            "give": "study",
            "when": {"useful": "guide"},
            "wait": "1 day",
            "otherwise": "skip",
            "message": "messages/m.md",
        },
        {"id": "last", "give": "charter", "message": "messages/l.md"},
    ]
    with database.writing() as session:
        launched(session, gifts=steps)
    plan(database, settings)
    with database.writing() as session:
        leaves(session, NOW)
    for days in range(1, 9):
        plan(database, settings, NOW + days * DAY)
    assert [one.step for one in touches(database)] == ["guide", "last"]


def test_after_the_last_gift_there_is_time_to_answer_and_then_it_is_finished(
    database: Database, settings: Settings
) -> None:
    with database.writing() as session:
        launched(session, gifts=[{"id": "guide", "give": "guide-async", "message": "messages/guide.md"}])
    plan(database, settings)
    with database.writing() as session:
        leaves(session, NOW)
    plan(database, settings, NOW + DAY)
    assert enrolment(database).state == "active"
    plan(database, settings, NOW + 21 * DAY)
    assert (enrolment(database).state, enrolment(database).why) == ("finished", "complete")


def test_gifts_that_nobody_uses_slow_down_and_then_end(database: Database, settings: Settings) -> None:
    steps = [
        {"id": f"g{number}", "after": "2 days", "give": "study", "message": "messages/m.md"} for number in range(9)
    ]
    with database.writing() as session:
        launched(
            session,
            gifts=steps,
            pace={"min_days_between": 2, "max_per_30_days": 30, "after_unused": 3},
            calendar={"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]},
        )
    at, left = NOW, []
    while at:
        plan(database, settings, at)
        with database.writing() as session:
            if session.scalar(select(Touch.id).where(Touch.state == "planned", Touch.due_at <= at)):
                leaves(session, at)
                left.append(at)
            at = session.scalar(select(Enrolment.plan_at)) or session.scalar(
                select(Touch.due_at).where(Touch.state == "planned")
            )
    gaps = [(later - earlier) / DAY for earlier, later in pairwise(left)]
    assert len(left) == 5, left
    assert all(2 <= gap < 3.5 for gap in gaps[:2])
    assert all(4 <= gap < 6 for gap in gaps[2:]), gaps
    assert (enrolment(database).state, enrolment(database).why) == ("finished", "unused")


def test_the_pace_holds_across_campaigns_and_the_persons_wish(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        one = launched(session)[0]
        session.execute(update(Prospect).values(wish_days_between=10))
        session.add(
            Touch(
                kind="invitation",
                lead_id=1,
                round=1,
                state="sent",
                prospect_id=one.prospect_id,
                mailbox_id=one.mailbox_id,
                mode="none",
                due_at=NOW - DAY,
                window_ends_at=NOW,
                ended_at=NOW - DAY,
                created_at=NOW,
            )
        )
    assert plan(database, settings) == 1
    due = next(one for one in touches(database) if one.kind == "gift").due_at
    assert due - (NOW - DAY) >= 10 * DAY


def test_a_full_mailbox_lets_the_rest_wait_for_the_next_open_day(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        launched(session, 25, limits={"per_day": 10, "ramp_from": 10})
    assert plan(database, settings) == 10
    with database.reading() as session:
        waiting = set(session.scalars(select(Enrolment.plan_at).where(Enrolment.plan_at.is_not(None))))
    assert waiting == {datetime(2026, 12, 2, 1, tzinfo=PARIS).astimezone(UTC)}
    with database.writing() as session:
        leaves(session, NOW + timedelta(hours=1))
    assert plan(database, settings, NOW + DAY) >= 5


def test_nobody_who_is_gone_is_planned(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        launched(session, 2)
        session.execute(
            text(
                "INSERT INTO suppression (address_hash, reason, at) SELECT address_hash, 'objected', created_at FROM prospect WHERE id = 1"
            )
        )
        session.execute(update(Prospect).where(Prospect.id == 2).values(stopped_at=NOW, stopped_why="bounced"))
    assert plan(database, settings) == 0
    with database.reading() as session:
        assert set(session.execute(select(Enrolment.state, Enrolment.why))) == {
            ("stopped", "objected"),
            ("stopped", "bounced"),
        }


def test_who_is_in_touch_with_a_colleague_waits(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        launched(session)
        session.execute(update(Prospect).values(in_touch_at=NOW - 10 * DAY))
    assert plan(database, settings) == 0
    assert enrolment(database).plan_at == NOW + 50 * DAY


def test_a_topic_that_is_not_for_them_is_not_offered(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        launched(session)
        session.execute(update(Prospect).values(cooled_topics=["guide-async"]))
    assert plan(database, settings) == 1
    assert touches(database)[0].step == "diagnostic"


def test_a_paused_campaign_plans_nothing_and_is_off_the_index(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        launched(session, 3)
        session.execute(update(Campaign).values(state="paused"))
    assert plan(database, settings) == 0
    with database.reading() as session:
        assert session.scalars(select(Enrolment.plan_at).distinct()).all() == [None]


def test_a_held_enrolment_is_not_planned(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        one = launched(session)[0]
        holding.hold(session, enrolment_id=one.id, why="reply: question")
    assert plan(database, settings) == 0
    with database.writing() as session:
        holding.release(session, enrolment_id=1, now=NOW)
    assert plan(database, settings) == 1


def test_a_missed_window_goes_back_to_planning(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        launched(session, 4)
    plan(database, settings)
    late = NOW + timedelta(hours=3)
    assert plan(database, settings, late) == 4
    for one in touches(database):
        assert late <= one.due_at < one.window_ends_at
        assert one.state == "planned"
        assert "14:00" <= one.due_at.astimezone(PARIS).strftime("%H:%M") < "17:00"


def test_a_missed_touch_of_somebody_who_is_gone_is_cancelled(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        launched(session)
    plan(database, settings)
    with database.writing() as session:
        session.execute(update(Prospect).values(stopped_at=NOW, stopped_why="objected"))
    assert plan(database, settings, NOW + DAY) == 0
    assert touches(database)[0].state == "cancelled"


def test_variants_and_gifts_stay_with_the_person(database: Database, settings: Settings) -> None:
    steps = [
        {
            "id": "guide",
            "give": {"best_of": ["study", "charter"]},
            "message": "messages/guide.md",
            "variants": [{"id": "a", "subject": "A"}, {"id": "b", "subject": "B"}],
        }
    ]
    with database.writing() as session:
        launched(session, 200, gifts=steps)
    plan(database, settings)
    made = touches(database)
    for arms in ([one.variant for one in made], [one.gift_id for one in made]):
        counts = [arms.count(arm) for arm in set(arms)]
        assert len(counts) == 2
        assert min(counts) > 70


def test_a_tick_with_nothing_due_looks_at_the_due_indexes_only(database: Database, settings: Settings) -> None:
    from sqlalchemy import event  # noqa: PLC0415

    with database.writing() as session:
        launched(session, 5, plan_at=NOW + DAY)
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda _c, _u, statement, *_: said.append(statement))
    assert plan(database, settings) == 0
    asked = [statement for statement in said if statement.startswith("SELECT")]
    assert len(asked) == 2

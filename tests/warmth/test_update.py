"""From the log to one number a person: the same however the events arrive, and however often it is made anew."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from prospecting import engagement, warmth
from prospecting.campaigns.models import Campaign, CampaignVersion, Enrolment
from prospecting.db import Database
from prospecting.engagement import NewEvent
from prospecting.engagement.models import Event, EventNews
from prospecting.prospects.models import Prospect
from prospecting.warmth.decay import warmth_at
from prospecting.warmth.models import Basis, Contribution, Judgement, Warmth
from tests.campaigns import stories
from tests.campaigns.stories import NOW
from tests.warmth.world import did, event, launched, letter

DAY = timedelta(days=1)
HALF = timedelta(days=21)


def number(session: Session, enrolment: Enrolment, at: Any) -> float:
    row = session.get(Warmth, enrolment.id, populate_existing=True)
    return warmth_at(row.level if row else None, HALF, at)


def colleagues(session: Session, people: int = 2) -> list[Enrolment]:
    enrolments = launched(session, people)
    sillon = stories.organisation(session, "Sillon", headcount=140)
    for enrolment in enrolments:
        session.get_one(Prospect, enrolment.prospect_id).organisation_id = sillon.id
    session.flush()
    return enrolments


def test_acts_add_up_and_cool(database: Database) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        guide = letter(session, one, "guide", NOW)
        did(session, guide, "useful", NOW + DAY)
        did(session, guide, "send_next", NOW + DAY)
        did(session, guide, "forwarded", NOW + DAY + timedelta(minutes=1))
        assert warmth.update(session, now=NOW + DAY) == 4
        # useful and send_next in the same instant count in part; nothing about it is deliberate
        assert number(session, one, NOW + DAY) == pytest.approx(0.6 * 40 + 15, rel=1e-3)
        did(session, letter(session, one, "diagnostic", NOW + 7 * DAY), "diagnostic_completed", NOW + 8 * DAY)
        warmth.update(session, now=NOW + 8 * DAY)
        # the press on another day redeems them
        assert number(session, one, NOW + 8 * DAY) == pytest.approx(55 * 0.5 ** (7 / 21) + 30, rel=1e-3)
        assert number(session, one, NOW + 29 * DAY) == pytest.approx(number(session, one, NOW + 8 * DAY) / 2)


def test_repeats_weigh_half_of_the_one_before(database: Database) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        guide = letter(session, one, "guide", NOW)
        for hour, words in enumerate(("How do you handle urgencies?", "And at night?", "And in August?")):
            did(session, guide, "question", NOW + timedelta(hours=hour + 1), words=words)
        warmth.update(session, now=NOW + DAY)
        points = session.scalars(select(Contribution.points).order_by(Contribution.at)).all()
        assert points == [30, 15, 7.5]


def test_not_for_me_cools_the_topic_and_not_the_person(database: Database) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        did(session, letter(session, one, "guide", NOW), "not_for_me", NOW + DAY)
        warmth.update(session, now=NOW + DAY)
        assert number(session, one, NOW + DAY) == 0
        assert session.get_one(Prospect, one.prospect_id, populate_existing=True).cooled_topics == ["guide-async"]


@pytest.mark.parametrize(
    ("reply", "points"), [("question", 30), ("interested", 30), ("referral", 30), ("unclear", 0), ("not_now", 0)]
)
def test_only_some_replies_weigh(database: Database, reply: str, points: float) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        did(session, letter(session, one, "guide", NOW), "reply", NOW + DAY, words="Bonjour", reply=reply)
        warmth.update(session, now=NOW + DAY)
        assert number(session, one, NOW + DAY) == pytest.approx(points)


def test_a_colleagues_fifth_is_added_and_passes_no_bar_alone(database: Database) -> None:
    with database.writing() as session:
        one, other = colleagues(session)
        for step, after in (("guide", 1), ("diagnostic", 8)):
            touch = letter(session, one, step, NOW + after * DAY)
            did(session, touch, "useful", NOW + (after + 1) * DAY)
            did(session, touch, "send_next", NOW + (after + 1) * DAY + timedelta(hours=1))
        did(session, letter(session, other, "guide", NOW), "forwarded", NOW + 9 * DAY + timedelta(minutes=20))
        at = NOW + 10 * DAY
        warmth.update(session, now=at)
        first, second = (session.get_one(Warmth, each.id) for each in (one, other))
        own = [warmth_at(row.own_level, HALF, at) for row in (first, second)]
        assert number(session, one, at) == pytest.approx(own[0] + own[1] / 5)
        assert number(session, other, at) == pytest.approx(own[1] + own[0] / 5)
        assert first.reached_at is not None
        assert second.reached_at is None


def test_without_a_campaign_an_act_warms_every_enrolment_that_ran(database: Database) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        version = session.get_one(CampaignVersion, one.version_id)
        second = Campaign(slug="other", name="Other", owner="claire", created_at=NOW, version_id=one.version_id)
        session.add(second)
        session.flush()
        other = Enrolment(
            campaign_id=second.id,
            version_id=version.id,
            prospect_id=one.prospect_id,
            mailbox_id=one.mailbox_id,
            enrolled_at=NOW + DAY,
        )
        session.add(other)
        session.flush()
        loose = event(letter(session, one, "guide", NOW), "reply", NOW + 2 * DAY, words="Oui ?", reply="interested")
        engagement.record(session, [NewEvent(**(vars(loose) | {"touch_id": None, "campaign_id": None}))], now=loose.at)
        warmth.update(session, now=loose.at)
        assert {row.enrolment_id for row in session.scalars(select(Contribution))} == {one.id, other.id}


def acts(session: Session, enrolments: list[Enrolment]) -> list[NewEvent]:
    """A busy fortnight of a company: people, a machine that presses, coincidences, an objection."""
    happened: list[NewEvent] = []
    for number_, enrolment in enumerate(enrolments):
        guide = letter(session, enrolment, "guide", NOW)
        check = letter(session, enrolment, "diagnostic", NOW + 7 * DAY)
        at = NOW + timedelta(hours=3 + number_)
        happened += [
            event(guide, "useful", at),
            event(guide, "send_next", at + timedelta(seconds=4)),
            event(check, "diagnostic_completed", NOW + 8 * DAY + timedelta(seconds=number_ // 2)),
            event(check, "question", NOW + 9 * DAY + number_ * timedelta(hours=1), words=f"Why {number_}?"),
        ]
    last = event(guide, "not_for_me", at + timedelta(seconds=9))
    return [*happened, last, event(check, "objected", NOW + 9 * DAY + 3 * timedelta(hours=1))]


def snapshot(session: Session) -> tuple[Any, ...]:
    levels = {
        row.enrolment_id: (row.level, row.own_level, row.deliberate, row.reached_at)
        for row in session.scalars(select(Warmth))
    }
    judged = {row.event_id: (row.likelihood, row.signs) for row in session.scalars(select(Judgement))}
    points = {(row.event_id, row.enrolment_id): row.points for row in session.scalars(select(Contribution))}
    return levels, judged, points


def forget(session: Session) -> None:
    for table in (Warmth, Contribution, Judgement, Basis):
        session.execute(delete(table))
    session.expire_all()


@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_arrival_gives_the_same_warmth(database: Database, seed: int) -> None:
    with database.writing() as session:
        enrolments = colleagues(session, 4)
        happened = acts(session, enrolments)
        engagement.record(session, happened, now=NOW)
        warmth.update(session, now=NOW)
        straight = snapshot(session)
        forget(session)
        session.execute(delete(EventNews))
        shuffled = list(happened)
        Random(seed).shuffle(shuffled)
        while shuffled:
            for each in [shuffled.pop() for _ in range(min(3, len(shuffled)))]:
                session.add(EventNews(event_id=each.id, at=each.at))
            session.flush()
            warmth.update(session, now=NOW)
        levels, judged, points = snapshot(session)
        assert judged == straight[1]
        assert points == pytest.approx(straight[2], abs=1e-9)
        for enrolment, (level, own, deliberate, reached) in straight[0].items():
            assert levels[enrolment][:2] == pytest.approx((level, own), abs=1e-9)
            assert levels[enrolment][2:] == (deliberate, reached)


@pytest.mark.parametrize("seed", range(4))
def test_events_that_arrive_late_lead_to_the_same_warmth(database: Database, seed: int) -> None:
    """The log itself grows in another order: what was judged early is judged anew when its neighbours come."""
    with database.writing() as session:
        happened = acts(session, colleagues(session, 4))
        shuffled = list(happened)
        Random(seed).shuffle(shuffled)
        for each in shuffled:
            engagement.record(session, [each], now=each.at)
            warmth.update(session, now=NOW)
        grown = snapshot(session)
        forget(session)
        warmth.rejudge(session, now=NOW)
        assert snapshot(session) == grown


def test_the_log_replayed_from_nothing_gives_the_same(database: Database) -> None:
    with database.writing() as session:
        engagement.record(session, acts(session, colleagues(session, 4)), now=NOW)
        warmth.update(session, now=NOW)
        before = snapshot(session)
        forget(session)
        after = 0
        while (go_on := warmth.rejudge(session, now=NOW + 30 * DAY, after=after, limit=1)) is not None:
            after = go_on
        assert snapshot(session) == before


def test_colleagues_in_the_same_second_judge_each_other_even_late(database: Database) -> None:
    with database.writing() as session:
        one, other = colleagues(session)
        at = NOW + DAY
        first = did(session, letter(session, one, "guide", NOW), "useful", at)
        warmth.update(session, now=at)
        assert session.get_one(Judgement, first).likelihood == 1.0
        did(session, letter(session, other, "guide", NOW), "useful", at + timedelta(milliseconds=300))
        warmth.update(session, now=at)
        assert session.get_one(Judgement, first, populate_existing=True).likelihood < 0.5
        assert number(session, one, at) == 0


def test_warm_now_is_whoever_is_over_the_bar_with_an_act_of_their_own(database: Database) -> None:
    with database.writing() as session:
        one, two, three = launched(session, 3, warm={"bar": "low"})
        did(session, letter(session, one, "diagnostic", NOW), "diagnostic_completed", NOW + DAY)
        did(session, letter(session, two, "guide", NOW), "useful", NOW + DAY)
        touch = letter(session, three, "guide", NOW)
        did(session, touch, "useful", NOW + DAY)
        did(session, touch, "send_next", NOW + DAY + timedelta(minutes=2))
        warmth.update(session, now=NOW + DAY)
        soon = NOW + DAY + timedelta(minutes=3)
        assert [row.enrolment_id for row in warmth.warm_now(session, one.campaign_id, now=soon)] == [three.id]
        at_once = warmth.warm_now(session, one.campaign_id, now=NOW + DAY)
        assert [row.enrolment_id for row in at_once] == [three.id, one.id]
        assert session.get_one(Warmth, one.id).reached_at == NOW + DAY


def test_a_changed_half_life_rebuilds_every_number(database: Database) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        campaign = session.get_one(Campaign, one.campaign_id)
        did(session, letter(session, one, "diagnostic", NOW), "diagnostic_completed", NOW + DAY)
        warmth.update(session, now=NOW + DAY)
        changed = stories.definition(warm={"half_life": "7 days"}).model_dump(mode="json", by_alias=True)
        bundle = session.get_one(CampaignVersion, one.version_id).bundle
        version = CampaignVersion(
            campaign_id=campaign.id,
            number=2,
            digest="2",
            definition=changed,
            bundle=bundle,
            launched_by="claire",
            launched_at=NOW,
        )
        session.add(version)
        session.flush()
        campaign.version_id = version.id
        warmth.update(session, now=NOW + DAY)
        row = session.get_one(Warmth, one.id, populate_existing=True)
        assert warmth_at(row.level, timedelta(days=7), NOW + 8 * DAY) == pytest.approx(15)


def test_erasing_a_person_leaves_nothing(database: Database) -> None:
    with database.writing() as session:
        (one,) = launched(session)
        did(session, letter(session, one, "guide", NOW), "useful", NOW + DAY)
        warmth.update(session, now=NOW + DAY)
        assert warmth.export_person(session, one.prospect_id)["judgements"]
        warmth.erase_person(session, one.prospect_id, now=NOW + DAY)
        assert not session.scalars(select(Event.id).join(Judgement, Judgement.event_id == Event.id)).all()
        assert not session.scalars(select(Contribution)).all()
        assert not session.scalars(select(Warmth)).all()

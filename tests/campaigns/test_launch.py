"""Launching, pausing, resuming, confirming; who is in the audience and who is left out."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from prospecting import campaigns
from prospecting.campaigns import audience
from prospecting.campaigns.models import Campaign, CampaignVersion, Enrolment, Touch
from prospecting.campaigns.sharing import share_out
from prospecting.db import Database, new_event_id
from prospecting.engagement.models import Event
from prospecting.findings import Refused
from prospecting.prospects import segments
from prospecting.prospects.models import Prospect, Suppression
from prospecting.settings import Settings
from tests.campaigns import stories
from tests.campaigns.stories import DEFINITION, NOW

DAY = timedelta(days=1)


def workspace(folder: Path, **changes: Any) -> Path:
    """The campaign's file with its messages; where it stands."""
    (folder / "campaigns").mkdir(exist_ok=True)
    (folder / "messages").mkdir(exist_ok=True)
    made = DEFINITION | changes
    for path in stories.definition(**changes).messages:
        text_ = "---\nsubject: Un guide\n---\nBonjour,\n\nun guide : {{ gift.link }}\n"
        (folder / path).write_text(text_, encoding="utf-8")
    file = folder / "campaigns" / "async-hr.yaml"
    with file.open("w", encoding="utf-8") as out:
        YAML().dump(made, out)
    return file


def filled(session: Session, people: int = 20) -> None:
    stories.team(session)
    stories.gifts(session)
    organisations = [stories.organisation(session, f"Org {number}").id for number in range(people // 4 + 1)]
    for number in range(people):
        stories.person(session, number + 1, organisation_id=organisations[number // 4])
    session.flush()


def launch(database: Database, settings: Settings, file: Path) -> campaigns.Launched:
    with database.writing() as session:
        return campaigns.launch(session, settings.workspace, file, by="claire", now=NOW, settings=settings)


def count(database: Database, table: Any) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_launch_freezes_the_bundle_and_enrols_everybody(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        filled(session)
    launched = launch(database, settings, workspace(settings.workspace))
    assert (launched.version, launched.new_version, launched.enrolled, launched.waiting) == (1, True, 20, 0)
    with database.reading() as session:
        version = session.scalars(select(CampaignVersion)).one()
        assert "un guide" in version.bundle["messages"]["messages/guide.md"]
        assert set(version.bundle["gifts"]) == set(stories.GIFTS)
        assert set(session.scalars(select(Enrolment.plan_at))) == {NOW}


def test_launching_again_unchanged_is_no_new_version_and_enrols_only_who_is_new(
    database: Database, settings: Settings
) -> None:
    with database.writing() as session:
        filled(session)
    file = workspace(settings.workspace)
    launch(database, settings, file)
    with database.writing() as session:
        stories.person(session, 99)
    again = launch(database, settings, file)
    assert (again.version, again.new_version, again.enrolled, again.left_out) == (1, False, 1, {"already_in": 20})


def test_a_changed_message_makes_the_next_version_and_nobody_is_moved(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        filled(session)
    file = workspace(settings.workspace)
    launch(database, settings, file)
    (settings.workspace / "messages/guide.md").write_text("---\nsubject: Autre\n---\nBonjour", encoding="utf-8")
    again = launch(database, settings, file)
    assert (again.version, again.new_version, again.enrolled) == (2, True, 0)
    with database.reading() as session:
        assert session.scalar(select(func.count(Enrolment.version_id.distinct()))) == 1


def test_two_launches_at_once_enrol_everybody_once(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        filled(session)
    file = workspace(settings.workspace)
    done: list[campaigns.Launched] = []
    workers = [threading.Thread(target=lambda: done.append(launch(database, settings, file))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(one.enrolled for one in done) == [0, 0, 20]
    assert (count(database, Campaign), count(database, CampaignVersion), count(database, Enrolment)) == (1, 1, 20)


def test_only_the_first_ones_begin_and_the_rest_once_answers_were_looked_at(
    database: Database, settings: Settings
) -> None:
    with database.writing() as session:
        filled(session)
    launched = launch(database, settings, workspace(settings.workspace, start_with=10))
    assert (launched.enrolled, launched.waiting) == (20, 10)
    with database.writing() as session:
        assert campaigns.plan(session, now=NOW, settings=settings) == 10
        with pytest.raises(Refused, match="No gift has left yet"):
            campaigns.confirm_start(session, "async-hr", by="claire", now=NOW)
        session.execute(text("DROP TRIGGER touch_edges" + (" ON touch" if database.dialect == "postgresql" else "")))
        session.execute(update(Touch).values(state="sent", ended_at=NOW))
        with pytest.raises(Refused, match="two working days"):
            campaigns.confirm_start(session, "async-hr", by="claire", now=NOW + DAY)
        assert campaigns.confirm_start(session, "async-hr", by="claire", now=NOW + 2 * DAY) == 10
        assert campaigns.confirm_start(session, "async-hr", by="claire", now=NOW + 2 * DAY) == 0
        assert campaigns.plan(session, now=NOW + 2 * DAY, settings=settings) == 10
        session.rollback()


def test_a_pause_stops_planning_and_resuming_spreads_what_is_overdue(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        filled(session)
    launch(database, settings, workspace(settings.workspace))
    with database.writing() as session:
        assert campaigns.plan(session, now=NOW, settings=settings) == 20
        assert campaigns.pause(session, "async-hr", by="claire", now=NOW)
        assert not campaigns.pause(session, "async-hr", by="claire", now=NOW)
        assert campaigns.status(session, "async-hr").state == "paused"
    later = NOW + 2 * DAY - timedelta(hours=1)
    with database.writing() as session:
        assert campaigns.resume(session, "async-hr", by="claire", now=later, settings=settings)
        dues = sorted(session.scalars(select(Touch.due_at)))
        assert dues[0] >= later
        assert dues[-1] - dues[0] > timedelta(hours=1)
        assert not campaigns.resume(session, "async-hr", by="claire", now=later, settings=settings)
        status = campaigns.status(session, "async-hr")
        assert (status.people, status.touches, status.next_leaves_at) == ({"active": 20}, {"planned": 20}, dues[0])


def test_resuming_looks_again_at_whoever_came_due_in_the_pause(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        filled(session, 4)
    launch(database, settings, workspace(settings.workspace))
    with database.writing() as session:
        campaigns.pause(session, "async-hr", by="claire", now=NOW)
        assert campaigns.plan(session, now=NOW, settings=settings) == 0
        campaigns.resume(session, "async-hr", by="claire", now=NOW, settings=settings)
        assert campaigns.plan(session, now=NOW, settings=settings) == 4


def test_an_unknown_campaign_or_mailbox_is_refused_in_a_sentence(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        filled(session, 1)
        with pytest.raises(Refused, match="No campaign"):
            campaigns.status(session, "nothing")
    with pytest.raises(Refused, match="There is no mailbox"):
        launch(database, settings, workspace(settings.workspace, senders=["nobody"]))
    assert count(database, Campaign) == 0


def test_whoever_may_not_be_written_to_is_left_out_and_counted_once(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        filled(session, 12)
        people = list(session.scalars(select(Prospect).order_by(Prospect.id)))
        session.add(Suppression(address_hash=people[0].address_hash, reason="objected", at=NOW))
        people[0].stopped_at = NOW
        people[1].stopped_at = NOW
        people[2].in_touch_at = NOW - 59 * DAY
        people[3].in_touch_at = NOW - 61 * DAY
        session.execute(text("UPDATE organisation SET standing = 'customer' WHERE id = 3"))
        session.flush()
        found = audience.people(session, stories.definition(), now=NOW)
        assert found.left_out == {"suppressed": 1, "stopped": 1, "in_touch": 1, "customer": 4}
        assert (found.matched, len(found.ids)) == (12, 5)
        included = stories.definition(audience=DEFINITION["audience"] | {"customers": "include", "per_organisation": 2})
        assert audience.people(session, included, now=NOW).left_out["per_organisation"] == 4


def test_people_of_another_running_campaign_are_left_out(database: Database, settings: Settings) -> None:
    with database.writing() as session:
        filled(session, 4)
    launch(database, settings, workspace(settings.workspace))
    with database.writing() as session:
        other = stories.definition(campaign="other")
        assert audience.people(session, other, now=NOW).left_out == {"other_campaign": 4}
        session.execute(update(Enrolment).where(Enrolment.prospect_id == 1).values(state="finished"))
        assert audience.people(session, other, now=NOW).ids == [1]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"given": "guide-async"}, [1]),
        ({"useful": "guide-async"}, [1]),
        ({"none": [{"used": "guide-async"}]}, [2, 3]),
        ({"campaign": "async-hr"}, [1, 2, 3]),
        ({"not_contacted_for": "90 days"}, [2, 3]),
    ],
)
def test_an_audience_may_ask_what_was_given_and_done(
    database: Database, settings: Settings, where: dict[str, Any], expected: list[int]
) -> None:
    with database.writing() as session:
        one = stories.launched(session, 3)[0]
        gift = session.execute(text("SELECT id FROM gift WHERE slug = 'guide-async'")).scalar_one()
        session.add(
            Touch(
                kind="gift",
                state="sent",
                prospect_id=1,
                mailbox_id=one.mailbox_id,
                enrolment_id=one.id,
                step="guide",
                gift_id=gift,
                mode="declared",
                due_at=NOW,
                window_ends_at=NOW,
                ended_at=NOW - 80 * DAY,
                created_at=NOW,
            )
        )
        session.add(
            Event(
                at=NOW,
                id=new_event_id(NOW, b"0123456789"),
                kind="useful",
                prospect_id=1,
                gift="guide-async",
                mode="declared",
                recorded_at=NOW,
            )
        )
        session.flush()
        made = stories.definition(campaign="new", audience={"where": where if "none" in where else {"all": [where]}})
        read, known = audience.condition(session, made, now=NOW)
        assert sorted(session.scalars(segments.people().where(segments.compile(read, known)))) == expected


def test_a_field_that_does_not_exist_is_refused(database: Database, settings: Settings) -> None:
    with database.writing() as session, pytest.raises(Refused) as refused:
        audience.people(session, stories.definition(audience={"where": {"all": [{"colour": "red"}]}}), now=NOW)
    assert [finding.code for finding in refused.value.findings] == ["AU002"]


def test_senders_share_people_evenly_and_organisations_stay_together() -> None:
    people = {number: number // 5 for number in range(50)} | dict.fromkeys(range(50, 60))
    dealt = share_out(people, [7, 8])
    assert sorted(list(dealt.values()).count(box) for box in (7, 8)) == [30, 30]
    assert all(
        len({dealt[person] for person in people if people[person] == organisation}) == 1 for organisation in range(10)
    )
    assert share_out(people, [7, 8]) == dealt
    assert set(share_out({1: 4, 2: 4}, [7, 8], load={7: 0, 8: 100}, known={4: 8}).values()) == {8}

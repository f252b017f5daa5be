"""From news in the log to the stored numbers: judge, count, rebuild. The same result in any order of arrival."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from prospecting import campaigns, engagement, prospects
from prospecting.content.models import Gift
from prospecting.db import exclusively
from prospecting.engagement.kinds import EventKind
from prospecting.prospects.models import Prospect
from prospecting.warmth import basis, log, numbers
from prospecting.warmth.contributions import Counted, contributions
from prospecting.warmth.judge import AT_A_PAGE, JUDGED, Act, Verdict, judge
from prospecting.warmth.models import Contribution, Judgement
from prospecting.warmth.rules import rules

UPDATING = 7_102_030
REDEEMED = "redeemed"
"""Kept after the names of the signs where another act spoke for the person."""


def update(session: Session, *, now: datetime, limit: int = 2000) -> int:
    """Take up to `limit` news from the log and bring every number they concern up to date; how many were taken.

    One process at a time: colleagues' numbers are made of each other's.
    """
    exclusively(session, UPDATING)
    news = engagement.take_news(session, limit)
    if news:
        at_a_page = [event.id for event in news if event.kind in AT_A_PAGE]
        company = rules().signs["company_second"].within
        beside = {colleague for _, colleague in log.coincidences(session, company, event_ids=at_a_page)}
        recompute(session, {event.prospect_id for event in news} | beside, now=now)
        campaigns.wake(session, sorted({event.prospect_id for event in news if event.kind in JUDGED}), now=now)
    basis.follow(session, now=now)
    return len(news)


def rejudge(session: Session, *, now: datetime, after: int = 0, limit: int = 1000) -> int | None:
    """Judge the stored log anew by the current rules, for `limit` people after prospect `after`; where to go on from."""
    ids = session.scalars(select(Prospect.id).where(Prospect.id > after).order_by(Prospect.id).limit(limit)).all()
    recompute(session, ids, now=now)
    return ids[-1] if ids else None


def recompute(session: Session, prospect_ids: Collection[int], *, now: datetime) -> None:
    """Judgements, contributions and numbers of these people, made anew from the log."""
    people = {who: person for who, person in log.people(session, sorted(prospect_ids)).items() if person.judged}
    if not people:
        return
    passages = log.passages(session, list(people))
    by_touch = log.enrolments_of_touches(
        session, {act.touch_id for p in people.values() for act in p.acts if act.touch_id}
    )
    beside = frozenset(
        event
        for event, _ in log.coincidences(session, rules().signs["company_second"].within, prospect_ids=list(people))
    )
    verdicts: dict[uuid.UUID, Verdict] = {}
    counted: dict[int, list[Counted]] = {passage.id: [] for mine in passages.values() for passage in mine}
    for who, person in people.items():
        judged = judge(person.acts, rules(), company=beside, accepted=person.accepted)
        verdicts |= judged
        warmed: dict[int, list[Act]] = {}
        for act in person.acts:
            for enrolment in log.warms(act, person.campaigns.get(act.id), passages.get(who, []), by_touch):
                warmed.setdefault(enrolment, []).append(act)
        for enrolment, acts in warmed.items():
            counted[enrolment] = contributions(acts, judged)
    _keep_judgements(session, verdicts)
    _keep_contributions(session, counted)
    numbers.rebuild(session, counted, now=now)
    basis.begin(session, {passage.campaign_id for mine in passages.values() for passage in mine})
    _cool_topics(session, people, verdicts)


def _keep_judgements(session: Session, verdicts: Mapping[uuid.UUID, Verdict]) -> None:
    """Write the verdicts that differ from the stored ones."""
    version = rules().version
    wanted = {
        event: (verdict.likelihood, [*verdict.signs, *([REDEEMED] if verdict.redeemed else [])], version)
        for event, verdict in verdicts.items()
    }
    stored: dict[uuid.UUID, tuple[float, list[str], str]] = {}
    for part in log.chunks(wanted):
        for row in session.execute(
            select(Judgement.event_id, Judgement.likelihood, Judgement.signs, Judgement.rules).where(
                Judgement.event_id.in_(part)
            )
        ):
            stored[row.event_id] = (row.likelihood, row.signs, row.rules)
    changed = [event for event in wanted if stored.get(event) != wanted[event]]
    _delete(session, Judgement, [event for event in changed if event in stored])
    if changed:
        rows = [
            dict(zip(("event_id", "likelihood", "signs", "rules"), (event, *wanted[event]), strict=True))
            for event in changed
        ]
        session.execute(insert(Judgement), rows)


def _keep_contributions(session: Session, counted: Mapping[int, list[Counted]]) -> None:
    """Make the stored contributions of these enrolments exactly the `counted` ones."""
    wanted = {(enrolment, each.event_id): each for enrolment, all_of in counted.items() for each in all_of}
    stored: dict[tuple[int, uuid.UUID], Counted] = {}
    for part in log.chunks(counted):
        for row in session.scalars(select(Contribution).where(Contribution.enrolment_id.in_(part))):
            kind = EventKind(row.kind)
            stored[row.enrolment_id, row.event_id] = Counted(
                row.event_id, row.at, kind, row.gift, row.points, row.deliberate, row.hand
            )
            session.expunge(row)
    gone = {key for key, each in stored.items() if wanted.get(key) != each}
    for enrolment in {enrolment for enrolment, _ in gone}:
        events = [event for of, event in gone if of == enrolment]
        session.execute(
            delete(Contribution).where(Contribution.enrolment_id == enrolment, Contribution.event_id.in_(events))
        )
    rows = [
        {
            "event_id": each.event_id,
            "enrolment_id": enrolment,
            "at": each.at,
            "kind": each.kind,
            "gift": each.gift,
            "points": each.points,
            "deliberate": each.deliberate,
            "hand": each.hand,
        }
        for (enrolment, _), each in wanted.items()
        if stored.get((enrolment, each.event_id)) != each
    ]
    if rows:
        session.execute(insert(Contribution), rows)


def _delete(session: Session, table: type[Judgement], events: Iterable[uuid.UUID]) -> None:
    for part in log.chunks(events):
        session.execute(delete(table).where(table.event_id.in_(part)))


def _cool_topics(session: Session, people: Mapping[int, log.Person], verdicts: Mapping[uuid.UUID, Verdict]) -> None:
    """*Not for me*, if a person said it, cools the gift's topics; saying it twice changes nothing."""
    said = {
        (who, act.gift)
        for who, person in people.items()
        for act in person.acts
        if act.kind == EventKind.NOT_FOR_ME and act.gift and verdicts[act.id].counts
    }
    if not said:
        return
    topics = dict(
        session.execute(select(Gift.slug, Gift.topics).where(Gift.slug.in_({gift for _, gift in said}))).all()
    )
    for who, gift in sorted(said):
        if topics.get(gift):
            prospects.cool_topics(session, who, topics[gift])

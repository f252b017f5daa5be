"""How often a gift is visited: a count a week of everybody together, which knows neither time, agent nor network."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from prospecting.db import insert_or_ignore
from prospecting.engagement.models import VisitCount

SHOWN_FROM = 20
"""Recipients of a gift from which its visits are shown: below, a count could be about somebody."""


def monday(on: date) -> date:
    """The week of `on`, named by its Monday."""
    return on - timedelta(days=on.weekday())


def count_visit(session: Session, gift: str, on: date) -> None:
    """One more visit of `gift` in the week of `on`."""
    count_visits(session, [(gift, on)])


def count_visits(session: Session, visits: Iterable[tuple[str, date]]) -> None:
    """One more visit for each gift and day; rows are locked in one order, so that two drains wait instead of failing."""
    for (gift, week), more in sorted(Counter((gift, monday(on)) for gift, on in visits).items()):
        insert_or_ignore(session, VisitCount, [{"gift": gift, "week": week, "visits": 0}], conflict=["gift", "week"])
        session.execute(
            update(VisitCount)
            .where(VisitCount.gift == gift, VisitCount.week == week)
            .values(visits=VisitCount.visits + more)
        )


def visits(session: Session, gift: str) -> dict[date, int]:
    """Visits of `gift` by week (its Monday), oldest first."""
    rows = select(VisitCount.week, VisitCount.visits).where(VisitCount.gift == gift).order_by(VisitCount.week)
    return {row.week: row.visits for row in session.execute(rows)}

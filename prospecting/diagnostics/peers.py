"""The comparison with others: anonymous results, kept without person or hour, and never shown for fewer than twenty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting.db import insert_or_ignore
from prospecting.diagnostics.models import DiagnosticResult
from prospecting.diagnostics.report import WORDS, Report
from prospecting.words import percent

AT_LEAST = 20
"""Peers, under which a comparison would say something about somebody."""
AT_MOST = 5_000
"""The newest results that are compared with."""
TYPICAL = 0.1
"""So close to the middle, a difference is none."""


@dataclass(frozen=True)
class Comparison:
    """Where one part stands among `peers` others: shares of them with fewer and with more points, from 0 to 1."""

    dimension: str
    name: str
    peers: int
    lower: float
    higher: float
    sentence: str


def keep(
    session: Session, report_scores: Mapping[str, Sequence[int]], *, slug: str, language: str, key: bytes, now: datetime
) -> bool:
    """Keep the points of one report for comparison; `key` is 16 random bytes made with the report, known to no event.

    False if it is kept already (a journal read twice).
    """
    row = {
        "key": key,
        "slug": slug,
        "language": language,
        "scores": {name: [int(points), int(most)] for name, (points, most) in report_scores.items()},
        "week": monday(now.date()),
    }
    return insert_or_ignore(session, DiagnosticResult, [row], conflict=["key"]) == 1


def results(session: Session, slug: str) -> list[dict[str, list[int]]]:
    """The newest results of the diagnostic, in all its languages: dimension to [points, most possible]."""
    newest = (
        select(DiagnosticResult.scores)
        .where(DiagnosticResult.slug == slug)
        .order_by(DiagnosticResult.id.desc())
        .limit(AT_MOST)
    )
    return list(session.scalars(newest))


def compare(report: Report, others: Sequence[Mapping[str, Sequence[int]]]) -> list[Comparison]:
    """Each part of `report` among `others` (from `results`); empty under twenty peers.

    A result counts only where it was out of as many points: an older form of the questions says nothing of this one.
    """
    comparisons: list[Comparison] = []
    for part in report.parts:
        points = [
            other[part.dimension][0]
            for other in others
            if part.dimension in other and other[part.dimension][1] == part.most
        ]
        if len(points) < AT_LEAST:
            return []
        lower = sum(each < part.points for each in points) / len(points)
        higher = sum(each > part.points for each in points) / len(points)
        sentence = _sentence(report.language, part.name, lower=lower, higher=higher, peers=len(points))
        comparisons.append(Comparison(part.dimension, part.name, len(points), lower, higher, sentence))
    return comparisons


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _sentence(language: str, name: str, *, lower: float, higher: float, peers: int) -> str:
    if abs(lower - higher) <= TYPICAL:
        return WORDS.say(language, "peers.typical", name=name, n=peers)
    if lower > higher:
        return WORDS.say(language, "peers.above", name=name, n=peers, share=percent(lower, language))
    return WORDS.say(language, "peers.below", name=name, n=peers, share=percent(higher, language))

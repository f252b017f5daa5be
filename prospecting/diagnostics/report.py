"""One's own report: points by dimension, the band each falls into, and the sentences that sum them up. All pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prospecting.diagnostics.definition import OVERALL, Band, Diagnostic
from prospecting.words import Words

WORDS = Words(Path(__file__).parent / "words")


class BadAnswers(ValueError):  # noqa: N818
    """Answers that do not fit the questions; `missing` and `unknown` are ids of questions."""

    def __init__(self, missing: list[str], unknown: list[str]) -> None:
        self.missing, self.unknown = missing, unknown
        super().__init__(f"unanswered: {missing}; not understood: {unknown}")


@dataclass(frozen=True)
class Part:
    """One dimension's result, or all of them together: `points` of `most`, and what they mean."""

    dimension: str
    name: str
    points: int
    most: int
    band: Band

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.points / self.most


@dataclass(frozen=True)
class Report:
    """What one person's answers say."""

    slug: str
    language: str
    title: str
    sentences: tuple[str, ...]
    parts: tuple[Part, ...]
    overall: Part | None

    @property
    def scores(self) -> dict[str, list[int]]:
        """Dimension to [points, most possible]: what may be kept without the person."""
        return {part.dimension: [part.points, part.most] for part in self.parts}

    @property
    def weakest(self) -> Part:
        """Where to begin."""
        return min(self.parts, key=lambda part: part.share)

    @property
    def strongest(self) -> Part:
        return max(self.parts, key=lambda part: part.share)


def score(definition: Diagnostic, answers: Mapping[str, int]) -> Report:
    """The report for `answers` (question id to the option's number, from 0). Raises BadAnswers unless all are there."""
    options = {question.id: question.options for question in definition.questions}
    missing = [name for name in options if name not in answers]
    unknown = [
        name
        for name, chosen in answers.items()
        if name not in options
        or not isinstance(chosen, int)
        or isinstance(chosen, bool)
        or not 0 <= chosen < len(options[name])
    ]
    if missing or unknown:
        raise BadAnswers(missing, unknown)
    chosen_options = [options[name][chosen] for name, chosen in answers.items()]
    parts = tuple(
        _part(definition, name, sum(option.points.get(name, 0) for option in chosen_options), definition.most(name))
        for name in definition.dimensions
    )
    overall = None
    if OVERALL in definition.bands:
        overall = _part(definition, OVERALL, sum(part.points for part in parts), sum(part.most for part in parts))
    report = Report(definition.slug, definition.language, definition.title, (), parts, overall)
    return Report(definition.slug, definition.language, definition.title, tuple(_sentences(report)), parts, overall)


def _part(definition: Diagnostic, dimension: str, points: int, most: int) -> Part:
    band = next(band for band in definition.bands[dimension] if points <= band.up_to)
    return Part(dimension, definition.dimensions.get(dimension, ""), points, most, band)


def _sentences(report: Report) -> list[str]:
    """What stands out: the best part, the part to begin with, or that all are alike."""
    language, strong, weak = report.language, report.strongest, report.weakest
    said = {"points": strong.points, "most": strong.most}
    if len(report.parts) == 1:
        return [WORDS.say(language, "report.one", name=strong.name, **said)]
    if strong.share == weak.share:
        return [WORDS.say(language, "report.even", **said)]
    return [
        WORDS.say(language, "report.strongest", name=strong.name, **said),
        WORDS.say(language, "report.weakest", name=weak.name, points=weak.points, most=weak.most),
    ]

"""A self-diagnostic as a file: `diagnostics/<slug>.<language>.yaml`; questions, points, and what they mean."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from prospecting.documents import Document, read_yaml
from prospecting.findings import Finding, Refused

OVERALL = "overall"
"""The bands of all points together; a dimension cannot be called so."""

KEYS = ("title", "promise", "minutes", "intro", "dimensions", "questions", "bands")
MAX_QUESTIONS = 60
MAX_OPTIONS = 12
MAX_POINTS = 100
MAX_TEXT = 2_000

_NAME = re.compile(r"(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)\.(?P<language>[a-z]{2,3}(?:-[A-Z]{2})?)\.yaml")
_ID = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Option:
    text: str
    points: Mapping[str, int]


@dataclass(frozen=True)
class Question:
    id: str
    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Band:
    """What it means to have at most `up_to` points (and more than the band before)."""

    up_to: int
    title: str
    text: str
    advice: str


@dataclass(frozen=True)
class Diagnostic:
    """One self-diagnostic in one language."""

    slug: str
    language: str
    title: str
    promise: str
    minutes: int
    intro: str
    dimensions: Mapping[str, str]
    """Id to name, in the order of the report."""
    questions: tuple[Question, ...]
    bands: Mapping[str, tuple[Band, ...]]
    """By dimension, and under "overall" where there are bands for all points together."""

    def most(self, dimension: str) -> int:
        """The most points that one can have in `dimension`."""
        return sum(max(option.points.get(dimension, 0) for option in question.options) for question in self.questions)

    def as_dict(self) -> dict[str, Any]:
        """As JSON keeps it; the order of dimensions stands in a list, because databases do not keep that of keys."""
        return asdict(self) | {"dimensions": [[name, words] for name, words in self.dimensions.items()]}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> "Diagnostic":
        """The diagnostic that `as_dict` wrote."""
        questions = tuple(
            Question(q["id"], q["text"], tuple(Option(**option) for option in q["options"])) for q in said["questions"]
        )
        bands = {name: tuple(Band(**band) for band in each) for name, each in said["bands"].items()}
        return cls(**dict(said) | {"questions": questions, "bands": bands, "dimensions": dict(said["dimensions"])})


def load_definition(path: Path) -> Diagnostic:
    """The diagnostic in the file at `path`. Raises Refused with every finding, each where it stands."""
    name = f"{path.parent.name}/{path.name}"
    named = _NAME.fullmatch(path.name)
    if not named:
        raise Refused.of(
            "CF004", "A diagnostic's file is named slug.language.yaml, in lower case.", "Rename it.", file=name
        )
    document = read_yaml(path, name=name)
    if not isinstance(document.data, dict):
        raise Refused.of(
            "CF004", "This file holds no diagnostic.", f"Write the keys {', '.join(KEYS)}.", file=name, line=1, column=1
        )
    return _Reader(document).diagnostic(named["slug"], named["language"])


class _Reader:
    """Takes the values of one file, and notes what is wrong with each."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._findings: list[Finding] = []

    def diagnostic(self, slug: str, language: str) -> Diagnostic:
        said = self._document.data
        self._known(said, (), KEYS)
        dimensions = self._dimensions(said.get("dimensions"))
        read = Diagnostic(
            slug=slug,
            language=language,
            title=self._text(said, (), "title"),
            promise=self._text(said, (), "promise"),
            minutes=self._whole(said.get("minutes"), ("minutes",), low=1, high=600),
            intro=self._text(said, (), "intro", needed=False),
            dimensions=dimensions,
            questions=self._questions(said.get("questions"), dimensions),
            bands=self._bands(said.get("bands"), dimensions),
        )
        if not self._findings:
            self._complete(read)
        if self._findings:
            raise Refused(self._findings)
        return read

    def _wrong(
        self, path: tuple[str | int, ...], message: str, mend: str, *, code: str = "CF004", key: bool = False
    ) -> None:
        self._findings.append(self._document.finding(code, path, message, mend, key=key))

    def _known(self, said: Mapping[str, Any], path: tuple[str | int, ...], keys: tuple[str, ...]) -> None:
        for key in said:
            if key not in keys:
                self._findings.append(
                    self._document.finding(
                        "CF001", (*path, key), f"There is no key `{key}` here.", f"Known: {', '.join(keys)}.", key=True
                    )
                )

    def _text(self, said: Mapping[str, Any], path: tuple[str | int, ...], key: str, *, needed: bool = True) -> str:
        value = said.get(key)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
            message = f"{key} is missing, no text, or longer than {MAX_TEXT:,} characters."
            self._findings.append(
                self._document.finding("CF004", (*path, key), message, "Write it in quotes.", key=value is None)
            )
            return ""
        return value.strip()

    def _whole(self, value: Any, path: tuple[str | int, ...], *, low: int, high: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self._wrong(path, f"{path[-1]} is a whole number from {low} to {high}.", "Write one.")
            return low
        return value

    def _dimensions(self, said: Any) -> dict[str, str]:
        if not isinstance(said, dict) or not said:
            self._wrong(("dimensions",), "A diagnostic looks at one or more dimensions.", "Write them as id: name.")
            return {}
        for name in said:
            if not isinstance(name, str) or not _ID.fullmatch(name) or name == OVERALL:
                self._wrong(
                    ("dimensions", name),
                    f"`{name}` is no id for a dimension.",
                    "Use lower-case letters, digits, - and _, and another word than overall.",
                )
        return {str(name): self._text(said, ("dimensions",), name) for name in said}

    def _questions(self, said: Any, dimensions: Mapping[str, str]) -> tuple[Question, ...]:
        if not isinstance(said, list) or not 1 <= len(said) <= MAX_QUESTIONS:
            self._wrong(
                ("questions",), f"A diagnostic asks from 1 to {MAX_QUESTIONS} questions.", "Write them as a list."
            )
            return ()
        questions: list[Question] = []
        for number, each in enumerate(said):
            path = ("questions", number)
            if not isinstance(each, dict):
                self._wrong(path, "A question has an id, a text and options.", "Write these keys.")
                continue
            self._known(each, path, ("id", "text", "options"))
            name = self._text(each, path, "id")
            if name and not _ID.fullmatch(name):
                self._wrong((*path, "id"), f"`{name}` is no id.", "Use lower-case letters, digits, - and _.")
            if name in {question.id for question in questions}:
                self._wrong((*path, "id"), f"Two questions are called {name}.", "Give each its own id.", code="CF003")
            questions.append(
                Question(
                    name,
                    self._text(each, path, "text"),
                    self._options(each.get("options"), (*path, "options"), dimensions),
                )
            )
        return tuple(questions)

    def _options(self, said: Any, path: tuple[str | int, ...], dimensions: Mapping[str, str]) -> tuple[Option, ...]:
        if not isinstance(said, list) or not 2 <= len(said) <= MAX_OPTIONS:
            self._wrong(path, f"A question has from 2 to {MAX_OPTIONS} options.", "Write them as a list.")
            return ()
        options: list[Option] = []
        for number, each in enumerate(said):
            here = (*path, number)
            if not isinstance(each, dict):
                self._wrong(here, "An option has a text and points.", "Write {text: …, points: {dimension: 2}}.")
                continue
            self._known(each, here, ("text", "points"))
            options.append(
                Option(self._text(each, here, "text"), self._points(each.get("points"), (*here, "points"), dimensions))
            )
        return tuple(options)

    def _points(self, said: Any, path: tuple[str | int, ...], dimensions: Mapping[str, str]) -> dict[str, int]:
        if not isinstance(said, dict):
            self._wrong(path, "Points stand by dimension.", "Write for example {meetings: 2}.")
            return {}
        for name in said:
            if name not in dimensions:
                self._wrong(
                    (*path, name),
                    f"There is no dimension `{name}`.",
                    f"Known: {', '.join(dimensions)}.",
                    code="CF003",
                    key=True,
                )
        return {str(name): self._whole(value, (*path, name), low=0, high=MAX_POINTS) for name, value in said.items()}

    def _bands(self, said: Any, dimensions: Mapping[str, str]) -> dict[str, tuple[Band, ...]]:
        if not isinstance(said, dict):
            self._wrong(("bands",), "Bands say what the points mean.", "Write a list of bands under each dimension.")
            return {}
        for name in said:
            if name not in dimensions and name != OVERALL:
                self._wrong(
                    ("bands", name),
                    f"There is no dimension `{name}`.",
                    f"Known: {', '.join(dimensions)}, {OVERALL}.",
                    code="CF003",
                    key=True,
                )
        for name in dimensions:
            if not said.get(name):
                self._wrong(
                    ("bands",), f"Nothing says what points in {name} mean.", f"Add bands under {name}.", key=True
                )
        return {str(name): self._of_one(each, ("bands", name)) for name, each in said.items()}

    def _of_one(self, said: Any, path: tuple[str | int, ...]) -> tuple[Band, ...]:
        if not isinstance(said, list):
            self._wrong(
                path, "Bands are a list, from few points to many.", "Write {up_to, title, text, advice} for each."
            )
            return ()
        bands: list[Band] = []
        for number, each in enumerate(said):
            here = (*path, number)
            if not isinstance(each, dict):
                self._wrong(here, "A band has up_to, title, text and advice.", "Write these keys.")
                continue
            self._known(each, here, ("up_to", "title", "text", "advice"))
            up_to = self._whole(each.get("up_to"), (*here, "up_to"), low=0, high=MAX_POINTS * MAX_QUESTIONS)
            if bands and up_to <= bands[-1].up_to:
                self._wrong(
                    (*here, "up_to"), "Bands go from few points to many.", f"Write more than {bands[-1].up_to}."
                )
            bands.append(
                Band(
                    up_to,
                    self._text(each, here, "title"),
                    self._text(each, here, "text"),
                    self._text(each, here, "advice", needed=False),
                )
            )
        return tuple(bands)

    def _complete(self, read: Diagnostic) -> None:
        """Every score that somebody can reach has its band."""
        for name, bands in read.bands.items():
            most = sum(read.most(each) for each in read.dimensions) if name == OVERALL else read.most(name)
            if most == 0:
                self._wrong(
                    ("dimensions", name),
                    f"No answer gives a point in {name}.",
                    "Give points, or leave the dimension out.",
                )
            elif bands[-1].up_to < most:
                self._wrong(
                    ("bands", name, len(bands) - 1, "up_to"),
                    f"One can have {most} points in {name}, and no band says what that means.",
                    f"Write {most}.",
                )

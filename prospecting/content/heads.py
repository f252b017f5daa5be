"""The head of a gift's file: every value taken, checked, and refused where it stands."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from prospecting.content.models import GiftKind, ReviewState
from prospecting.documents import Document
from prospecting.findings import Finding, Refused

KEYS = (
    "kind", "title", "promise", "minutes", "topics", "audience", "owner", "gated", "author",
    "revised", "fresh_until", "approved_by", "state", "url", "file", "data",
)  # fmt: skip
PRICES = frozenset({"price", "cost", "costs", "fee", "currency", "prix", "tarif", "cout", "coût"})
LENGTHS = {"title": 200, "promise": 300, "audience": 300, "owner": 40, "author": 120, "approved_by": 40, "file": 255}

MAX_MINUTES = 600
MAX_FILE = 50_000_000
"""Bytes of a file that is given away."""
MAX_TOPICS = 20

AnyEnum = TypeVar("AnyEnum", bound=StrEnum)

_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?")


@dataclass(frozen=True)
class GiftFile:
    """One gift in one language, as its file says it; every value checked."""

    slug: str
    language: str
    kind: GiftKind
    title: str
    promise: str
    minutes: int
    topics: tuple[str, ...]
    audience: str
    owner: str
    gated: bool
    author: str
    revised_on: date | None
    fresh_until: date | None
    approved_by: str | None
    state: ReviewState
    url: str | None
    file: str | None
    data: dict[str, Any]
    body: str
    document: Document


class Head:
    """Takes one head's values, and notes what is wrong with each where it stands."""

    def __init__(self, document: Document, folder: Path) -> None:
        self._document, self._folder = document, folder
        self._head: dict[str, Any] = document.data
        self._findings: list[Finding] = []

    def gift(self, slug: str, language: str) -> GiftFile:
        self._known_keys()
        kind = self._one_of("kind", GiftKind)
        if "kind" not in self._head:
            self._missing("kind", f"Write one of: {', '.join(GiftKind)}.")
        approved_by = self._text("approved_by") or None
        file = self._text("file") or None
        said = GiftFile(
            slug=slug,
            language=language,
            kind=kind or GiftKind.ARTICLE,
            title=self._text("title", needed="Write the words that a reader sees first."),
            promise=self._text("promise", needed="Write in one sentence what the reader gains.", code="GF007"),
            minutes=self._minutes(),
            topics=self._topics(),
            audience=self._text("audience"),
            owner=self._text("owner", needed="Write the handle of the one who answers for it."),
            gated=self._flag("gated"),
            author=self._text("author"),
            revised_on=self._day("revised"),
            fresh_until=self._day("fresh_until"),
            approved_by=approved_by,
            state=self._state(approved_by),
            url=self._url("url"),
            file=file,
            data=self._data() | (self._file(file) if file else {}),
            body=self._document.body.strip("\n"),
            document=self._document,
        )
        if kind:
            self._needs(said)
        if self._findings:
            raise Refused(self._findings)
        return said

    def _wrong(self, key: str | tuple[str, ...], message: str, mend: str, *, code: str = "CF004") -> None:
        path = (key,) if isinstance(key, str) else key
        self._findings.append(self._document.finding(code, path, message, mend))

    def _missing(self, key: str, mend: str, *, code: str = "CF004") -> None:
        self._findings.append(Finding(code, self._document.file, f"The gift has no {key}.", mend, 1, 1))

    def _known_keys(self) -> None:
        for key in self._head:
            if str(key).lower() in PRICES:
                finding = (
                    "GF011",
                    f"A gift costs nothing, so it has no `{key}`.",
                    "Remove this line; what has a price is not a gift.",
                )
            elif key not in KEYS:
                finding = "CF001", f"A gift has no key `{key}`.", f"Known here: {', '.join(KEYS)}."
            else:
                continue
            self._findings.append(self._document.finding(finding[0], (key,), *finding[1:], key=True))

    def _text(self, key: str, *, needed: str = "", code: str = "CF004") -> str:
        value = self._head.get(key)
        if value is None or (isinstance(value, str) and not value.strip()):
            if needed:
                self._missing(key, needed, code=code)
            return ""
        if not isinstance(value, str):
            self._wrong(key, f"The {key} is no text.", "Put it in quotes.")
            return ""
        if len(value) > LENGTHS[key] or any(ord(c) < 32 for c in value.strip()):
            self._wrong(
                key, f"The {key} is longer than {LENGTHS[key]} characters or than one line.", "Make it shorter."
            )
        return value.strip()

    def _one_of(self, key: str, kinds: type[AnyEnum]) -> AnyEnum | None:
        value = self._head.get(key)
        if value is None:
            return None
        if value not in list(kinds):
            self._wrong(key, f"There is no {key} `{value}`.", f"Write one of: {', '.join(kinds)}.")
            return None
        return kinds(value)

    def _state(self, approved_by: str | None) -> ReviewState:
        state = self._one_of("state", ReviewState)
        if state is ReviewState.APPROVED and not approved_by:
            self._wrong(
                "state", "It does not say who approved this gift.", "Add approved_by with that person's handle."
            )
        return state or (ReviewState.APPROVED if approved_by else ReviewState.DRAFT)

    def _minutes(self) -> int:
        value = self._head.get("minutes")
        if value is None:
            self._missing("minutes", "Write how many minutes it takes the reader.")
        elif not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_MINUTES:
            self._wrong(
                "minutes", f"A gift takes from 1 to {MAX_MINUTES} whole minutes.", "Write a number, for example 9."
            )
        else:
            return value
        return 0

    def _topics(self) -> tuple[str, ...]:
        value = self._head.get("topics") or []
        if not isinstance(value, list) or not all(
            isinstance(topic, str) and 0 < len(topic.strip()) <= 60 for topic in value
        ):
            self._wrong("topics", "Topics are a list of words.", "Write for example [meetings, writing].")
            return ()
        if len(value) > MAX_TOPICS:
            self._wrong("topics", f"More than {MAX_TOPICS} topics say nothing.", "Keep the few that matter.")
        return tuple(dict.fromkeys(topic.strip() for topic in value))

    def _flag(self, key: str) -> bool:
        value = self._head.get(key, False)
        if not isinstance(value, bool):
            self._wrong(key, f"{key} is true or false.", "Write one of the two.")
            return False
        return value

    def _day(self, key: str) -> date | None:
        value = self._head.get(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        if value is not None:
            self._wrong(key, f"{key} is no day.", "Write it as 2026-11-03.")
        return None

    def _url(self, key: str) -> str | None:
        value = self._head.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not is_web_address(value):
            self._wrong(key, "This is no address of a web page.", "Write it whole, with https://.")
            return None
        return value

    def _data(self) -> dict[str, Any]:
        value = self._head.get("data") or {}
        if not isinstance(value, dict):
            self._wrong("data", "This holds no keys.", "Write it as keys and values.")
            return {}
        for key in value:
            if str(key).lower() in PRICES:
                self._findings.append(
                    self._document.finding(
                        "GF011",
                        ("data", key),
                        f"A gift costs nothing, so it has no `{key}`.",
                        "Remove this line.",
                        key=True,
                    )
                )
        return {str(key): _plain(each) for key, each in value.items()}

    def _file(self, name: str) -> dict[str, Any]:
        """Size and hash of the file that is given away, so that another file is another version."""
        path = self._folder / name
        if "/" in name or "\\" in name or name.startswith(".") or path.is_symlink():
            self._wrong(
                "file",
                "A gift's file stands beside it, under a plain name.",
                "Put it into gifts/ and write its name alone.",
            )
        elif not path.is_file():
            self._wrong(
                "file",
                f"There is no file {name} beside this gift.",
                "Put it into gifts/, or correct the name.",
                code="CF003",
            )
        elif not 0 < (size := path.stat().st_size) <= MAX_FILE:
            self._wrong(
                "file",
                f"The file has {size:,} bytes; it may have 1 to {MAX_FILE:,}.",
                "Make it smaller, or link to it.",
            )
        elif path.suffix.lower() == ".pdf" and not _begins_with(path, b"%PDF-"):
            self._wrong("file", f"{name} is no PDF, whatever its name says.", "Export it again.")
        else:
            with path.open("rb") as content:
                return {"bytes": size, "sha256": hashlib.file_digest(content, "sha256").hexdigest()}
        return {}

    def _needs(self, said: GiftFile) -> None:
        """What one kind cannot be without."""
        match said.kind:
            case GiftKind.LINK if not said.url:
                self._missing("url", "Write the address of the page it leads to.")
            case GiftKind.VIDEO if not (said.url or said.file):
                self._missing("url or file", "Write the video's address, or the name of its file.")
            case GiftKind.FILE if not said.file:
                self._missing("file", "Write the name of the file beside this one.")
            case GiftKind.INFOGRAPHIC if not (said.file and said.data.get("source")):
                self._missing("file and data.source", "Write the picture's file, and where its figures come from.")
            case GiftKind.DIAGNOSTIC if not isinstance(said.data.get("diagnostic"), str):
                self._missing("data.diagnostic", "Write the name of its definition in diagnostics/.")
            case GiftKind.MASTER_CLASS:
                self._master_class(said.data)
            case GiftKind.ARTICLE | GiftKind.GUIDE if not said.body.strip():
                self._missing("words", "Write the article below the head.")

    def _master_class(self, data: dict[str, Any]) -> None:
        if not isinstance(starts := data.get("starts"), str) or not _local_time(starts):
            self._wrong(
                ("data", "starts"),
                "A master class needs its local date and hour.",
                'Write data: {starts: "2027-03-10T17:00", …}.',
            )
        if not isinstance(zone := data.get("zone"), str) or zone not in available_timezones():
            self._wrong(
                ("data", "zone"),
                f"There is no time zone `{zone}`.",
                "Write for example Europe/Paris.",
                code="CF003",
            )
        for key in ("minutes", "places"):
            value = data.get(key)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                self._wrong(
                    ("data", key), f"A master class needs its {key}, a whole number.", f"Write data: {{{key}: 40, …}}."
                )


def is_web_address(value: str) -> bool:
    """Whether `value` is a whole http(s) address without a name and password in it."""
    if len(value) > 2000 or any(c.isspace() or not c.isprintable() for c in value):
        return False
    try:
        parts = urlsplit(value)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
        )
    except ValueError:
        return False


def _begins_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as content:
        return content.read(len(magic)) == magic


def _local_time(value: str) -> bool:
    if not _LOCAL.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _plain(value: Any) -> Any:
    """`value` as JSON keeps it: dates become text."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value

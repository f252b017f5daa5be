"""What the linter looks at, gathered once: the campaign, its messages, its gifts, and the people it is for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from prospecting.campaigns.closed import quiet_spans
from prospecting.campaigns.form import CalendarRules, CampaignDefinition, Step
from prospecting.campaigns.lint.who import Audience
from prospecting.campaigns.versions import in_language, texts_of
from prospecting.content import GiftFacts
from prospecting.documents import Document, Path_, Position, parse_markdown
from prospecting.findings import Finding, Refused, Severity
from prospecting.senders.models import Mailbox, User
from prospecting.settings import Settings

LANGUAGES = ("fr", "en")


@dataclass(frozen=True)
class Words:
    """One stretch of a person's words that will be printed in a message, and where each character stands."""

    text: str
    file: str
    line: int
    column: int
    """Of the first character; the lines after it begin at column 1."""
    part: str
    """subject, preheader, body, why_them, title or promise."""

    def finding(self, code: str, offset: int, message: str, mend: str, *, severity: Severity = "error") -> Finding:
        """A finding at the character `offset`."""
        before = self.text[:offset]
        lines = before.count("\n")
        column = offset - before.rfind("\n") if lines else self.column + offset
        return Finding(code, self.file, message, mend, self.line + lines, column, severity)


@dataclass(frozen=True)
class Message:
    """One message file in one language, as text; `step` is the first gift's number that sends it, None: the invitation."""

    path: str
    language: str
    text: str
    step: int | None
    document: Document | None
    """None where the head is not YAML; compiling says so."""

    @property
    def words(self) -> list[Words]:
        """Subject, preheader and body."""
        if self.document is None:
            return [Words(self.text, self.path, 1, 1, "body")]
        found = [in_head(self.document, key) for key in ("subject", "preheader")]
        body = Words(self.document.body, self.path, self.document.body_line, 1, "body")
        return [words for words in (*found, body) if words]


@dataclass(frozen=True)
class Case:
    """Everything that the rules judge; `definition` may be a draft, with its mistakes taken out."""

    definition: CampaignDefinition
    document: Document
    folder: Path
    now: datetime
    settings: Settings
    users: Mapping[str, User]
    mailboxes: Mapping[str, Mailbox]
    gifts: Mapping[str, list[GiftFacts]]
    """Each gift's newest versions, by slug; a slug that is not in the library is not here."""
    slugs: list[str]
    """Every gift of the library."""
    audience: Audience | None
    """None where the condition cannot be read."""
    files: Mapping[str, str] = field(repr=False)
    """The text of each message file that is there, by path."""

    @property
    def language(self) -> str:
        """The campaign's own language."""
        return (self.definition.language or self.settings.language).split("-")[0]

    @cached_property
    def rules(self) -> CalendarRules:
        """The campaign's calendar, without quiet spans that nobody knows (`references` tells them)."""
        known = tuple(span for span in self.definition.calendar.quiet if not span.name or span.name in quiet_spans())
        return self.definition.calendar.model_copy(update={"quiet": known})

    @cached_property
    def messages(self) -> list[Message]:
        """Every message of the campaign with its translations, each once."""
        found = [
            self._message(path, language, number)
            for number, step in enumerate(self.definition.gifts)
            for path in step.messages
            for path, language in self._languages(path)
        ]
        if self.definition.invitation:
            found += [
                self._message(path, language, None)
                for path, language in self._languages(self.definition.invitation.message)
            ]
        seen: dict[str, Message] = {}
        for message in found:
            seen.setdefault(message.path, message)
        return list(seen.values())

    def given(self) -> Iterator[tuple[int, Step, str, Path_]]:
        """Every gift that may be given: the step's number, the step, the slug and its path in the file."""
        for number, step in enumerate(self.definition.gifts):
            for place, slug in enumerate(step.gifts):
                inner: Path_ = ("best_of", place) if len(step.gifts) > 1 else ()
                yield number, step, slug, ("gifts", number, "give", *inner)

    def at(
        self, code: str, path: Path_, message: str, mend: str, *, key: bool = False, severity: Severity = "error"
    ) -> Finding:
        """A finding in the campaign file."""
        return self.document.finding(code, path, message, mend, key=key, warning=severity == "warning")

    def _languages(self, path: str) -> Iterator[tuple[str, str]]:
        if path in self.files:
            yield path, self.language
        for language in LANGUAGES:
            if in_language(path, language) in self.files:
                yield in_language(path, language), language

    def _message(self, path: str, language: str, step: int | None) -> Message:
        text = self.files[path].replace("\r\n", "\n").replace("\r", "\n")
        try:
            document = parse_markdown(text, name=path)
        except Refused:
            return Message(path, language, text, step, None)
        return Message(path, language, text, step, document if isinstance(document.data, dict) else None)


def texts(folder: Path, definition: CampaignDefinition) -> dict[str, str]:
    """Every message of the campaign that can be read as text; what cannot is told by `references`."""
    try:
        return texts_of(folder, definition)
    except (UnicodeDecodeError, OSError):
        return {path: text for path in definition.messages if (text := _text(folder / path)) is not None}


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError):
        return None


def in_head(document: Document, *path: str | int, part: str = "") -> Words | None:
    """The text at `path` of a document's YAML, with the place of its first character."""
    node = document.data
    for key in path:
        node = (
            node.get(key)
            if isinstance(node, dict)
            else node[key]
            if isinstance(node, list) and isinstance(key, int) and key < len(node)
            else None
        )
    if not isinstance(node, str):
        return None
    start = document.at(*path)
    return Words(node, document.file, start.line, start.column + _quote(document, start), part or str(path[-1]))


def _quote(document: Document, start: Position) -> int:
    lines = document.text.split("\n")
    return int(start.line <= len(lines) and lines[start.line - 1][start.column - 1 : start.column] in ("'", '"'))


def library(definition: CampaignDefinition, facts: list[GiftFacts]) -> dict[str, list[GiftFacts]]:
    """The campaign's gifts out of all of them, by slug."""
    wanted = {slug for step in definition.gifts for slug in step.gifts}
    found: dict[str, list[GiftFacts]] = {}
    for fact in facts:
        if fact.slug in wanted:
            found.setdefault(fact.slug, []).append(fact)
    return found

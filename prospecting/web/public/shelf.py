"""Every gift's page and diagnostic in this process's memory, and beside the journal: they open while the database is
away."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from prospecting import content, diagnostics
from prospecting.content import GiftPage, GiftText
from prospecting.content.pages import dump, read_dump
from prospecting.diagnostics import Diagnostic
from prospecting.senders.models import Mailbox, User

FILE = "shelf.json"


@dataclass(frozen=True)
class Host:
    """Who offers a gift: a person of the team, and for whom they write."""

    name: str
    organisation: str
    sells: Mapping[str, str] = field(default_factory=dict)
    postal_address: str = ""

    @property
    def called(self) -> str:
        """As a sentence names them: a person by their first name, a house by its whole one."""
        return self.name.split(" ")[0] if self.name else self.organisation

    @property
    def initials(self) -> str:
        parts = (self.name or self.organisation).split() or ["·"]
        return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()


@dataclass(frozen=True)
class Shown:
    """One gift as it is shown to one reader: its words in their language or the nearest there is."""

    page: GiftPage
    text: GiftText

    @property
    def host_of_url(self) -> str:
        """The foreign site's name, said before one goes there."""
        return (self.text.url or "").split("//", 1)[-1].split("/", 1)[0].removeprefix("www.")


class Shelf:
    """What is shown, swapped as a whole whenever it is taken anew. Reading it needs no lock."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._gifts: dict[str, GiftPage] = {}
        self._diagnostics: dict[str, dict[str, Diagnostic]] = {}
        self._host = Host("", "")
        self._recall()

    def gift(self, slug: str, language: str) -> Shown | None:
        """The gift in `language`, else in the nearest one it has; None if there is no such gift."""
        page = self._gifts.get(slug)
        return Shown(page, page.text(language)) if page else None

    def diagnostic(self, slug: str, language: str) -> Diagnostic | None:
        """The diagnostic in `language`, else in English, else in any."""
        languages = self._diagnostics.get(slug, {})
        return languages.get(language) or languages.get("en") or next(iter(languages.values()), None)

    def gift_of_diagnostic(self, slug: str, language: str) -> Shown | None:
        """The gift that a diagnostic is given as."""
        for page in self._gifts.values():
            if page.kind == "diagnostic" and any(diagnostic_of(page, text) == slug for text in page.texts.values()):
                return self.gift(page.slug, language)
        return None

    @property
    def host(self) -> Host:
        """Who gives, as far as a page knows that is the same for everybody: the one sender, or where there are several
        the house they write for."""
        return self._host

    def take(self, session: Session) -> None:
        """Read everything anew, and keep a copy beside the journal."""
        self._put(content.catalogue(session), diagnostics.definitions(session), _host(session))
        self._keep()

    def _put(self, gifts: Sequence[GiftPage], asked: Sequence[Diagnostic], host: Host) -> None:
        by_slug: dict[str, dict[str, Diagnostic]] = {}
        for diagnostic in asked:
            by_slug.setdefault(diagnostic.slug, {})[diagnostic.language] = diagnostic
        self._gifts, self._diagnostics, self._host = {page.slug: page for page in gifts}, by_slug, host

    def _keep(self) -> None:
        """Whole, or not at all; and only when something changed."""
        kept = {
            "gifts": dump(list(self._gifts.values())),
            "diagnostics": [each.as_dict() for languages in self._diagnostics.values() for each in languages.values()],
            "host": asdict(self._host),
        }
        text = json.dumps(kept, ensure_ascii=False)
        if self._file.exists() and self._file.read_text(encoding="utf-8") == text:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._file.with_suffix(f".{os.getpid()}")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(self._file)

    def _recall(self) -> None:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            gifts = read_dump(kept["gifts"])
            asked = [Diagnostic.from_dict(each) for each in kept["diagnostics"]]
            host = Host(**kept["host"])
        except (OSError, ValueError, KeyError, TypeError):  # none yet, or another version's: the database has it
            return
        self._put(gifts, asked, host)


def diagnostic_of(page: GiftPage, text: GiftText) -> str:
    """The slug of the diagnostic that a gift of that kind gives: its own unless it names another."""
    return str(text.data.get("diagnostic") or page.slug)


def _host(session: Session) -> Host:
    senders = session.execute(
        select(Mailbox, User.name).join(User, User.id == Mailbox.user_id).order_by(Mailbox.id)
    ).all()
    if not senders:
        return Host("", "")
    first, name = senders[0]
    alone = len({mailbox.user_id for mailbox, _ in senders}) == 1
    return Host(name if alone else "", first.organisation, dict(first.sells), first.postal_address)

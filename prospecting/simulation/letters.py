"""A caught mail as its reader sees it: who it is to, what it offers, and the links behind the words."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as policy
from pathlib import Path
from urllib.parse import urlsplit

from lxml.html import fromstring

import prospecting.content
from prospecting.words import Words

SAID = Words(Path(prospecting.content.__file__).parent / "words")
PRESSABLE = ("useful", "send_next", "not_for_me")


@dataclass(frozen=True)
class Link:
    """One link: where it leads, and what it says."""

    address: str
    text: str

    @property
    def room(self) -> str:
        """The first segment of its path: g, a, p, m, u, c."""
        return urlsplit(self.address).path.strip("/").split("/")[0]

    @property
    def fragment(self) -> str:
        return urlsplit(self.address).fragment


@dataclass(frozen=True)
class Letter:
    """One mail, read."""

    to: str
    sender: str
    subject: str
    message_id: str
    language: str
    at: datetime
    links: tuple[Link, ...]

    @property
    def kind(self) -> str:
        """gift, invitation or service, as far as its reader can tell."""
        rooms = {link.room for link in self.links}
        return "invitation" if "m" in rooms else "gift" if "g" in rooms or self.pressable else "service"

    @property
    def gift(self) -> Link | None:
        return next((link for link in self.links if link.room == "g"), None)

    @property
    def gift_slug(self) -> str:
        return urlsplit(self.gift.address).path.split("/")[2] if self.gift else ""

    @property
    def pressable(self) -> dict[str, Link]:
        """The gestures' links by name, told apart by what they say, as a person does."""
        said = {SAID.say(self.language, f"gesture.{gesture}"): gesture for gesture in PRESSABLE}
        return {said[link.text]: link for link in self.links if link.text in said}

    def first(self, room: str) -> Link | None:
        """The first link into one of our rooms."""
        return next((link for link in self.links if link.room == room), None)


def read_letter(raw: bytes, *, at: datetime) -> Letter:
    """Read a mail that arrived at the engine's instant `at`."""
    message = message_from_bytes(raw, _class=EmailMessage, policy=policy)
    html = message.get_body(("html",))
    tree = fromstring(html.get_content() if html else "<html></html>")
    links = tuple(
        Link(a.get("href"), " ".join(a.text_content().split()))
        for a in tree.iter("a")
        if (a.get("href") or "").startswith("http")
    )
    language = tree.get("lang") or "en"
    return Letter(
        to=_address(message, "To"),
        sender=_address(message, "From"),
        subject=str(message.get("Subject", "")),
        message_id=str(message.get("Message-ID", "")).strip(),
        language=language,
        at=at,
        links=links,
    )


def _address(message: EmailMessage, header: str) -> str:
    named = message.get(header)
    return str(named.addresses[0].addr_spec).lower() if named and named.addresses else ""

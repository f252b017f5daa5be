"""From claimed touches to letters ready for a server: read once for the whole batch, filled one by one.

What is slow happens once per version, message, language and variant (`_compiled`); versions never change, so nothing
here is ever stale. A letter that cannot be written is not sent half-rendered: its touch fails, and says why.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from prospecting.campaigns import versions
from prospecting.campaigns.models import Touch, TouchKind
from prospecting.campaigns.touch import Claimed, TouchState
from prospecting.campaigns.versions import Version
from prospecting.content import templates
from prospecting.content.compiled import CannotFill, CompiledMessage
from prospecting.content.letter import Letter
from prospecting.content.models import Gift, GiftVersion
from prospecting.delivery import headers, mime
from prospecting.delivery.models import Message
from prospecting.delivery.transports import Capabilities, Outgoing
from prospecting.engagement import GESTURES, Links, lower, mode_of
from prospecting.engagement.kinds import Mode
from prospecting.findings import Refused
from prospecting.installation import Installation
from prospecting.prospects import language_of
from prospecting.prospects.models import Organisation, Prospect
from prospecting.senders.models import Mailbox
from prospecting.tokens import Purpose, Signer
from prospecting.words import DEFAULT

REMEMBERED = 1_000
LOOPBACK = ("127.0.0.1", "localhost", "::1")
THREAD = 10
"""Earlier messages named in References; the last one matters, the others help a reader whose archive has holes."""


@dataclass(frozen=True)
class Prepared:
    """One claimed touch with its letter: all that the gate and the transport need."""

    touch_id: int
    claim: str
    kind: TouchKind
    prospect_id: int
    enrolment_id: int | None
    campaign_id: int | None
    version_id: int | None
    attempts: int
    recipient: str
    domain: str
    mode: Mode
    planned_mode: Mode
    """The mode it was planned in; `mode` is today's, and never above it."""
    message_id: str
    language: str
    subject: str
    head: tuple[str, ...]
    plain: bytes
    html: bytes | None
    sender: str

    def data(self, eight_bit: bool) -> bytes:
        """The message's bytes, in 8 bits where the server takes them."""
        return mime.multipart(self.head, self.plain, self.html, eight_bit=eight_bit)

    def outgoing(self) -> Outgoing:
        return Outgoing(self.sender, self.recipient, self.data)


@dataclass(frozen=True)
class Unfit:
    """A touch whose letter cannot be written, and why."""

    claimed: Claimed
    reason: str


def prepare(
    session: Session, claimed: Sequence[Claimed], *, mailbox: Mailbox, installation: Installation, now: datetime
) -> list[Prepared | Unfit]:
    """The letters of `claimed`, in their order; each touch comes out once, ready or unfit."""
    rows = {row.Touch.id: row for row in session.execute(_facts([one.touch_id for one in claimed]))}
    earlier = _earlier(session, [row.Touch.enrolment_id for row in rows.values() if row.Touch.enrolment_id])
    writer = _Writer(session, mailbox, installation, now)
    letters: list[Prepared | Unfit] = []
    for one in claimed:
        row = rows[one.touch_id]
        thread = [known for touch, known in earlier.get(row.Touch.enrolment_id, []) if touch != one.touch_id]
        try:
            letters.append(writer.write(one, row, thread))
        except (CannotFill, Refused, headers.BadHeader, mime.BadBody) as error:
            letters.append(Unfit(one, f"render: {error}"[:300]))
    return letters


def message_id(signer: Signer, touch_id: int, domain: str) -> str:
    """The Message-ID of a touch: on the sender's domain, the same however often it is composed, and only ours to make."""
    return f"<{signer.touch(Purpose.RETURN_PATH, touch_id)}@{domain}>"


def _facts(touch_ids: Sequence[int]) -> Any:
    return (
        select(Touch, Prospect, Organisation, GiftVersion, Gift.slug)
        .join(Prospect, Prospect.id == Touch.prospect_id)
        .outerjoin(Organisation, Organisation.id == Prospect.organisation_id)
        .outerjoin(GiftVersion, GiftVersion.id == Touch.gift_version_id)
        .outerjoin(Gift, Gift.id == Touch.gift_id)
        .where(Touch.id.in_(touch_ids))
    )


def _earlier(session: Session, enrolment_ids: Sequence[int]) -> Mapping[int | None, list[tuple[int, str]]]:
    """The messages sent in each enrolment so far, oldest first: (touch, Message-ID)."""
    rows = (
        select(Touch.enrolment_id, Touch.id, Message.message_id)
        .join(Message, Message.touch_id == Touch.id)
        .where(Touch.enrolment_id.in_(set(enrolment_ids)), Touch.state == TouchState.SENT)
        .order_by(Message.gated_at, Message.id)
    )
    threads: defaultdict[int | None, list[tuple[int, str]]] = defaultdict(list)
    for enrolment_id, touch_id, identifier in session.execute(rows):
        threads[enrolment_id].append((touch_id, identifier))
    return threads


class _Writer:
    """Writes the letters of one mailbox at one instant."""

    def __init__(self, session: Session, mailbox: Mailbox, installation: Installation, now: datetime) -> None:
        self._session = session
        self._mailbox = mailbox
        self._signer = installation.signer
        self._settings = installation.settings
        self._links = Links(installation.signer, installation.settings.public_url)
        self._capabilities = Capabilities.measured(mailbox.options or {})
        self._domain = mailbox.address.rpartition("@")[2]
        self._from = headers.mailbox("From", mailbox.address, mailbox.name)
        self._date = headers.plain("Date", format_datetime(now))

    def write(self, claimed: Claimed, row: Row[Any], thread: Sequence[str]) -> Prepared:
        touch, person = row.Touch, row.Prospect
        version = versions.version(self._session, touch.version_id) if touch.version_id else None
        language = language_of(
            person,
            row.Organisation,
            (version.definition.language if version else None) or self._settings.language or DEFAULT,
        )
        choice = version.definition.tracking if version else "by_country"
        # Never more than what was planned: a link of this touch may be out already, from an attempt that was refused.
        country = person.country or (row.Organisation.country if row.Organisation else None)
        mode = lower(mode_of(country=country, wish=person.tracking_wish, choice=choice), Mode(touch.mode))
        letter, written_in = self._letter(row, version, language=language, mode=mode, first=not thread)
        identifier = message_id(self._signer, touch.id, self._domain)
        return Prepared(
            touch_id=touch.id,
            claim=claimed.claim,
            kind=claimed.kind,
            prospect_id=person.id,
            enrolment_id=touch.enrolment_id,
            campaign_id=touch.campaign_id,
            version_id=touch.version_id,
            attempts=claimed.attempts,
            recipient=person.address,
            domain=person.domain,
            mode=mode,
            planned_mode=Mode(touch.mode),
            message_id=identifier,
            language=written_in,
            subject=letter.subject,
            head=self._head(row, letter, identifier, thread, mode=mode),
            plain=mime.body(letter.text),
            html=mime.body(letter.html) if letter.html else None,
            sender=self._mailbox.address,
        )

    def _letter(
        self, row: Row[Any], version: Version | None, *, language: str, mode: Mode, first: bool
    ) -> tuple[Letter, str]:
        touch = row.Touch
        content = touch.content or {}
        if not touch.message:
            text = f"{str(content['text']).rstrip()}\n\n{self._signature()}"
            return Letter(str(content["subject"]), "", "", text), language
        if version is None:
            raise CannotFill("the touch has a message of no campaign")
        compiled = _message(version, touch, language)
        values = self._values(row, compiled.language) | {
            "why_them": version.definition.lawful.why_them,
            "first": first,
            "letter": {"line": content.get("personal_line")},
        }
        return compiled.fill(values, self._addresses(row, mode)), compiled.language

    def _values(self, row: Row[Any], language: str) -> dict[str, Any]:
        person, gift, mailbox = row.Prospect, row.GiftVersion, self._mailbox
        sells = mailbox.sells or {}
        return {
            "prospect": {
                "first_name": person.first_name,
                "last_name": person.last_name,
                "role": person.role,
                "language": person.language,
                "country": person.country,
                "fields": person.fields or {},
            },
            "organisation": {"name": row.Organisation.name} if row.Organisation else {},
            "gift": {"title": gift.title, "promise": gift.promise, "minutes": gift.minutes} if gift else {},
            "sender": {
                "name": mailbox.name,
                "organisation": mailbox.organisation,
                "sells": sells.get(language) or next(iter(sells.values()), ""),
                "postal_address": mailbox.postal_address,
            },
        }

    def _addresses(self, row: Row[Any], mode: Mode) -> dict[str, str]:
        """The links of the letter. In `none` there is no server of ours behind them: the gift's own address, and answers."""
        touch, links = row.Touch, self._links
        own = row.GiftVersion.url if row.GiftVersion else None
        gift = {"gift": links.gift(row.slug, touch.id, mode, own=own)} if row.slug else {}
        if mode is Mode.NONE:
            return gift
        ways = {"space": links.space(touch.id), "objection": links.objection(row.Prospect.address_hash)}
        if touch.kind == TouchKind.INVITATION:
            return ways | {"invitation": links.invitation(touch.id)}
        return gift | ways | {str(kind): links.gesture(touch.id, kind) for kind in GESTURES}

    def _signature(self) -> str:
        mailbox = self._mailbox
        return f"{mailbox.name}\n{mailbox.organisation}, {mailbox.postal_address}\n"

    def _head(
        self, row: Row[Any], letter: Letter, identifier: str, thread: Sequence[str], *, mode: Mode
    ) -> tuple[str, ...]:
        person = row.Prospect
        name = " ".join(part for part in (person.first_name, person.last_name) if part)
        lines = [
            self._from,
            headers.mailbox("To", person.address, name),
            headers.unstructured("Subject", letter.subject),
            self._date,
            headers.identifiers("Message-ID", [identifier]),
        ]
        answered = [str(said) for said in [(row.Touch.content or {}).get("in_reply_to")] if said]
        if threaded := [*thread, *answered][-THREAD:]:
            lines.append(headers.identifiers("In-Reply-To", threaded[-1:]))
            lines.append(headers.identifiers("References", threaded))
        return (*lines, *self._ways_out(person.address_hash, mode))

    def _ways_out(self, address_hash: bytes, mode: Mode) -> list[str]:
        """List-Unsubscribe by mail always, by https where we have a public address (RFC 2369); one click (RFC 8058) only
        where the server's signature covers both headers, because without one a forger could press for others."""
        token = self._signer.objection(address_hash)
        ways = [f"mailto:{self._mailbox.address}?subject={quote(f'STOP {token}')}"]
        page = self._links.objection(address_hash)
        public = page.startswith("https://") or urlsplit(page).hostname in LOOPBACK  # the demo's may be loopback
        if mode is Mode.NONE or not public:
            return [headers.addresses_of_pages("List-Unsubscribe", ways)]
        lines = [headers.addresses_of_pages("List-Unsubscribe", [*ways, page])]
        if page.startswith("https://") and self._capabilities.dkim_covers_list_unsubscribe:
            lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        return lines


@lru_cache(maxsize=REMEMBERED)
def _compiled(text: str, *, file: str, language: str, subject: str | None) -> CompiledMessage:
    """Compiled once; by the text itself, so that nothing depends on whose version it is."""
    return templates.compile_message(text, file=file, language=language, subject=subject)


def _message(version: Version, touch: Touch, language: str) -> CompiledMessage:
    """The touch's message for a reader of `language`. Raises Refused where it no longer compiles."""
    path = version.message_for(touch.message or "", language)
    text = version.messages.get(path)
    if text is None:
        raise CannotFill(f"the version has no message {path}")
    step = next((step for step in version.definition.gifts if step.id == touch.step), None)
    variant = next((one for one in step.variants if one.id == touch.variant), None) if step else None
    written_in = language if path != touch.message else (version.definition.language or language)
    return _compiled(text, file=path, language=written_in, subject=variant.subject if variant else None)

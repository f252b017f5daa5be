"""A message opened: its headers and texts as plain values, whatever the bytes; nothing here raises.

The standard library's `compat32` parser reads anything; its `default` policy raises on headers that strangers break.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime

from prospecting.inbound.addresses import addresses_in
from prospecting.inbound.html import text_of_html

MAX_TEXT = 60_000
"""Characters of a part that are looked at."""
MAX_PARTS = 200
MAX_HEADERS = 200
"""Lines of a returned message's headers."""
_TELLING = frozenset({"received", "message-id", "from", "to", "subject", "date"})

RETURNED = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "text/rfc822-header",
    "message/global-headers",
    "text/rfc822",
)
"""Content types of a message, or its headers, that came back."""
_RETURNED_HEADERS = re.compile(
    r"(?:return-path|received|message-id|from|to|subject|date|mime-version|x-[\w-]+) ?:", re.I
)

Fields = Mapping[str, str]
"""Header fields by lower-cased name; the first of each name counts."""


@dataclass(frozen=True)
class Part:
    """One leaf of the message, with its text, or the headers of a message inside it."""

    kind: str
    """Its content type, lower-cased."""
    text: str
    attached: bool = False
    inside: bool = False
    """It belongs to a message that this one carries."""


@dataclass(frozen=True)
class Mail:
    """One message, opened."""

    head: Fields
    parts: tuple[Part, ...]
    report: str
    """The report type of a multipart/report (RFC 6522), else empty."""
    sent_at: datetime | None
    """By its Date header, in the sender's own zone."""

    @property
    def sent_on(self) -> date | None:
        return self.sent_at.date() if self.sent_at else None

    @property
    def hours_from_utc(self) -> int | None:
        """The offset of the sender's clock; None if the Date header names none."""
        offset = self.sent_at.utcoffset() if self.sent_at else None
        return None if offset is None else round(offset.total_seconds() / 3600)

    @property
    def subject(self) -> str:
        return " ".join(self.head.get("subject", "").split())

    @property
    def sender(self) -> str | None:
        """The address it says it is from, lower-cased."""
        return next(iter(addresses_in(self.head.get("from", ""))), None)

    @property
    def text(self) -> str:
        """What people see of it: plain where there is a plain part, else the HTML's text."""
        shown = [part for part in self.parts if not part.attached and not part.inside]
        plain = [part.text for part in shown if part.kind == "text/plain" and part.text.strip()]
        return "\n".join(plain or [text_of_html(part.text) for part in shown if part.kind == "text/html"])

    @property
    def html(self) -> str:
        """The HTML part that people see, if there is one."""
        shown = (part.text for part in self.parts if part.kind == "text/html" and not part.attached and not part.inside)
        return next(shown, "")

    @property
    def notice(self) -> str:
        """What the sender wrote, without a message that it brings back inside its own text."""
        return split_returned(self.text)[0]

    @property
    def returned(self) -> Fields:
        """The headers of the message it brings back, attached or inside its text; empty if there is none."""
        for part in self.of_kind(*RETURNED):
            if head := next((fields for fields in blocks(part.text) if len(fields) > 1), None):
                return head
        return split_returned(self.text)[1]

    def of_kind(self, *kinds: str) -> list[Part]:
        return [part for part in self.parts if part.kind in kinds]


def open_mail(raw: bytes) -> Mail:
    """The message in `raw`."""
    message = message_from_bytes(raw)
    return Mail(
        head=_fields(message),
        parts=tuple(_parts(message)),
        report=_parameter(message, "report-type"),
        sent_at=_date(_fields(message).get("date", "")),
    )


def blocks(text: str) -> list[Fields]:
    """Groups of header fields with blank lines between them, as in a delivery status (RFC 3464 §2.1)."""
    found: list[Fields] = []
    for group in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        fields: dict[str, str] = {}
        unfolded = re.sub(r"\n[ \t]+", " ", group.strip("\n"))
        for line in unfolded.split("\n"):
            name, colon, value = line.partition(":")
            if colon and name.strip() and " " not in name.strip():
                fields.setdefault(name.strip().lower(), decoded(value.strip()))
        if fields:
            found.append(fields)
    return found


def split_returned(text: str) -> tuple[str, Fields]:
    """The words of a notice, and the headers of the message that follows them in the same text."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    number = 0
    while number < len(lines):
        if not _RETURNED_HEADERS.match(lines[number]):
            number += 1
            continue
        end = next((later for later in range(number, len(lines)) if not lines[later].strip()), len(lines))
        group = next(iter(blocks("\n".join(lines[number : min(end, number + MAX_HEADERS)]))), {})
        if len(group.keys() & _TELLING) >= 3:
            return "\n".join(lines[:number]), group
        number = end  # what begins later in the same paragraph holds even less
    return text, {}


def decoded(value: str) -> str:
    """A header's value with its encoded words (RFC 2047) read; what cannot be read stays as it is."""
    if "=?" not in value:
        return value
    try:
        pieces = decode_header(value)
    except (ValueError, LookupError, MessageError):
        return value
    return "".join(_text(piece, charset) if isinstance(piece, bytes) else piece for piece, charset in pieces)


def _parts(message: Message, *, inside: bool = False, left: int = MAX_PARTS) -> Iterator[Part]:
    waiting: list[tuple[Message, bool]] = [(message, inside)]
    while waiting and left:
        left -= 1
        part, within = waiting.pop(0)
        kind = part.get_content_type().lower()
        carried = _carried(part)
        if carried and not kind.startswith("message/"):
            waiting[:0] = [(each, within) for each in carried]
        elif carried:
            yield Part(kind, "\n\n".join(_source(each) for each in carried)[:MAX_TEXT], inside=within)
            if kind in ("message/rfc822", "message/global"):
                waiting[:0] = [(each, True) for each in carried]
        else:
            # A multipart without parts lost its boundary on the way; it is read as the text that it is.
            shown = "text/plain" if kind.startswith("multipart/") else kind
            yield Part(shown, _content(part), attached=_attached(part), inside=within)


def _carried(part: Message) -> list[Message]:
    """The messages or parts that `part` consists of; none if it is a leaf."""
    payload = part.get_payload() if part.is_multipart() else []
    return [each for each in payload if isinstance(each, Message)]


def _source(message: Message) -> str:
    """The headers of a message, and its body where it has no parts."""
    head = "\n".join(f"{name}: {_plain(value)}" for name, value in message.items())
    return head if message.is_multipart() else f"{head}\n\n{_content(message)}"


def _content(part: Message) -> str:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        data = None
    if not isinstance(data, bytes):
        return ""
    if not part.get_content_type().startswith(("text/", "message/", "multipart/", "application/json")):
        return ""
    return _text(data[: MAX_TEXT * 4], _parameter(part, "charset"))[:MAX_TEXT]


def _text(data: bytes, charset: str | None) -> str:
    """`data` read as its charset says, else as UTF-8, else as Windows-1252, which reads nearly everything."""
    for name in (charset or "utf-8", "utf-8", "cp1252"):
        try:
            return data.decode(name.strip().strip("'\"") or "utf-8").replace("\x00", "")
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1").replace("\x00", "")


def _parameter(part: Message, name: str) -> str:
    try:
        value = part.get_param(name, "")
    except (ValueError, LookupError, TypeError):
        return ""
    return str(value[2] if isinstance(value, tuple) else value or "").strip().lower()


def _attached(part: Message) -> bool:
    try:
        return part.get_content_disposition() == "attachment"
    except (ValueError, AttributeError):
        return False


def _fields(message: Message) -> Fields:
    fields: dict[str, str] = {}
    for name, value in message.items():
        fields.setdefault(name.lower(), decoded(_plain(value)))
    return fields


def _plain(value: object) -> str:
    """A header as text: bytes that no charset was named for come as surrogates or as a Header object."""
    raw = (
        str(value).encode("utf-8", "surrogateescape")
        if isinstance(value, str)
        else str(value).encode("utf-8", "replace")
    )
    return re.sub(r"[\r\n]+[ \t]*", " ", _text(raw, None))


def _date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None

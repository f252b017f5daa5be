"""The built-in mailbox's page: what was caught, newest first; each mail in a frame; and whom a visitor may be."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.parser import BytesHeaderParser
from email.policy import default as policy
from email.utils import parseaddr

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from prospecting.delivery.sink import Caught, Sink
from prospecting.engagement import clean
from prospecting.web.app.desk import NothingHere, Visit
from prospecting.web.app.framing import framed

PAGE = 25
ALSO = 8


@dataclass(frozen=True)
class Row:
    """One caught mail in the list."""

    number: int
    recipient: str
    name: str
    sender: str
    subject: str
    at: datetime | None


@dataclass(frozen=True)
class Read:
    """One caught mail, opened."""

    row: Row
    html: bool
    text: str
    flagged: bool
    before: list[Row]
    """Others to the same person, newest first."""


async def mail_list(visit: Visit) -> Response:
    """`GET /app/mails?to=&all=&page=`."""
    sink = _sink(visit)
    wanted = clean(visit.request.query_params.get("to"), 120).lower()
    everything = visit.request.query_params.get("all") == "1"
    page = _page(visit)

    def read() -> tuple[list[Row], list[Row], int]:
        found = [one for one in reversed(sink.messages()) if wanted in one.recipient.lower()]
        # Letters to prospects name their touch; digests and what people answer do not.
        caught = [one for one in found if everything or one.touch is not None]
        flagged = [one for one in caught if one.number in visit.desk.flagged] if page == 1 else []
        shown = caught[(page - 1) * PAGE : page * PAGE]
        return [_row(sink, one) for one in flagged], [_row(sink, one) for one in shown], len(caught)

    flagged, rows, total = await run_in_threadpool(read)
    pages = -(-total // PAGE)
    values = {"flagged": flagged, "rows": rows, "total": total, "wanted": wanted, "page": page, "pages": pages}
    return visit.page("mails.html", values | {"everything": everything})


async def one_mail(visit: Visit) -> Response:
    """`GET /app/mails/{number}`."""
    sink, number = _sink(visit), visit.number("number")

    def read() -> Read:
        caught = _caught(sink, number)
        message = _message(sink.content(caught))
        plain = message.get_body(("plain",))
        others = [one for one in reversed(sink.messages()) if one.recipient == caught.recipient and one != caught]
        return Read(
            row=_row(sink, caught),
            html=message.get_body(("html",)) is not None,
            text=_text(plain),
            flagged=caught.number in visit.desk.flagged,
            before=[_row(sink, one) for one in others[:ALSO]],
        )

    return visit.page("mail.html", {"mail": await run_in_threadpool(read)})


async def mail_html(visit: Visit) -> Response:
    """`GET /app/mails/{number}/html`: the mail's own page, for the frame."""
    sink, number = _sink(visit), visit.number("number")
    html = await run_in_threadpool(lambda: _text(_message(sink.content(_caught(sink, number))).get_body(("html",))))
    return framed(html)


def _sink(visit: Visit) -> Sink:
    if visit.desk.caught is None:
        raise NothingHere
    return visit.desk.caught


def _caught(sink: Sink, number: int) -> Caught:
    found = next(iter(sink.since(number - 1)), None)
    if found is None or found.number != number:
        raise NothingHere
    return found


def _message(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy)


def _text(part: MIMEPart | None) -> str:
    """A part's words; a wrong charset spoils letters, not the page."""
    if part is None:
        return ""
    raw = part.get_payload(decode=True)
    try:
        return bytes(raw).decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return bytes(raw).decode("utf-8", "replace")


def _row(sink: Sink, caught: Caught) -> Row:
    head = BytesHeaderParser(policy=policy).parsebytes(sink.content(caught)[:20_000])
    date = head["Date"]
    return Row(
        number=caught.number,
        recipient=caught.recipient,
        name=parseaddr(str(head["To"] or ""))[0] or caught.recipient,
        sender=parseaddr(str(head["From"] or ""))[0] or caught.sender,
        subject=str(head["Subject"] or "").strip(),
        at=getattr(date, "datetime", None),
    )


def _page(visit: Visit) -> int:
    said = visit.request.query_params.get("page", "1")
    return max(1, int(said)) if said.isascii() and said.isdecimal() and len(said) < 7 else 1

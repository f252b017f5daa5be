"""What is known of a person, their yes or no to being observed, their data to take away or erase: by a one-time link."""

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from prospecting import engagement, prospects
from prospecting.engagement import EventKind, Mode, NewEvent
from prospecting.ids import uuid7
from prospecting.prospects.models import Prospect, Suppressed
from prospecting.tokens import BadToken
from prospecting.web.people import erase, export
from prospecting.web.public.bodies import form
from prospecting.web.public.front import Front
from prospecting.web.render import PUBLIC_HEADERS

NEXT_LIVES = timedelta(minutes=30)


async def private_door(front: Front, request: Request) -> Response:
    """`GET /p/private/{token}`: one button. A scanner that follows the link must not use it up."""
    return front.page(request, "private_door.html")


async def private_page(front: Front, request: Request) -> Response:
    """`POST /p/private/{token}`: uses the link up, does what was asked, and shows the page with a new link in its forms."""
    said = await form(request)
    now = front.now()
    asked = said.text("do", 20)
    action = {"yes": _consent(True), "no": _consent(False), "erase": _erase}.get(asked, _nothing)
    language = front.language(request)

    def do(session: Session) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        subject = engagement.use_one_time_link(session, request.path_params["token"][:64], now=now)
        if subject is None or not subject.startswith("prospect:"):
            raise BadToken
        prospect_id = int(subject.removeprefix("prospect:"))
        action(front, session, prospect_id, language, now)
        prospect = session.get(Prospect, prospect_id)
        if prospect is None or prospect.stopped_why == Suppressed.ERASED:
            return None, {}
        link = engagement.new_one_time_link(session, subject, now=now, lives=NEXT_LIVES)
        archive = export(session, prospect_id) if asked == "export" else {}
        return archive, _known(front, session, prospect, link)

    data, values = await front.writing(do)
    if data is None:
        return front.say(request, "erased")
    if asked == "export":
        archive = json.dumps(data, ensure_ascii=False, indent=2, default=str)
        headers = PUBLIC_HEADERS | {"Content-Disposition": 'attachment; filename="prospecting-data.json"'}
        return Response(archive, media_type="application/json", headers=headers)
    return front.page(request, "private.html", values | {"said": asked}, language=values["spoken"] or language)


Action = Callable[[Front, Session, int, str, datetime], None]


def _nothing(_front: Front, _session: Session, _prospect_id: int, _language: str, _now: datetime) -> None:
    """Only look."""


def _consent(given: bool) -> Action:
    def record(front: Front, session: Session, prospect_id: int, language: str, now: datetime) -> None:
        spoken = session.scalar(select(Prospect.language).where(Prospect.id == prospect_id)) or language
        wording = front.render.words.say(spoken, "public.private.consent")
        prospects.record_consent(session, prospect_id, given=given, wording=wording, through="private space", now=now)
        kind = EventKind.CONSENTED if given else EventKind.WITHDREW
        said = NewEvent(uuid7(now, os.urandom(10)), now, kind, prospect_id, Mode.NONE)
        engagement.record(session, [said], now=now)

    return record


def _erase(_front: Front, session: Session, prospect_id: int, _language: str, now: datetime) -> None:
    erase(session, prospect_id, now=now)


def _known(front: Front, session: Session, prospect: Prospect, link: str) -> dict[str, Any]:
    """What the page shows, in plain values; the session is closed when it is drawn."""
    events = engagement.events_of(session, prospect.id)
    return {
        "action": front.links.private(link),
        "spoken": prospect.language,
        "name": " ".join(part for part in (prospect.first_name, prospect.last_name) if part),
        "address": prospect.address,
        "role": prospect.role,
        "source": prospect.source,
        "source_on": prospect.source_at.date(),
        "wish": prospect.tracking_wish,
        "policy": engagement.policy(prospect.country),
        "mode": engagement.mode_of(country=prospect.country, wish=prospect.tracking_wish).value,
        "events": [(event.at.date(), event.kind, event.gift, event.words) for event in reversed(events)],
    }

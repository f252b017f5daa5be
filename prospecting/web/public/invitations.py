"""An invitation: the one ask, with ways that need no meeting. It speaks of what we gave and what the person told us."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from prospecting import leads
from prospecting.leads.models import Choice, Invitation, Lead
from prospecting.tokens import BadToken, Purpose
from prospecting.web.public.bodies import form
from prospecting.web.public.front import Front
from prospecting.web.public.people import Person, gifts_given, person_of
from prospecting.web.public.space import zone_of_person

DAYS, A_DAY = 4, 4
"""Free hours that are shown: a choice, not a calendar."""


async def invitation_page(front: Front, request: Request) -> Response:
    """`GET /m/{token}`: the ways there are, in the order in which they cost the person time."""
    touch = _touch(front, request)
    now = front.now()

    def look(session: Session) -> dict[str, Any]:
        person = person_of(session, touch)
        invitation = session.scalar(select(Invitation).where(Invitation.touch_id == touch))
        if invitation is None:
            raise BadToken
        owner = session.scalar(select(Lead.owner).where(Lead.id == invitation.lead_id)) or person.owner
        slots = leads.slots(session, owner, now, limit=200) if Choice.MEETING in invitation.choices else []
        return {
            "person": person,
            "given": [given.slug for given in gifts_given(session, person.prospect_id)],
            "choices": [choice.value for choice in Choice if choice in invitation.choices],
            "chosen": invitation.chosen,
            "slots": slots,
        }

    known = await front.reading(look)
    person: Person = known["person"]
    language = person.language or front.language(request)
    zone = zone_of_person(front, person)
    gifts = [front.shelf.gift(slug, language) for slug in known["given"]]
    values = known | {
        "host": person.host,
        "given": [gift for gift in gifts if gift],
        "slots": spread(known["slots"], zone),
        "zone": zone,
        "space": front.links.space(touch),
        "objection": front.links.objection(person.address_hash),
    }
    return front.page(request, "invitation.html", values, language=language)


async def choose(front: Front, request: Request) -> Response:
    """`POST /m/{token}`: one way; a meeting is asked for, and confirmed by mail once nobody else has the hour."""
    touch = _touch(front, request)
    said = await form(request)
    choice, words = said.text("choice", 20), said.text("words", 4000)
    if choice not in set(Choice):
        raise BadToken
    if choice == Choice.QUESTION and not words:
        return front.say(request, "question_empty", status=422)
    slot = said.text("slot", 40)
    if choice == Choice.MEETING and not _aware(slot):
        return front.say(request, "slot_missing", status=422)
    data: dict[str, Any] = {"touch": touch, "choice": choice} | ({"words": words} if words else {})
    await front.note("choice", data | ({"slot": slot} if choice == Choice.MEETING else {}))
    return front.say(request, f"chosen.{choice}")


def spread(slots: Sequence[datetime], zone: ZoneInfo) -> list[tuple[date, list[datetime]]]:
    """A few hours of each of the next few days, by the reader's own calendar, from morning to evening."""
    days = [(day, list(hours)) for day, hours in groupby(slots, key=lambda slot: slot.astimezone(zone).date())]
    return [
        (day, [hours[place * len(hours) // A_DAY] for place in range(A_DAY)] if len(hours) > A_DAY else hours)
        for day, hours in days[:DAYS]
    ]


def _aware(slot: str) -> bool:
    try:
        return datetime.fromisoformat(slot).tzinfo is not None
    except ValueError:
        return False


def _touch(front: Front, request: Request) -> int:
    return front.installation.signer.read(request.path_params["token"], Purpose.INVITATION).touch

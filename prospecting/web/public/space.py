"""The person's own space: what they were given, their pace, the way out, a question. Mails get forwarded, so what is
known of them opens only by a one-time link that is mailed to their own address."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from prospecting import campaigns, engagement
from prospecting.prospects import country_zone
from prospecting.tokens import Purpose
from prospecting.web.public.bodies import Form, form
from prospecting.web.public.front import Front
from prospecting.web.public.people import Given, Person, gifts_given, person_of

PACES = (7, 14, 30, 90)
"""Days between two messages that a person may ask for."""
LINK_LIVES = timedelta(hours=24)


async def open_space(front: Front, request: Request) -> Response:
    """`GET /p/{token}`."""
    return await space_page(front, request, _touch(front, request))


async def space_page(front: Front, request: Request, touch: int) -> Response:
    """The space of whoever got this touch."""

    def look(session: Session) -> tuple[Person, list[Given]]:
        person = person_of(session, touch)
        return person, gifts_given(session, person.prospect_id)

    person, given = await front.reading(look)
    language = person.language or front.language(request)
    zone = zone_of_person(front, person)
    gifts = [(front.shelf.gift(each.slug, language), each.on.astimezone(zone).date()) for each in given]
    values = {
        "host": person.host,
        "person": person,
        "given": [(shown, on) for shown, on in gifts if shown is not None],
        "paces": PACES,
        "action": front.links.space(touch),
        "objection": front.links.objection(person.address_hash),
    }
    return front.page(request, "space.html", values, language=language)


async def change_space(front: Front, request: Request) -> Response:
    """`POST /p/{token}`: a pace, a question, or the wish to see what is known."""
    touch = _touch(front, request)
    said = await form(request)
    match said.text("do", 20):
        case "pace":
            return await _pace(front, request, touch, said)
        case "question":
            return await _question(front, request, touch, said)
        case "private":
            return await _mail_private_link(front, request, touch)
    return front.say(request, "not_whole", status=404)


async def _pace(front: Front, request: Request, touch: int, said: Form) -> Response:
    days = said.text("days", 4)
    if days not in map(str, PACES):
        return front.say(request, "not_whole", status=404)
    await front.note("pace", {"touch": touch, "days": int(days)})
    return front.say(request, "pace_kept", n=int(days))


async def _question(front: Front, request: Request, touch: int, said: Form) -> Response:
    words = said.text("words", 4000)
    if not words:
        return front.say(request, "question_empty", status=422)
    facts = {"link": "space"} | ({"trap": True} if said.trapped else {})
    await front.note("gesture", {"touch": touch, "kind": "question", "words": words, "facts": facts})
    return front.say(request, "thanks.question", name=front.shelf.host.called, bare="")


async def _mail_private_link(front: Front, request: Request, touch: int) -> Response:
    """One mail to the person's own address; whoever else holds this page learns nothing and cannot send a second."""
    now = front.now()

    def send(session: Session) -> None:
        person = person_of(session, touch)
        subject = f"prospect:{person.prospect_id}"
        if engagement.one_time_link_waits(session, subject, now=now):
            return
        token = engagement.new_one_time_link(session, subject, now=now, lives=LINK_LIVES)
        campaigns.add_service_touch(
            session,
            prospect_id=person.prospect_id,
            mailbox_id=person.mailbox_id,
            content=_letter(front, person, token, front.language(request)),
            now=now,
            campaign_id=person.campaign_id,
        )

    await front.writing(send)
    return front.say(request, "private_mailed")


def _letter(front: Front, person: Person, token: str, otherwise: str) -> dict[str, str]:
    language = person.language or otherwise
    say = front.render.words.say
    return {
        "subject": say(language, "public.private_mail.subject"),
        "text": say(language, "public.private_mail.text", link=front.links.private(token), name=person.host.name),
    }


def _touch(front: Front, request: Request) -> int:
    return front.installation.signer.read(request.path_params["token"], Purpose.SPACE).touch


def zone_of_person(front: Front, person: Person) -> ZoneInfo:
    """The zone in which the person reads a time."""
    return ZoneInfo(person.zone or country_zone(person.country or "") or front.installation.settings.timezone)

"""What people tell us on purpose: pressed on a gift's page, or by a mail's link to a page with one button. All POST."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from prospecting.engagement import GESTURES, EventKind, Mode
from prospecting.tokens import BadToken, Purpose
from prospecting.web.public.bodies import Form, form
from prospecting.web.public.front import Front
from prospecting.web.public.people import person_of
from prospecting.web.public.space import space_page
from prospecting.web.public.visitors import observed
from prospecting.words import known

WORDS = 4000


async def press_on_gift(front: Front, request: Request) -> Response:
    """`POST /g/{slug}`: a gesture with the token in its body; answered once it is on the disk."""
    said = await form(request)
    read = front.installation.signer.read(said.text("token", 64), Purpose.FRAGMENT, Purpose.VISIT)
    if said.text("gesture", 20) == "space":
        return await space_page(front, request, read.touch)
    kind = _gesture(said)
    personal = read.purpose is Purpose.VISIT
    facts: dict[str, Any] = {"link": "page"}
    if personal:
        facts |= observed(request, front.installation.signer)
    data = {"touch": read.touch, "kind": kind.value, "mode": (Mode.FULL if personal else Mode.DECLARED).value}
    return await _heard(front, request, said, data, facts=facts, slug=request.path_params["slug"])


async def gesture_page(front: Front, request: Request) -> Response:
    """`GET /a/{token}`: one gesture's page with its one button. Reading it changes nothing."""
    read = front.installation.signer.read(request.path_params["token"], Purpose.GESTURE)
    kind = _number(read.target)
    person = await front.reading(lambda session: person_of(session, read.touch))
    language = person.language or front.language(request)
    found = front.gift(request, person.gift, language) if person.gift else None
    values = {
        "kind": kind.value,
        "host": person.host,
        "title": found[0].text.title if found else None,
        "bare": front.links.bare(person.gift) if person.gift else "",
        "space": front.links.space(read.touch),
        "observed": person.mode.observes,
    }
    return front.page(request, "gesture.html", values, language=language)


async def press_by_mail(front: Front, request: Request) -> Response:
    """`POST /a/{token}`: the press itself; needs neither script nor database."""
    said = await form(request)
    read = front.installation.signer.read(request.path_params["token"], Purpose.GESTURE)
    # No mode: it is that of the touch, which the drain knows.
    data = {"touch": read.touch, "kind": _number(read.target).value}
    return await _heard(front, request, said, data, facts={"link": "mail"}, slug="")


async def _heard(
    front: Front, request: Request, said: Form, data: dict[str, Any], *, facts: dict[str, Any], slug: str
) -> Response:
    kind = EventKind(data["kind"])
    words = said.text("words", WORDS)
    if kind is EventKind.QUESTION and not words:
        return front.say(request, "question_empty", status=422, language=_language(front, request, slug))
    if said.trapped:
        facts["trap"] = True
    # A flood of one press tells nothing new; what was durable before is still durable.
    if words or front.press_sieve.lets((data["touch"], kind)):
        await front.note("gesture", data | {"facts": facts} | ({"words": words} if words else {}))
    return front.say(
        request,
        f"thanks.{kind.value}",
        language=_language(front, request, slug),
        name=front.shelf.host.called,
        bare=front.links.bare(slug) if front.shelf.gift(slug, "") else "",
    )


def _gesture(said: Form) -> EventKind:
    name = said.text("gesture", 20)
    if name not in GESTURES:
        raise BadToken
    return EventKind(name)


def _number(target: int) -> EventKind:
    if target >= len(GESTURES):
        raise BadToken
    return GESTURES[target]


def _language(front: Front, request: Request, slug: str) -> str:
    found = front.shelf.gift(slug, front.language(request)) if slug else None
    return known(found.text.language) if found else front.language(request)

"""A master class: its page and its form, which names who registers and says that attendance is noted."""

from starlette.requests import Request
from starlette.responses import Response

from prospecting.tokens import Purpose
from prospecting.web.public.bodies import form
from prospecting.web.public.front import Front
from prospecting.web.public.shelf import Host, Shown
from prospecting.words import known


async def class_page(front: Front, request: Request) -> Response:
    """`GET /e/{slug}`."""
    found = _class(front, request)
    if found is None:
        return front.say(request, "no_gift", status=404)
    shown, host = found
    values = {"gift": shown.page, "text": shown.text, "host": host}
    return front.page(request, "master_class.html", values, language=known(shown.text.language))


async def register(front: Front, request: Request) -> Response:
    """`POST /e/{slug}`: by the token in the body; a seat belongs to somebody we wrote to."""
    found = _class(front, request)
    if found is None:
        return front.say(request, "no_gift", status=404)
    shown, _ = found
    said = await form(request)
    read = front.installation.signer.read(said.text("token", 64), Purpose.FRAGMENT, Purpose.VISIT)
    name = said.text("name", 120)
    if not name:
        return front.say(request, "name_missing", status=422, language=known(shown.text.language))
    facts = {"name": name} | ({"trap": True} if said.trapped else {})
    await front.note("registration", {"touch": read.touch, "gift": shown.page.slug, "facts": facts})
    return front.say(request, "registered", language=known(shown.text.language))


def _class(front: Front, request: Request) -> tuple[Shown, Host] | None:
    found = front.gift(request, request.path_params["slug"])
    return found if found and found[0].page.kind == "master_class" else None

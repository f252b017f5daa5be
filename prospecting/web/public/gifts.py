"""A gift's page: the same for everybody, or a personal one where the person's mode allows it."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from prospecting.engagement import EventKind, Mode
from prospecting.engagement.visits import monday
from prospecting.tokens import BadToken, Purpose
from prospecting.web.public.bodies import form
from prospecting.web.public.front import Front
from prospecting.web.public.people import person_of
from prospecting.web.public.shelf import Shown, diagnostic_of
from prospecting.web.public.visitors import observed
from prospecting.web.render import PUBLIC_HEADERS
from prospecting.words import known


async def open_gift(front: Front, request: Request) -> Response:
    """`/g/{slug}`: answered and forgotten; a count of the gift and week is all that stays."""
    slug = request.path_params["slug"]
    response = _page(front, request, slug)
    if request.method == "GET" and front.shelf.gift(slug, ""):
        front.visits[slug, monday(front.now().date())] += 1
    return response


async def open_personal(front: Front, request: Request) -> Response:
    """`/g/{slug}/{token}`: the person's own address (consented, full); the drain asks whether that still holds."""
    token, slug = request.path_params["token"], request.path_params["slug"]
    touch = front.installation.signer.read(token, Purpose.VISIT).touch
    response = _page(front, request, slug, token=token, touch=touch)
    if response.status_code == 200:
        await _visited(front, request, touch, EventKind.VISITED, gift=slug)
    return response


async def read_gift(front: Front, request: Request) -> Response:
    """What the page's script tells of a personal page once its reader leaves: the share they read."""
    said = await form(request)
    token = request.path_params["token"]
    touch = front.installation.signer.read(token, Purpose.VISIT).touch
    try:
        share = float(said.text("share", 8))
    except ValueError:
        return front.say(request, "not_whole", status=400)
    if 0 < share <= 1:
        await _visited(front, request, touch, EventKind.READ, gift=request.path_params["slug"], share=round(share, 2))
    return Response(status_code=204, headers=PUBLIC_HEADERS)


async def file_of_gift(front: Front, request: Request) -> Response:
    """`/g/{slug}/file` and `/g/{slug}/{token}/file`: the gift's file; noted as a download on the personal one only."""
    found = front.gift(request, request.path_params["slug"])
    file = _file(front, found[0]) if found else None
    if file is None:
        return front.say(request, "no_gift", status=404)
    if token := request.path_params.get("token"):
        touch = front.installation.signer.read(token, Purpose.VISIT).touch
        await _visited(front, request, touch, EventKind.DOWNLOADED, gift=request.path_params["slug"], link="file")
    return FileResponse(file, filename=file.name, headers=PUBLIC_HEADERS)


async def tracked(front: Front, request: Request) -> Response:
    """`/c/{token}`: on to the gift's own foreign address, which the database knows and the address does not say."""
    read = front.installation.signer.read(request.path_params["token"], Purpose.LINK)
    person = await front.reading(lambda session: person_of(session, read.touch))
    found = front.shelf.gift(person.gift or "", person.language or "")
    if found is None or read.target != 0:
        raise BadToken
    await _visited(front, request, read.touch, EventKind.VISITED, gift=found.page.slug, link=read.target)
    # A mail's link carries no fragment, so nothing of it is handed on; the token is not in the new address.
    return RedirectResponse(found.text.url or front.links.bare(found.page.slug), 302, PUBLIC_HEADERS)


def _page(front: Front, request: Request, slug: str, *, token: str = "", touch: int | None = None) -> Response:
    found = front.gift(request, slug)
    if found is None:
        return front.say(request, "no_gift", status=404)
    shown, host = found
    values: dict[str, Any] = {
        "gift": shown.page,
        "text": shown.text,
        "site": shown.host_of_url,
        "host": host,
        "token": token,
        "observed": touch is not None,
        "space": front.links.space(touch) if touch is not None else None,
        "bare": front.links.bare(slug),
        "onward": _onward(shown, token),
        "file": f"/g/{slug}/{token}/file"
        if token and shown.text.file
        else f"/g/{slug}/file"
        if shown.text.file
        else None,
        "others": [other for other in shown.page.texts if other != shown.text.language],
    }
    # The page speaks the gift's language, so that nobody reads French words under an English title.
    return front.page(request, "gift.html", values, language=known(shown.text.language))


def _onward(shown: Shown, token: str) -> str | None:
    """Our own page that this gift leads to; a personal page hands its token on in the fragment, for the POST there."""
    fragment = f"#{token}" if token else ""
    match shown.page.kind:
        case "diagnostic":
            return f"/d/{diagnostic_of(shown.page, shown.text)}{fragment}"
        case "master_class":
            return f"/e/{shown.page.slug}{fragment}"
    return None


def _file(front: Front, shown: Shown) -> Path | None:
    """The gift's file in the library's folder; never one outside of it."""
    if not shown.text.file:
        return None
    folder = (front.installation.settings.workspace / "gifts").resolve()
    file = (folder / shown.text.file).resolve()
    return file if file.is_file() and file.is_relative_to(folder) else None


async def _visited(front: Front, request: Request, touch: int, kind: EventKind, **more: Any) -> None:
    """Note an observed act of a personal link. A flood on one link is served, and noted no more."""
    if not front.visit_sieve.lets((touch, kind)):
        return
    facts = observed(request, front.installation.signer)
    if "link" in more:
        facts["link"] = more.pop("link")
    await front.note("visit", {"touch": touch, "kind": kind.value, "mode": Mode.FULL.value, "facts": facts} | more)

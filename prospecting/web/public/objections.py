"""The way out: one page with one button, and RFC 8058's one click. Answered as done only once it is committed."""

import os

from starlette.requests import Request
from starlette.responses import Response

from prospecting.ids import uuid7
from prospecting.journal import Record, away
from prospecting.web.public.bodies import raw
from prospecting.web.public.front import Front


async def objection_page(front: Front, request: Request) -> Response:
    """`GET /u/{token}`: the button. Scanners follow every link, so following it changes nothing."""
    front.installation.signer.read_objection(request.path_params["token"])
    return front.page(request, "objection.html")


async def object_now(front: Front, request: Request) -> Response:
    """`POST /u/{token}`, from the button or from a mail program.

    RFC 8058 §3.1: the POST works without cookies and without any other page, and is answered without a redirect.
    """
    address_hash = front.installation.signer.read_objection(request.path_params["token"])
    through = "one click" if b"List-Unsubscribe" in await raw(request) else "objection page"
    now = front.now()
    data = {"hash": address_hash.hex(), "through": through}
    record = Record(uuid7(now, os.urandom(10)), now, "objection", data)
    try:
        await front.writing(lambda session: front.handlers["objection"](session, [record]))
    except Exception as error:
        if not away(error):
            raise
        # It will hold as soon as the database is back; until then nobody may say that it does.
        await front.note("objection", data)
        return front.say(request, "objection_waits", status=503)
    return front.page(request, "objected.html")

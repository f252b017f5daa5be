"""What every public page has in its hands, and the one place where something going wrong becomes an answer."""

import asyncio
import json
import logging
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from prospecting.engagement import Links
from prospecting.installation import Installation
from prospecting.journal import Handler, Journal, NotDurable, Record, away
from prospecting.tokens import BadToken
from prospecting.web.metrics import Metrics
from prospecting.web.public.bodies import TooLarge
from prospecting.web.public.shelf import Host, Shelf, Shown
from prospecting.web.public.visitors import Sieve
from prospecting.web.render import PUBLIC_HEADERS, Renderer, policy, wanted_language

log = logging.getLogger("prospecting.web")

AT_ONCE = 1000
"""Public requests under way in this process; more are asked to come back, so that the team's pages stay quick."""

KEPT_NOTICES = 1000
"""Short pages kept drawn: one for each thing we say, in each language, about each gift."""
NOTICE_HEADERS = PUBLIC_HEADERS | {"Content-Security-Policy": policy()}

T = TypeVar("T")
Endpoint = Callable[["Front", Request], Awaitable[Response]]


@dataclass
class Front:
    """The public side of one web process."""

    installation: Installation
    journal: Journal
    handlers: Mapping[str, Handler]
    shelf: Shelf
    render: Renderer
    metrics: Metrics
    visits: Counter[tuple[str, date]] = field(default_factory=Counter)
    """Counts of this process that are not in the database yet, by gift and week; nothing else is kept of a GET."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is something to drain."""
    visit_sieve: Sieve = field(default_factory=lambda: Sieve(30, 60.0))
    press_sieve: Sieve = field(default_factory=lambda: Sieve(20, 60.0))
    notices: dict[tuple[Any, ...], bytes] = field(default_factory=dict)
    under_way: int = 0

    @cached_property
    def links(self) -> Links:
        return Links(self.installation.signer, self.installation.settings.public_url)

    def now(self) -> datetime:
        return self.installation.clock.now()

    async def note(self, kind: str, data: dict[str, Any]) -> Record:
        """Bring a record to the disk before anything is answered. Raises NotDurable."""
        record = await self.journal.append_async(kind, data, at=self.now())
        self.wake.set()
        return record

    async def reading(self, question: Callable[[Session], T]) -> T:
        """The database's answer, asked in a thread. Raises what says that it is away."""

        def ask() -> T:
            with self.installation.database.reading() as session:
                return question(session)

        return await run_in_threadpool(ask)

    async def writing(self, change: Callable[[Session], T]) -> T:
        """Do it in one transaction, in a thread; returns once it is committed."""

        def do() -> T:
            with self.installation.database.writing() as session:
                return change(session)

        return await run_in_threadpool(do)

    def language(self, request: Request) -> str:
        """The reader's language; the installation's where they don't say."""
        own = self.installation.settings.language
        return wanted_language(request, (own, "en" if own == "fr" else "fr"))

    def page(
        self,
        request: Request,
        template: str,
        values: Mapping[str, Any] | None = None,
        *,
        language: str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        shown = {"host": self.shelf.host, "gift": None} | dict(values or {})
        return self.render.public(template, language or self.language(request), shown, status=status, headers=headers)

    def say(
        self, request: Request, key: str, *, status: int = 200, language: str | None = None, **values: Any
    ) -> Response:
        """A short page (or JSON, to our script) that says the sentences under `key`."""
        language = language or self.language(request)
        inline = "application/json" in request.headers.get("accept", "")
        about = (key, language, inline, self.shelf.host.called, *sorted(values.items()))
        body = self.notices.get(about)
        if body is None:
            body = self._notice(key, language, values, inline=inline)
            if len(self.notices) < KEPT_NOTICES:
                self.notices[about] = body
        headers = NOTICE_HEADERS | {"Content-Language": language} | ({"Retry-After": "30"} if status == 503 else {})
        return Response(body, status, headers, "application/json" if inline else "text/html; charset=utf-8")

    def _notice(self, key: str, language: str, values: Mapping[str, Any], *, inline: bool) -> bytes:
        """The same for everybody who is told the same: drawn once."""
        if inline:
            words = self.render.words.say(language, f"public.{key}.text", **values)
            return json.dumps({"words": words}, ensure_ascii=False).encode()
        shown = {"host": self.shelf.host, "gift": None, "key": key, "values": values}
        return self.render.html("public/notice.html", language, shown).encode()

    def not_whole(self, request: Request) -> Response:
        """Forged, cut, unknown or of another purpose: the same page and code, which tells nobody which."""
        return self.say(request, "not_whole", status=404)

    def gift(self, request: Request, slug: str, language: str | None = None) -> tuple[Shown, Host] | None:
        """The gift and who offers it, from memory."""
        shown = self.shelf.gift(slug, language or self.language(request))
        return (shown, self.shelf.host) if shown else None


def public(front: Front, path: str, endpoint: Endpoint, *, methods: tuple[str, ...] = ("GET",)) -> Route:
    """A public route, named by its path's first segment: no other word of an address reaches a log or a metric."""
    name = f"{path.split('/')[1]} {methods[0]}"

    async def answer(request: Request) -> Response:
        if front.under_way >= AT_ONCE:
            front.metrics.answered(name, 503)
            return Response(
                "Too many at once; please come back in a minute.\n", 503, {"Retry-After": "30"} | PUBLIC_HEADERS
            )
        front.under_way += 1
        try:
            response = await _answered(front, request, endpoint, name)
        finally:
            front.under_way -= 1
        front.metrics.answered(name, response.status_code)
        return response

    return Route(path, answer, methods=list(methods), name=name)


async def _answered(front: Front, request: Request, endpoint: Endpoint, name: str) -> Response:
    try:
        return await endpoint(front, request)
    except BadToken:
        return front.not_whole(request)
    except TooLarge:
        return front.say(request, "too_large", status=413)
    except NotDurable as trouble:
        log.warning("public answer refused, route %s: %s", name, trouble)
        return front.say(request, "away", status=503)
    except Exception as error:  # noqa: BLE001  the rim: a traceback's values could hold a token, an address or an id
        if away(error):
            log.warning("the database is away, route %s", name)
            return front.say(request, "away", status=503)
        where = [
            f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
        ]
        log.error(
            "public page failed, route %s: %s at %s", name, type(error).__name__, " < ".join(reversed(where[-6:]))
        )
        return front.say(request, "broken", status=500)

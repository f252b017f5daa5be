"""The pages: prospects' and the team's."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from sqlalchemy import select
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from prospecting import journal as journals
from prospecting.delivery.sink import Sink
from prospecting.installation import Installation
from prospecting.journal import Handler, Journal
from prospecting.web import app as team
from prospecting.web import draining, public
from prospecting.web.metrics import Metrics
from prospecting.web.public.front import Front
from prospecting.web.public.shelf import Shelf
from prospecting.web.render import STATIC, KeptFiles, Renderer

__all__ = ["create_app"]


def create_app(
    installation: Installation,
    journal: Journal,
    *,
    handlers: Mapping[str, Handler],
    extra_routes: Sequence[BaseRoute] = (),
    caught: Sink | None = None,
    flagged: Collection[int] = (),
) -> Starlette:
    """The ASGI application. `handlers` say what each journal record does; `extra_routes` come before ours.

    `caught` is the built-in mailbox whose mails the team's pages show; `flagged` the numbers of those pointed at (it may
    grow while the application runs).
    """
    front = Front(
        installation=installation,
        journal=journal,
        handlers=handlers,
        shelf=Shelf(journal.folder),
        render=Renderer(),
        metrics=Metrics(lambda: journals.pending(journal.folder)),
    )

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(draining.keep_draining(front)), asyncio.create_task(draining.keep_fresh(front))]
        for task in tasks:
            task.add_done_callback(draining.told)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await run_in_threadpool(_finish, front)

    app = Starlette(
        routes=[
            *extra_routes,
            *public.routes(front),
            *team.routes(front, caught, flagged),
            *_for_operators(front),
            Mount("/static", KeptFiles(directory=STATIC), name="static"),
        ],
        exception_handlers={HTTPException: _not_here(front)},
        lifespan=life,
    )
    # A redirect that adds or drops a slash would carry a fragment on, and repeat the address in a header.
    app.router.redirect_slashes = False
    app.state.front = front
    return app


def _for_operators(front: Front) -> list[Route]:
    async def alive(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(_request: Request) -> Response:
        """Whether the database answers; gifts open and gestures are taken without it all the same."""
        try:
            await front.reading(lambda session: session.scalar(select(1)))
        except Exception as error:
            if not journals.away(error):
                raise
            return PlainTextResponse("the database is away\n", 503)
        return PlainTextResponse("ready\n")

    async def metrics(_request: Request) -> Response:
        return Response(await run_in_threadpool(front.metrics.text), media_type="text/plain; version=0.0.4")

    async def home(_request: Request) -> Response:
        return RedirectResponse("/app", 303)

    return [
        Route("/healthz", alive, name="healthz"),
        Route("/readyz", ready, name="readyz"),
        Route("/metrics", metrics, name="metrics"),
        Route("/", home, name="home"),
    ]


def _not_here(front: Front):  # type: ignore[no-untyped-def]
    async def answer(request: Request, error: Exception) -> Response:
        """No such page, or no such verb: said like every other page, and noted nowhere."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        response = front.say(request, "no_gift", status=status)
        response.headers.update(headers)
        return response

    return answer


def _finish(front: Front) -> None:
    """What can be put away before the process ends; the rest is an orphan's, and the counts are only counts."""
    with suppress(*journals.AWAY):
        draining.drain(front)
        draining.put_counts(front)

"""What every page of the team has in its hands: who is signed in, the form's own key, and one way out for what fails."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from prospecting.delivery.sink import Sink
from prospecting.findings import Refused
from prospecting.journal import away
from prospecting.web.app.times import Times
from prospecting.web.public.bodies import Form, TooLarge, form
from prospecting.web.public.front import Front
from prospecting.words import LANGUAGES

log = logging.getLogger("prospecting.web")


class NothingHere(Exception):  # noqa: N818
    """The address names a lead, a person, a campaign or a mail that is not there."""


COOKIE = "team"
LIVES = 14 * 24 * 3600
"""Seconds of the machine's time for which a sign-in lasts."""
OURS = ("same-origin", "none")
"""What a browser says of a request that one of our own pages, or the person at the keyboard, made."""

HEADERS = {
    # Not `no-referrer`: that would make browsers send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "Vary": "Accept-Language, Cookie",
}


@dataclass(frozen=True)
class Member:
    """Somebody signed in. The sign-in is the team's, so there is no name yet."""

    key: str
    language: str | None = None


@dataclass(frozen=True)
class Desk:
    """The team's side of one web process."""

    front: Front
    caught: Sink | None = None
    flagged: Collection[int] = ()
    """Numbers of caught mails whose reader one press would make warm."""

    @cached_property
    def _secret(self) -> str:
        return self.front.installation.signer.once(b"the team's sessions")

    @cached_property
    def sessions(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secret, salt="session")

    @cached_property
    def forms(self) -> URLSafeSerializer:
        return URLSafeSerializer(self._secret, salt="form")

    def member(self, request: Request) -> Member | None:
        """Who the cookie says is signed in; None if it says nothing, or nothing of ours."""
        try:
            said = self.sessions.loads(request.cookies.get(COOKIE, ""), max_age=LIVES)
        except BadSignature:
            return None
        return Member(said["key"], said.get("language"))

    def sign_in(self, response: Response, member: Member) -> Response:
        """Set the cookie of `member` on `response`."""
        response.set_cookie(
            COOKIE,
            self.sessions.dumps({"key": member.key, "language": member.language}),
            max_age=LIVES,
            path="/app",
            httponly=True,
            samesite="lax",
            secure=self.front.installation.settings.public_url.startswith("https://"),
        )
        return response


@dataclass(frozen=True)
class Visit:
    """One request of somebody signed in (or about to be), with what its page needs."""

    desk: Desk
    request: Request
    member: Member
    said: Form = field(default_factory=lambda: Form({}))

    @cached_property
    def now(self) -> datetime:
        return self.desk.front.now()

    @property
    def front(self) -> Front:
        return self.desk.front

    @cached_property
    def language(self) -> str:
        asked = self.request.query_params.get("lang", "")
        if asked in LANGUAGES:
            return asked
        return self.member.language or self.front.language(self.request)

    @cached_property
    def times(self) -> Times:
        return Times(self.now, self.front.installation.settings.timezone, self.language, self.front.render.words)

    def t(self, key: str, **values: Any) -> str:
        return self.front.render.words.say(self.language, key, **values)

    def number(self, name: str) -> int:
        """A number of the path. Raises NothingHere where there cannot be one."""
        text = str(self.request.path_params[name])
        if not (text.isascii() and text.isdecimal() and len(text) < 20):
            raise NothingHere
        return int(text)

    def page(self, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200) -> Response:
        """The page `app/{template}`, which knows who is signed in, what time it is, and where one is."""
        nonce = secrets.token_urlsafe(12)
        known = {
            "visit": self,
            "times": self.times,
            "here": self.request.url.path,
            "key": self.desk.forms.dumps(self.member.key),
            "mails": self.desk.caught is not None,
            "signed_in": bool(self.member.key),
        }
        html = self.front.render.html(f"app/{template}", self.language, known | dict(values or {}), nonce=nonce)
        return HTMLResponse(
            html,
            status,
            headers=HEADERS | {"Content-Security-Policy": policy(nonce), "Content-Language": self.language},
        )

    def say(self, key: str, *, status: int = 200, **values: Any) -> Response:
        """A short page with the sentences under `app.notice.{key}`."""
        return self.page("notice.html", {"notice": key, "values": values}, status=status)

    def back(self, path: str) -> Response:
        """To a page of ours after a POST, so that reloading repeats nothing."""
        return RedirectResponse(path, 303, headers=HEADERS)


Endpoint = Callable[[Visit], Awaitable[Response]]


def policy(nonce: str) -> str:
    """Nothing but our own style sheets, the one script with this nonce, frames and forms of ourselves."""
    return (
        f"default-src 'none'; style-src 'self'; script-src 'nonce-{nonce}'; img-src 'self'; connect-src 'self'; "
        "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def team(
    desk: Desk, path: str, endpoint: Endpoint, *, methods: tuple[str, ...] = ("GET",), open_to_all: bool = False
) -> Route:
    """A page of the team. Without a sign-in it says how to get one; a POST must come from a page of ours."""

    async def answer(request: Request) -> Response:
        member = desk.member(request)
        visit = Visit(desk, request, member or Member(""))
        if member is None and not open_to_all:
            return visit.page("entrance.html", status=401)
        try:
            if request.method == "POST":
                if not from_our_page(request):
                    return visit.say("foreign", status=403)
                visit = Visit(desk, request, visit.member, await form(request))
                if not open_to_all and not _has_key(visit):
                    return visit.say("foreign", status=403)
            return await endpoint(visit)
        except NothingHere:
            return visit.say("nothing_here", status=404)
        except TooLarge:
            return visit.say("too_large", status=413)
        except Refused as refused:
            return refusal(visit, refused)
        except Exception as error:
            if away(error):
                log.warning("the database is away, %s", path)
                return visit.say("away", status=503)
            log.exception("a page of the team failed, %s", path)
            return visit.say("broken", status=500)

    return Route(path, answer, methods=list(methods), name=f"{methods[0]} {path}")


def from_our_page(request: Request) -> bool:
    """Whether a POST can only come from a page of ours, as far as the browser says where it comes from."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in OURS
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def _has_key(visit: Visit) -> bool:
    try:
        said = visit.desk.forms.loads(visit.said.fields.get("key", ""))
    except BadSignature:
        return False
    return secrets.compare_digest(str(said).encode(), visit.member.key.encode())


def refusal(visit: Visit, refused: Refused) -> Response:
    """Why it was not done, in the reader's language where we have a sentence for the reason's code."""
    finding = refused.findings[0]
    key = f"app.refused.{finding.code}"
    known = key in visit.front.render.words.keys(visit.language)
    words = visit.t(key) if known else f"{finding.message} {finding.mend}".strip()
    return visit.page("refused.html", {"words": words, "finding": finding}, status=422)

"""Signing in by a link that works once, signing out, and the language of the pages."""

import secrets
from dataclasses import replace

from starlette.responses import Response

from prospecting import engagement
from prospecting.web.app.desk import COOKIE, Member, Visit
from prospecting.words import LANGUAGES

TEAM = "team"
"""The subject of a link that signs in."""


async def door(visit: Visit) -> Response:
    """`GET /app/enter/{token}`: one button. A program that looks at links uses nothing up."""
    return visit.page("enter.html")


async def enter(visit: Visit) -> Response:
    """`POST /app/enter/{token}`: the link is used up, and the cookie set."""
    token = str(visit.request.path_params["token"])
    subject = await visit.front.writing(lambda session: engagement.use_one_time_link(session, token, now=visit.now))
    if subject != TEAM:
        return visit.page("entrance.html", {"used": True}, status=403)
    member = Member(secrets.token_urlsafe(12), visit.member.language)
    return visit.desk.sign_in(visit.back("/app"), member)


async def leave(visit: Visit) -> Response:
    """`POST /app/leave`."""
    response = visit.back("/app")
    response.delete_cookie(COOKIE, path="/app")
    return response


async def speak(visit: Visit) -> Response:
    """`POST /app/language`: the pages' language from now on."""
    wanted = visit.said.text("language", 2)
    member = replace(visit.member, language=wanted) if wanted in LANGUAGES else visit.member
    return visit.desk.sign_in(visit.back("/app"), member)

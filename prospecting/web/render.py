"""Pages from templates: words by language, static files by their content, and the headers every page carries."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from prospecting import words as said
from prospecting.words import LANGUAGES, Words

HERE = Path(__file__).parent
STATIC = HERE / "static"

PUBLIC_HEADERS = {
    # An address may hold a token: it is told to nobody, kept in no cache, and found by no search engine.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "Vary": "Accept-Language",
}


@dataclass(frozen=True)
class Renderer:
    """Templates and words of the web room."""

    folder: Path = HERE / "templates"

    @cached_property
    def words(self) -> Words:
        return Words(HERE / "words")

    @cached_property
    def environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self.folder),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals["static"] = static
        environment.filters |= {"number": said.number, "percent": said.percent, "on": said.on, "moment": said.moment}
        return environment

    def html(self, template: str, language: str, values: Mapping[str, Any], *, nonce: str = "") -> str:
        """The page `template` in `language`; `t` says the public sentences, `nonce` marks its script."""
        return self.environment.get_template(template).render(
            t=partial(self.words.say, language), language=language, nonce=nonce, **values
        )

    def public(
        self,
        template: str,
        language: str,
        values: Mapping[str, Any],
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """A page for a prospect: strict policy, no cookie, nothing foreign."""
        nonce = secrets.token_urlsafe(12)
        return HTMLResponse(
            self.html(f"public/{template}", language, values, nonce=nonce),
            status_code=status,
            headers=PUBLIC_HEADERS
            | {"Content-Security-Policy": policy(nonce), "Content-Language": language}
            | dict(headers or {}),
        )


def policy(nonce: str = "") -> str:
    """Nothing but our own style sheet, the one script with this nonce, our own pictures, and forms to ourselves."""
    script = f"'nonce-{nonce}'" if nonce else "'none'"
    return (
        f"default-src 'none'; style-src 'self'; script-src {script}; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def static(name: str) -> str:
    """The address of a static file, which changes with its content."""
    return f"/static/{name}?v={_digest(name)}"


@cache
def _digest(name: str) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:12]


class KeptFiles(StaticFiles):
    """Our static files, which a browser may keep for a year: their addresses change with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def wanted_language(request: Request, offered: tuple[str, ...] = LANGUAGES) -> str:
    """The language of `offered` that the reader asks for: by `?lang=`, else by their browser; else the first."""
    if (asked := request.query_params.get("lang", "")) in offered:
        return asked
    weighed: list[tuple[float, int, str]] = []
    for place, part in enumerate(request.headers.get("accept-language", "")[:200].split(",")):
        tag, _, quality = part.partition(";q=")
        short = tag.strip().split("-")[0].lower()
        if short in offered:
            weighed.append((-_quality(quality), place, short))
    return min(weighed)[2] if weighed else offered[0]


def _quality(text: str) -> float:
    try:
        return float(text.strip() or 1)
    except ValueError:
        return 0.0

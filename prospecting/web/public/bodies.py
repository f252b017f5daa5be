"""What strangers send in the body of a POST: read with a limit, never trusted."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from prospecting.engagement import clean

LARGEST = 64_000
"""Bytes; four thousand characters of words, whatever their script, and a diagnostic's answers fit."""
FIELDS = 200


class TooLarge(Exception):  # noqa: N818
    """The body is larger than anything our forms send."""


@dataclass(frozen=True)
class Form:
    """The fields of a POST; the last one of a name counts."""

    fields: dict[str, str]

    def text(self, name: str, length: int) -> str:
        """A field's text, cut and cleaned; "" if it is not there."""
        return clean(self.fields.get(name), length)

    @property
    def trapped(self) -> bool:
        """Whether the field that no person sees was filled."""
        return bool(self.fields.get("website", "").strip())


async def raw(request: Request) -> bytes:
    """The body. Raises TooLarge as soon as it is."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise TooLarge
    return body


async def form(request: Request) -> Form:
    """A form's fields, or those of a flat JSON object; anything else is an empty form."""
    body = await raw(request)
    if request.headers.get("content-type", "").startswith("application/json"):
        return Form(_of_json(body))
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError:
        return Form({})
    return Form(dict(pairs))


def _of_json(body: bytes) -> dict[str, str]:
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    return {str(key): str(value) for key, value in list(said.items())[:FIELDS] if isinstance(value, str | int | float)}

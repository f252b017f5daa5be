"""A self-diagnostic: the answers stay in the page until its reader asks for the report, in one POST."""

import os
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from prospecting import diagnostics
from prospecting.diagnostics import BadAnswers, Comparison, Diagnostic, Report
from prospecting.journal import away
from prospecting.tokens import Purpose
from prospecting.web.public.bodies import Form, form
from prospecting.web.public.front import Front
from prospecting.web.public.shelf import Host, Shown

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
"""One character an answer in a report's address: an option's number, and nothing about anybody."""


async def diagnostic_page(front: Front, request: Request) -> Response:
    """`GET /d/{slug}`."""
    found = _find(front, request)
    if found is None:
        return front.say(request, "no_gift", status=404)
    definition, gift, host = found
    values = {"diagnostic": definition, "gift": gift, "host": host}
    return front.page(request, "diagnostic.html", values, language=definition.language)


async def show_report(front: Front, request: Request) -> Response:
    """`POST /d/{slug}`: the report. With a token it is the person's; without one it is nobody's."""
    found = _find(front, request)
    if found is None:
        return front.say(request, "no_gift", status=404)
    definition, gift, host = found
    said = await form(request)
    token = said.text("token", 64)
    touch = front.installation.signer.read(token, Purpose.FRAGMENT, Purpose.VISIT).touch if token else None
    try:
        answers = _answers(definition, said)
        report = diagnostics.score(definition, answers)
    except BadAnswers:
        return front.say(request, "answers_missing", status=422, language=definition.language)
    others = await _compared(front, report)
    if touch is not None:
        about = {"touch": touch, "slug": gift.page.slug if gift else definition.slug}
        facts = {"scores": report.scores} | ({"trap": True} if said.trapped else {})
        await front.note("diagnostic", about | {"facts": facts})
    if not said.trapped:
        # Kept for comparison under a key of its own, which nothing leads from to a person.
        result = {"slug": definition.slug, "language": definition.language, "scores": report.scores}
        await front.note("diagnostic_result", result | {"key": os.urandom(16).hex()})
    return _report(front, request, definition, gift, host, report=report, answers=answers, others=others)


async def open_report(front: Front, request: Request) -> Response:
    """`GET /d/{slug}/{report}`: the same report again, from the answers that its address holds. It notes nothing."""
    found = _find(front, request)
    said = request.path_params["report"]
    if found is None:
        return front.say(request, "no_gift", status=404)
    definition, gift, host = found
    if len(said) != len(definition.questions) or any(character not in DIGITS for character in said):
        return front.not_whole(request)
    answers = {question.id: DIGITS.index(said[place]) for place, question in enumerate(definition.questions)}
    try:
        report = diagnostics.score(definition, answers)
    except BadAnswers:
        return front.not_whole(request)
    others = await _compared(front, report)
    return _report(front, request, definition, gift, host, report=report, answers=answers, others=others)


def _report(
    front: Front,
    request: Request,
    definition: Diagnostic,
    gift: Shown | None,
    host: Host,
    *,
    report: Report,
    answers: dict[str, int],
    others: list[Comparison],
) -> Response:
    code = "".join(DIGITS[answers[question.id]] for question in definition.questions)
    values = {
        "diagnostic": definition,
        "report": report,
        "others": {comparison.dimension: comparison.sentence for comparison in others},
        "gift": gift,
        "host": host,
        "address": f"{front.installation.settings.public_url.rstrip('/')}/d/{definition.slug}/{code}",
    }
    return front.page(request, "report.html", values, language=definition.language)


async def _compared(front: Front, report: Report) -> list[Comparison]:
    """The comparison with peers; none while the database is away, and the report is shown all the same."""
    try:
        others: list[Any] = await front.reading(lambda session: diagnostics.results(session, report.slug))
    except Exception as error:
        if not away(error):
            raise
        return []
    return diagnostics.compare(report, others)


def _answers(definition: Diagnostic, said: Form) -> dict[str, int]:
    """Question to the chosen option's number; raises BadAnswers for what is no number."""
    answers: dict[str, int] = {}
    for question in definition.questions:
        chosen = said.text(f"q-{question.id}", 3)
        if chosen and not (chosen.isascii() and chosen.isdecimal()):
            raise BadAnswers([], [question.id])
        if chosen:
            answers[question.id] = int(chosen)
    return answers


def _find(front: Front, request: Request) -> tuple[Diagnostic, Shown | None, Host] | None:
    slug, language = request.path_params["slug"], front.language(request)
    definition = front.shelf.diagnostic(slug, language)
    if definition is None:
        return None
    gift = front.shelf.gift_of_diagnostic(slug, language)
    return definition, gift, front.shelf.host

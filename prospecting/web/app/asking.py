"""What one does with a lead: read the invitation over and send it, answer in writing, pass, note what became of it."""

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.responses import Response

from prospecting import leads, prospects
from prospecting.campaigns.models import Enrolment
from prospecting.campaigns.versions import definition_of
from prospecting.delivery.preview import Written, written
from prospecting.engagement import clean
from prospecting.findings import Refused
from prospecting.leads import LeadView, PersonView
from prospecting.prospects.models import Organisation, Prospect
from prospecting.senders.models import Mailbox
from prospecting.web.app.desk import Visit
from prospecting.web.app.framing import framed
from prospecting.web.app.warm import Shown, find, person_in, shown_lead
from prospecting.words import known

LINE = 600
"""Characters of a line of one's own."""
WORDS = 4000
SUBJECT = 200


@dataclass(frozen=True)
class Whom:
    """One person of a lead with the lead."""

    shown: Shown
    person: PersonView

    @property
    def lead(self) -> LeadView:
        return self.shown.lead


async def read_over(visit: Visit) -> Response:
    """`GET /app/leads/{lead}/invite/{prospect}`: the invitation as it will be read."""
    line = clean(visit.request.query_params.get("words"), LINE)

    def read(session: Session) -> Whom:
        return _whom(session, visit)

    whom = await visit.front.reading(read)
    letter: Written | None = None
    refused: str | None = None
    try:
        letter = await _rehearsed(visit, line)
    except Refused as reason:
        refused = reason.findings[0].code
    return visit.page("invite.html", {"whom": whom, "letter": letter, "refused": refused, "line": line})


async def letter(visit: Visit) -> Response:
    """`GET /app/leads/{lead}/invite/{prospect}/letter`: the letter alone, for the frame in the page."""
    line = clean(visit.request.query_params.get("words"), LINE)
    found = await _rehearsed(visit, line)
    # Pressing a link here would be choosing in the reader's place.
    return framed(re.sub(r'\shref="[^"]*"', "", found.html))


async def invite(visit: Visit) -> Response:
    """`POST /app/leads/{lead}/invite/{prospect}`: plan it, or show it again with another line."""
    lead_id, prospect_id, line = visit.number("lead"), visit.number("prospect"), visit.said.text("words", LINE)
    if visit.said.fields.get("do") == "read":
        return await _again(visit, line)

    def send(session: Session) -> None:
        lead = find(session, visit, lead_id)
        leads.invite(
            session,
            lead_id,
            prospect_id,
            by=lead.owner,
            now=visit.now,
            settings=visit.front.installation.settings,
            words=line or None,
        )

    await visit.front.writing(send)
    return visit.back("/app?done=invited")


async def question(visit: Visit) -> Response:
    """`GET /app/leads/{lead}/answer/{prospect}`: what they asked, and room for the answer."""

    def read(session: Session) -> tuple[Whom, str, Mailbox]:
        whom = _whom(session, visit)
        enrolment = session.get_one(Enrolment, whom.person.enrolment_id)
        return whom, _language(session, visit, enrolment), session.get_one(Mailbox, enrolment.mailbox_id)

    whom, language, mailbox = await visit.front.reading(read)
    return visit.page("answer.html", _answering(visit, whom, language) | {"mailbox": mailbox})


async def answer(visit: Visit) -> Response:
    """`POST /app/leads/{lead}/answer/{prospect}`: it leaves at once."""
    lead_id, prospect_id = visit.number("lead"), visit.number("prospect")
    words = visit.said.text("words", WORDS)

    def send(session: Session) -> None:
        lead = find(session, visit, lead_id)
        person = person_in(lead, prospect_id)
        enrolment = session.get_one(Enrolment, person.enrolment_id)
        language = _language(session, visit, enrolment)
        subject = " ".join(visit.said.text("subject", SUBJECT).split())
        leads.answer(
            session,
            lead_id,
            by=lead.owner,
            words=words,
            subject=subject or _subject(visit, person, language),
            now=visit.now,
            prospect_id=prospect_id,
        )

    await visit.front.writing(send)
    return visit.back("/app?done=answered")


async def answered_elsewhere(visit: Visit) -> Response:
    """`POST /app/leads/{lead}/elsewhere/{prospect}`: it was answered from the owner's own mailbox."""
    lead_id, prospect_id = visit.number("lead"), visit.number("prospect")

    def note(session: Session) -> None:
        lead = find(session, visit, lead_id)
        leads.answered_elsewhere(session, lead_id, by=lead.owner, now=visit.now, prospect_id=prospect_id)

    await visit.front.writing(note)
    return visit.back("/app?done=answered")


async def pass_over(visit: Visit) -> Response:
    """`POST /app/leads/{lead}/pass`: out of the list for a while; the next page takes it back if wanted."""
    lead_id = visit.number("lead")

    def leave_out(session: Session) -> None:
        lead = find(session, visit, lead_id)
        leads.pass_over(session, lead_id, by=lead.owner, now=visit.now)

    await visit.front.writing(leave_out)
    return visit.back(f"/app?passed={lead_id}")


async def undo_pass(visit: Visit) -> Response:
    """`POST /app/leads/{lead}/undo`."""
    lead_id = visit.number("lead")

    def bring_back(session: Session) -> None:
        lead = find(session, visit, lead_id)
        leads.undo_pass(session, lead_id, by=lead.owner, now=visit.now)

    await visit.front.writing(bring_back)
    return visit.back("/app?done=back")


async def take_back(visit: Visit) -> Response:
    """`POST /app/leads/{lead}/take-back`: an invitation that has not left stays here."""
    lead_id = visit.number("lead")

    def withdraw(session: Session) -> None:
        lead = find(session, visit, lead_id)
        leads.take_back(session, lead_id, by=lead.owner, now=visit.now)

    await visit.front.writing(withdraw)
    return visit.back("/app?done=back")


async def outcome(visit: Visit) -> Response:
    """`POST /app/leads/{lead}/outcome`: what became of it."""
    lead_id = visit.number("lead")
    kind, note = visit.said.text("kind", 20), visit.said.text("note", 2000)

    def record(session: Session) -> None:
        lead = find(session, visit, lead_id)
        leads.record_outcome(session, lead_id, kind, note=note, by=lead.owner, now=visit.now)

    await visit.front.writing(record)
    return visit.back(f"/app/leads/{lead_id}?done=noted")


async def _again(visit: Visit, line: str) -> Response:
    """The page once more, with the letter as it reads with this line."""

    def read(session: Session) -> Whom:
        return _whom(session, visit)

    whom = await visit.front.reading(read)
    found = await _rehearsed(visit, line)
    return visit.page("invite.html", {"whom": whom, "letter": found, "refused": None, "line": line})


async def _rehearsed(visit: Visit, line: str) -> Written:
    """The invitation as it would be planned and written now: done for real, read, and taken back."""
    lead_id, prospect_id = visit.number("lead"), visit.number("prospect")
    installation = visit.front.installation

    def rehearse(session: Session) -> Written:
        lead = find(session, visit, lead_id)
        touch = leads.invite(
            session,
            lead_id,
            prospect_id,
            by=lead.owner,
            now=visit.now,
            settings=installation.settings,
            words=line or None,
        )
        found = written(session, touch, installation=installation, now=visit.now)
        session.rollback()
        return found

    return await visit.front.writing(rehearse)


def _whom(session: Session, visit: Visit) -> Whom:
    shown = shown_lead(session, visit)
    return Whom(shown, person_in(shown.lead, visit.number("prospect")))


def _answering(visit: Visit, whom: Whom, language: str) -> dict[str, object]:
    waiting = [hand for hand in whom.person.hands if hand.answered_at is None and hand.answer_by]
    return {
        "whom": whom,
        "waiting": waiting,
        "written_in": language,
        "subject": _subject(visit, whom.person, language),
    }


def _subject(visit: Visit, person: PersonView, language: str) -> str:
    """The subject of the answer, in the reader's language, by what they asked."""
    kinds = [hand.kind for hand in person.hands if hand.answered_at is None and hand.answer_by]
    kind = kinds[0] if kinds and kinds[0] in ("proposal_asked", "replay_asked", "reply") else "question"
    return visit.front.render.words.say(language, f"app.answer.subjects.{kind}")


def _language(session: Session, visit: Visit, enrolment: Enrolment) -> str:
    """The language in which this person is written to."""
    person = session.get_one(Prospect, enrolment.prospect_id)
    organisation = session.get(Organisation, person.organisation_id) if person.organisation_id else None
    campaign = definition_of(session, enrolment.version_id).language
    return known(prospects.language_of(person, organisation, campaign or visit.front.installation.settings.language))

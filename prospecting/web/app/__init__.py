"""The team's pages: who is ready to talk and why, what may be done about it, and how the campaigns stand."""

from collections.abc import Collection

from starlette.responses import Response
from starlette.routing import Route

from prospecting.delivery.sink import Sink
from prospecting.web.app import asking, campaigning, digesting, entering, mailing, persons, shelves, warm
from prospecting.web.app.desk import Desk, NothingHere, Visit, team
from prospecting.web.public.front import Front

POST = ("POST",)


def routes(front: Front, caught: Sink | None = None, flagged: Collection[int] = ()) -> list[Route]:
    """Everything under /app. `caught` is the built-in mailbox, if there is one; `flagged` the mails to be pointed at."""
    desk = Desk(front, caught, flagged)
    lead, person = "/app/leads/{lead}", "/app/leads/{lead}/{what}/{prospect}"
    campaign = "/app/campaigns/{slug}"
    return [
        team(desk, "/app/enter/{token}", entering.door, open_to_all=True),
        team(desk, "/app/enter/{token}", entering.enter, methods=POST, open_to_all=True),
        team(desk, "/app/leave", entering.leave, methods=POST),
        team(desk, "/app/language", entering.speak, methods=POST),
        team(desk, "/app", warm.warm_leads),
        team(desk, lead, warm.one_lead),
        team(desk, person.replace("{what}", "invite"), asking.read_over),
        team(desk, person.replace("{what}", "invite"), asking.invite, methods=POST),
        team(desk, person.replace("{what}", "invite") + "/letter", asking.letter),
        team(desk, person.replace("{what}", "answer"), asking.question),
        team(desk, person.replace("{what}", "answer"), asking.answer, methods=POST),
        team(desk, person.replace("{what}", "elsewhere"), asking.answered_elsewhere, methods=POST),
        team(desk, f"{lead}/pass", asking.pass_over, methods=POST),
        team(desk, f"{lead}/undo", asking.undo_pass, methods=POST),
        team(desk, f"{lead}/take-back", asking.take_back, methods=POST),
        team(desk, f"{lead}/outcome", asking.outcome, methods=POST),
        team(desk, "/app/campaigns", campaigning.campaign_list),
        team(desk, campaign, campaigning.one_campaign),
        team(desk, f"{campaign}/pause", campaigning.pause, methods=POST),
        team(desk, f"{campaign}/resume", campaigning.resume, methods=POST),
        team(desk, f"{campaign}/confirm", campaigning.confirm, methods=POST),
        team(desk, "/app/gifts", shelves.gift_list),
        team(desk, "/app/people", persons.find),
        team(desk, "/app/people/{prospect}", persons.one_person),
        team(desk, "/app/people/{prospect}/stop", persons.stop, methods=POST),
        team(desk, "/app/mails", mailing.mail_list),
        team(desk, "/app/mails/{number}", mailing.one_mail),
        team(desk, "/app/mails/{number}/html", mailing.mail_html),
        team(desk, "/app/digest", digesting.digest),
        team(desk, "/app/{rest:path}", _nothing_here),
    ]


async def _nothing_here(_visit: Visit) -> Response:
    raise NothingHere

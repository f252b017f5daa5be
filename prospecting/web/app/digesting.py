"""The digest as it would be sent now, to each of the team."""

from sqlalchemy.orm import Session
from starlette.responses import Response

from prospecting import leads, senders
from prospecting.web.app.desk import NothingHere, Visit


async def digest(visit: Visit) -> Response:
    """`GET /app/digest?for=`: one letter; nothing is sent by looking."""
    wanted = visit.request.query_params.get("for", "")

    def read(session: Session) -> dict[str, object]:
        team = list(senders.users(session))
        user = next((one for one in team if one.handle == wanted), None)
        if wanted and user is None:
            raise NothingHere
        user = user or next((one for one in team if one.role == "sales"), team[0] if team else None)
        names = [(one.handle, one.name) for one in team]
        if user is None:
            return {"team": names, "who": None}
        return {
            "team": names,
            "who": user.handle,
            "name": user.name,
            "zone": user.zone,
            "spoken": user.language,
            "letter": leads.compose(session, user.handle, now=visit.now),
            "next_at": senders.next_digest_at(user, visit.now),
        }

    return visit.page("digest.html", await visit.front.reading(read))

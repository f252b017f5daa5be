"""What the senders' limits leave free for a batch of touches, shared by everybody who plans in one go."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from prospecting.campaigns.calendar import Opening
from prospecting.campaigns.edges import TouchState
from prospecting.campaigns.models import Campaign, CampaignState, Touch
from prospecting.prospects.models import Prospect
from prospecting.senders.allocation import Allocation
from prospecting.senders.limits import allocation


@dataclass
class Box:
    """One mailbox, and the spans that were found full in it; a span only fills up while planning goes on."""

    free: Allocation
    full: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Addressed:
    """The room of one mailbox for one touch (`calendar.Room`)."""

    box: Box
    domain: str
    key: str

    def near(self, wanted: datetime, opening: Opening) -> datetime | None:
        full = self.box.full.setdefault(self.domain, [])
        if any(starts <= opening.starts and opening.ends <= ends for starts, ends in full):
            return None
        for start, end in ((wanted, opening.ends), (opening.starts, wanted)):
            found = self.box.free.next_free(start, end, domain=self.domain, key=self.key) if start < end else None
            if found is not None:
                return found
        full.append((opening.starts, opening.ends))
        return None


class Rooms:
    """The mailboxes of one piece of work."""

    def __init__(self, boxes: Mapping[int, Box]) -> None:
        self.boxes = boxes

    @classmethod
    def load(cls, session: Session, mailbox_ids: Collection[int], *, now: datetime) -> "Rooms":
        """With what left these mailboxes lately and what is planned in running campaigns."""
        planned: dict[int, list[tuple[datetime, str]]] = {mailbox_id: [] for mailbox_id in mailbox_ids}
        waiting = (
            select(Touch.mailbox_id, Touch.due_at, Prospect.domain)
            .join(Prospect, Prospect.id == Touch.prospect_id)
            .outerjoin(Campaign, Campaign.id == Touch.campaign_id)
            .where(Touch.mailbox_id.in_(mailbox_ids), Touch.state.in_((TouchState.PLANNED, TouchState.CLAIMED)))
            .where(Touch.window_ends_at > now, or_(Campaign.id.is_(None), Campaign.state == CampaignState.RUNNING))
        )
        for mailbox_id, at, domain in session.execute(waiting):
            planned[mailbox_id].append((max(at, now), domain))
        return cls({one: Box(allocation(session, one, planned[one], now=now)) for one in mailbox_ids})

    def for_touch(self, mailbox_id: int, domain: str, key: str) -> Addressed:
        return Addressed(self.boxes[mailbox_id], domain, key)

    def take(self, mailbox_id: int, at: datetime, domain: str) -> None:
        self.boxes[mailbox_id].free.take(at, domain)

"""One calm letter a day to each of the team, at the hour they chose; a second one only when a hand was raised since.

At most once: a row with its hour is claimed and committed before the letter leaves, so that a process killed in between
costs one digest, and never makes two.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from prospecting import delivery, senders
from prospecting.campaigns.models import (
    Campaign,
    CampaignState,
    Enrolment,
    EnrolmentState,
    Touch,
    TouchKind,
    TouchState,
)
from prospecting.db import insert_or_ignore
from prospecting.findings import Refused
from prospecting.installation import Installation
from prospecting.leads.models import DigestSent, Lead, LeadState, RaisedHand
from prospecting.leads.views import LeadView, PersonView, open_leads
from prospecting.senders.models import Mailbox, User
from prospecting.words import Words, moment

WORDS = Words(Path(__file__).with_name("words"))
LATEST = timedelta(hours=2)
"""A digest that could not leave at its hour still may, so much later; then the next hour's says it all."""
QUIET_FOR = timedelta(days=7)
"""When there is nothing to say, it is said once a week."""
LISTED = 12


class Kind(StrEnum):
    DAILY = "daily"
    SECOND = "second"


@dataclass(frozen=True)
class Due:
    """One digest whose hour has come."""

    handle: str
    due_at: datetime
    kind: Kind


@dataclass(frozen=True)
class Digest:
    """The letter; `quiet` if it says only that there is nothing to do."""

    subject: str
    text: str
    quiet: bool


def due(session: Session, now: datetime) -> list[Due]:
    """Digests whose hour has come and that nobody claimed yet."""
    found = []
    for user in senders.users(session):
        daily = senders.next_digest_at(user, now - LATEST)
        second = senders.next_second_digest_at(user, now - LATEST)
        if daily <= now:
            found.append(Due(user.handle, daily, Kind.DAILY))
        if (
            second <= now
            and second != daily
            and _raised_since(session, user.handle, _last(session, user.handle, second))
        ):
            found.append(Due(user.handle, second, Kind.SECOND))
    return [each for each in found if session.get(DigestSent, (each.handle, each.due_at)) is None]


def compose(session: Session, handle: str, *, now: datetime, since: datetime | None = None) -> Digest:
    """The digest of `handle` as of `now`: hands raised, who is warm and why, what leaves next, what failed or is held.

    `since`: of what failed, only what did after it (a day before unless given). Raises Refused for an unknown user.
    """
    user = senders.user(session, handle)
    if user is None:
        raise Refused.of("CF003", f"There is no user {handle}.", "Write a handle of team.yaml.")
    leads = open_leads(session, owner=handle, now=now, language=user.language)
    tell = _Letter(user)
    hands = [tell.hand(lead, person) for lead in leads for person in lead.people if person.waits]
    warm = [tell.warm(lead, person) for lead in leads for person in lead.people if person.warm]
    troubles = tell.troubles(session, since or now - timedelta(days=1), now)
    parts = [
        tell.part("hands", hands),
        tell.part("warm", warm),
        tell.part("troubles", troubles),
        tell.leaves(session, now),
    ]
    body = "\n\n".join(part for part in parts if part)
    text = WORDS.say(
        user.language,
        "digest.letter",
        name=user.name.split()[0],
        heading=tell.heading(len(hands), len(warm)),
        body=body,
    )
    return Digest(tell.subject(len(hands), len(warm)), text.strip() + "\n", quiet=not (hands or warm or troubles))


def send_due(installation: Installation) -> int:
    """Send the digests whose hour has come, each at most once; how many left."""
    now = installation.clock.now()
    with installation.database.reading() as session:
        waiting = due(session, now)
    return sum(_send(installation, each, now=now) for each in waiting)


def _send(installation: Installation, each: Due, *, now: datetime) -> bool:
    with installation.database.writing() as session:
        if not insert_or_ignore(session, DigestSent, [_claim(each, now)], conflict=["user", "due_at"]):
            return False
        digest = compose(session, each.handle, now=now, since=_last(session, each.handle, each.due_at))
        mailbox = _mailbox(session, each.handle)
        address = session.scalars(select(User.address).where(User.handle == each.handle)).one()
        silent = digest.quiet and _told_lately(session, each)
        if silent or mailbox is None:
            _settle(session, each, "quiet" if silent else "no mailbox", None)
            return False
    state, sent_at = "sent", now
    try:
        delivery.send_plain(
            installation, mailbox_id=mailbox, to=address, subject=digest.subject, text=digest.text, purpose="digest"
        )
    except delivery.NotSent:
        state = "failed"
    with installation.database.writing() as session:
        _settle(session, each, state, sent_at if state == "sent" else None)
    return state == "sent"


def _claim(each: Due, now: datetime) -> dict[str, object]:
    return {"user": each.handle, "due_at": each.due_at, "claimed_at": now, "state": "claimed"}


def _settle(session: Session, each: Due, state: str, sent_at: datetime | None) -> None:
    mine = (DigestSent.user == each.handle, DigestSent.due_at == each.due_at)
    session.execute(update(DigestSent).where(*mine).values(state=state, sent_at=sent_at))


def _last(session: Session, handle: str, before: datetime) -> datetime | None:
    """When `handle` was last told something before `before`."""
    mine = select(func.max(DigestSent.claimed_at)).where(DigestSent.user == handle, DigestSent.due_at < before)
    return session.scalar(mine)


def _told_lately(session: Session, each: Due) -> bool:
    """Whether any digest left within the week: silence is only broken once a week."""
    lately = (DigestSent.user == each.handle, DigestSent.sent_at > each.due_at - QUIET_FOR)
    return session.scalar(select(DigestSent.due_at).where(*lately).limit(1)) is not None


def _raised_since(session: Session, handle: str, since: datetime | None) -> bool:
    """Whether a hand was raised that waits for `handle` and that the last digest could not tell."""
    waiting = (
        select(RaisedHand.event_id)
        .join(Lead, Lead.id == RaisedHand.lead_id)
        .where(
            Lead.owner == handle,
            Lead.state == LeadState.OPEN,
            RaisedHand.answered_at.is_(None),
            RaisedHand.answer_by.is_not(None),
        )
    )
    if since is not None:
        waiting = waiting.where(RaisedHand.raised_at > since)
    return session.scalar(waiting.limit(1)) is not None


def _mailbox(session: Session, handle: str) -> int | None:
    """The mailbox a digest leaves from: the person's own, else the first of the team."""
    own = (
        select(Mailbox.id)
        .join(User, User.id == Mailbox.user_id)
        .where(User.handle == handle)
        .order_by(Mailbox.id)
        .limit(1)
    )
    return session.scalar(own) or session.scalar(select(Mailbox.id).order_by(Mailbox.id).limit(1))


@dataclass(frozen=True)
class _Letter:
    """Writes the digest's lines in one person's language and zone."""

    user: User

    def say(self, key: str, **values: object) -> str:
        return WORDS.say(self.user.language, f"digest.{key}", **values)

    def when(self, instant: datetime) -> str:
        form = self.say("when")
        return moment(instant, ZoneInfo(self.user.zone), self.user.language, form)

    def subject(self, hands: int, warm: int) -> str:
        if hands:
            return self.say("subject_hands", n=hands)
        return self.say("subject_warm", n=warm) if warm else self.say("subject_quiet")

    def heading(self, hands: int, warm: int) -> str:
        if not hands and not warm:
            return self.say("nobody")
        said = [self.say("heading_hands", n=hands)] if hands else []
        said += [self.say("heading_warm", n=warm)] if warm else []
        return " ".join(said)

    def part(self, key: str, lines: list[str]) -> str:
        if not lines:
            return ""
        more = [self.say("more", n=len(lines) - LISTED)] if len(lines) > LISTED else []
        return "\n".join([self.say(f"{key}_title"), *(f"- {line}" for line in lines[:LISTED]), *more])

    def who(self, lead: LeadView, person: PersonView) -> str:
        return f"{person.name} ({lead.organisation})" if lead.organisation else person.name

    def hand(self, lead: LeadView, person: PersonView) -> str:
        waiting = [hand for hand in person.hands if hand.answered_at is None and hand.answer_by]
        words = next((hand.words for hand in waiting if hand.words), None)
        asked = (
            self.say("quote", words=" ".join(words.split())[:200]) if words else self.say(f"asked.{waiting[0].kind}")
        )
        promised = min(hand.answer_by for hand in waiting if hand.answer_by)
        return self.say("hand", who=self.who(lead, person), asked=asked, promised=self.when(promised))

    def warm(self, lead: LeadView, person: PersonView) -> str:
        reasons = "; ".join(reason.text for reason in person.why.reasons[:2])
        return self.say(
            "warm", who=self.who(lead, person), number=round(person.why.number), bar=round(person.why.bar), why=reasons
        )

    def troubles(self, session: Session, since: datetime, now: datetime) -> list[str]:
        """What failed since, and what stands still until somebody looks."""
        mine = select(Campaign.id).where(Campaign.owner == self.user.handle)
        lines = [
            self.say(
                "paused", campaign=campaign.name or campaign.slug, why=campaign.paused_why or self.say("no_reason")
            )
            for campaign in session.scalars(
                select(Campaign)
                .where(Campaign.owner == self.user.handle, Campaign.state == CampaignState.PAUSED)
                .order_by(Campaign.slug)
            )
        ]
        for state in (TouchState.FAILED, TouchState.UNCERTAIN):
            ended = (Touch.state == state, Touch.ended_at > since, Touch.ended_at <= now, Touch.campaign_id.in_(mine))
            if count := session.scalar(select(func.count()).select_from(Touch).where(*ended)):
                lines.append(self.say(str(state), n=count))
        held = (
            Enrolment.held.like("failed%"),
            Enrolment.state == EnrolmentState.ACTIVE,
            Enrolment.campaign_id.in_(mine),
        )
        if count := session.scalar(select(func.count()).select_from(Enrolment).where(*held)):
            lines.append(self.say("held", n=count))
        resting = (
            select(Mailbox)
            .join(User, User.id == Mailbox.user_id)
            .where(User.handle == self.user.handle, Mailbox.paused)
        )
        lines += [
            self.say("mailbox", address=box.address, why=box.paused_why or self.say("no_reason"))
            for box in session.scalars(resting)
        ]
        return lines

    def leaves(self, session: Session, now: datetime) -> str:
        """When the next gifts leave, and how many within a day of the first."""
        mine = (
            Touch.state == TouchState.PLANNED,
            Touch.kind == TouchKind.GIFT,
            Touch.due_at >= now,
            Touch.campaign_id.in_(
                select(Campaign.id).where(Campaign.owner == self.user.handle, Campaign.state == CampaignState.RUNNING)
            ),
        )
        first = session.scalar(select(func.min(Touch.due_at)).where(*mine))
        if first is None:
            return self.say("nothing_leaves")
        count = session.scalar(
            select(func.count()).select_from(Touch).where(*mine, Touch.due_at < first + timedelta(days=1))
        )
        return self.say("leaves", n=count or 0, when=self.when(first))

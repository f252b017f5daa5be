"""One calm letter a day at the hour somebody chose; a second only when a hand was raised; at most once each."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from prospecting import delivery, leads
from prospecting.campaigns.models import Campaign, Enrolment, Touch
from prospecting.clock import SetClock
from prospecting.delivery.transports import Reply, Stage
from prospecting.findings import Refused
from prospecting.installation import Installation
from prospecting.leads.digest import WORDS
from prospecting.leads.models import DigestSent
from prospecting.senders.models import User
from tests.campaigns.stories import NOW
from tests.leads.world import DAY, raised, settle, together, warmed
from tests.warmth.world import launched

HOUR = NOW.replace(day=10, hour=7, minute=30)
"""Half past eight on a Thursday in Paris: Claire's hour, once people are warm."""


class Post:
    """Stands where letters leave, and keeps them."""

    def __init__(self) -> None:
        self.letters: list[dict[str, Any]] = []
        self.refuses = False

    def __call__(self, installation: Installation, **letter: Any) -> str:
        if self.refuses:
            raise delivery.NotSent(Reply(Stage.RCPT, 550, "no"))
        self.letters.append(letter)
        return "<1@us.example>"


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    post = Post()
    monkeypatch.setattr(delivery, "send_plain", post)
    return post


@pytest.fixture
def enrolments(installation: Installation) -> list[Enrolment]:
    with installation.database.writing() as session:
        made = launched(session, 3)
        session.scalars(select(User)).one().language = "fr"
        together(session, made[0])
        return made


def at(clock: SetClock, instant: datetime) -> datetime:
    clock.set(instant)
    return instant


def test_every_sentence_exists_in_both_languages() -> None:
    assert WORDS.keys("fr") == WORDS.keys("en")


def test_it_leaves_at_the_chosen_hour_once(
    installation: Installation, clock: SetClock, enrolments: list[Enrolment], post: Post
) -> None:
    with installation.database.writing() as session:
        warmed(session, enrolments[0])
        settle(session, installation.settings, now=HOUR)
    at(clock, HOUR - timedelta(minutes=1))
    assert leads.send_digests(installation) == 0
    at(clock, HOUR)
    assert leads.send_digests(installation) == 1
    assert leads.send_digests(installation) == 0
    at(clock, HOUR + timedelta(minutes=30))
    assert leads.send_digests(installation) == 0
    (letter,) = post.letters
    assert letter["to"] == "claire@us.example"
    assert letter["subject"] == "Une personne est prête à vous parler"
    assert "Anne 1 (Sillon)" in letter["text"]
    assert "diagnostic terminé" in letter["text"]


def test_whoever_asked_comes_first_with_the_promised_hour(
    installation: Installation, clock: SetClock, enrolments: list[Enrolment], post: Post
) -> None:
    with installation.database.writing() as session:
        raised(session, enrolments[1], at=HOUR - timedelta(hours=1), words="Comment\ntraitez-vous les urgences ?")
        warmed(session, enrolments[0])
        settle(session, installation.settings, now=HOUR)
        digest = leads.compose(session, "claire", now=HOUR)
    assert digest.subject == "Une personne attend votre réponse"
    assert "«\u00a0Comment traitez-vous les urgences ?\u00a0»" in digest.text
    assert "lundi 14 décembre à 17 h 00" in digest.text
    assert digest.text.index("ATTENDENT") < digest.text.index("CHAUDS")


def test_a_second_one_only_when_a_hand_was_raised_since(
    installation: Installation, clock: SetClock, enrolments: list[Enrolment], post: Post
) -> None:
    second = HOUR.replace(hour=13, minute=0)
    with installation.database.writing() as session:
        warmed(session, enrolments[0])
        settle(session, installation.settings, now=HOUR)
    at(clock, HOUR)
    assert leads.send_digests(installation) == 1
    at(clock, second)
    assert leads.send_digests(installation) == 0
    with installation.database.writing() as session:
        raised(session, enrolments[1], at=HOUR + timedelta(hours=1))
        settle(session, installation.settings, now=second)
    assert leads.send_digests(installation) == 1
    assert leads.send_digests(installation) == 0
    assert post.letters[1]["subject"] == "Une personne attend votre réponse"


def test_when_there_is_nothing_it_says_so_once_a_week(
    installation: Installation, clock: SetClock, enrolments: list[Enrolment], post: Post
) -> None:
    sent = [leads.send_digests(installation) for day in range(15) if at(clock, HOUR + day * DAY)]
    # Thursday; then silence until the Thursday after, and the one after that; never on a weekend
    assert [day for day, number in enumerate(sent) if number] == [0, 7, 14]
    assert post.letters[0]["subject"] == "Personne n’est encore chaud"
    with installation.database.reading() as session:
        assert session.scalars(select(DigestSent.state).order_by(DigestSent.due_at)).all().count("quiet") == 8


def test_hours_after_the_chosen_one_nobody_is_disturbed(
    installation: Installation, clock: SetClock, enrolments: list[Enrolment], post: Post
) -> None:
    at(clock, HOUR + timedelta(hours=3))
    assert leads.send_digests(installation) == 0


def test_killed_after_the_claim_it_is_not_sent_again(
    installation: Installation, clock: SetClock, enrolments: list[Enrolment], post: Post
) -> None:
    at(clock, HOUR)
    with installation.database.writing() as session:
        session.add(DigestSent(user="claire", due_at=HOUR, claimed_at=HOUR))
    assert leads.send_digests(installation) == 0
    assert post.letters == []


def test_a_server_that_refuses_is_noted_and_disturbs_nothing(
    installation: Installation, clock: SetClock, enrolments: list[Enrolment], post: Post
) -> None:
    post.refuses = True
    at(clock, HOUR)
    assert leads.send_digests(installation) == 0
    with installation.database.reading() as session:
        assert session.scalars(select(DigestSent.state)).one() == "failed"


def test_what_leaves_next_and_what_stands_still(installation: Installation, enrolments: list[Enrolment]) -> None:
    with installation.database.writing() as session:
        one = enrolments[0]
        values = {
            "kind": "gift",
            "prospect_id": one.prospect_id,
            "mailbox_id": one.mailbox_id,
            "campaign_id": one.campaign_id,
            "mode": "declared",
            "created_at": NOW,
        }
        later = HOUR + 5 * DAY
        session.add(
            Touch(
                **values, enrolment_id=one.id, step="guide", state="planned", due_at=later, window_ends_at=later + DAY
            )
        )
        session.add(
            Touch(
                **values,
                enrolment_id=enrolments[1].id,
                step="guide",
                state="uncertain",
                due_at=HOUR,
                window_ends_at=HOUR,
                ended_at=HOUR - timedelta(hours=1),
            )
        )
        session.get_one(Enrolment, enrolments[2].id).held = "failed: 550 no such user"
        session.flush()
        digest = leads.compose(session, "claire", now=HOUR)
        assert "Un cadeau part ensuite, le mardi 15 décembre à 08 h 30." in digest.text
        assert "D’un message, personne ne sait s’il est arrivé" in digest.text
        assert "retenus après un échec" in digest.text
        assert not digest.quiet
        session.get_one(Campaign, one.campaign_id).state = "paused"
        session.flush()
        assert "en pause" in leads.compose(session, "claire", now=HOUR).text


def test_nobody_by_that_name(installation: Installation) -> None:
    with installation.database.reading() as session, pytest.raises(Refused):
        leads.compose(session, "nobody", now=NOW)

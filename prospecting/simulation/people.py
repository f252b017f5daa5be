"""How simulated people behave. The truth is drawn first, and knows nothing of the engine's weights.

- *Intent*: 8 to 12 % really look for what the campaign is about (INTENT is the chance of each).
- *Interest*: everybody else's is Beta(1.2, 4) distributed: most people hardly care, a few are curious.
- A letter is opened with a chance that grows with interest, within three days, mostly in working hours.
- Who opens may press a button, answer the diagnostic, register, write; those with intent do so often, the curious
  sometimes, and now and then somebody presses *useful* out of courtesy: courtesy is what a bar has to survive.
- Some are away and an automatic reply says so; some object, by the link or by a word; some never react at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from prospecting.simulation.acts import Act, What, dice

INTENT = 0.10
AWAY = 0.03
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
)
CHOICES = ("meeting", "proposal", "replay", "question")


@dataclass(frozen=True)
class Person:
    """One person's truth: fixed before the first gift."""

    address: str
    language: str
    intent: bool
    interest: float
    """0 to 1."""
    objects: float
    """The chance of objecting to any one letter."""
    agent: str
    network: str


@dataclass(frozen=True)
class Seen:
    """What a person sees of a letter."""

    step: str
    """The touch's name, the same in every run: campaign and step, or "invitation"."""
    kind: str
    """gift, invitation or service."""
    gift_kind: str
    at: datetime
    choices: Sequence[str] = ()


def draw(address: str, language: str, *, seed: int) -> Person:
    """The truth about the person at `address`."""
    random = dice(seed, address, "truth")
    intent = random.random() < INTENT
    interest = 0.75 + 0.25 * random.random() if intent else random.betavariate(1.2, 4.0)
    return Person(
        address=address,
        language=language,
        intent=intent,
        interest=interest,
        objects=0.001 if intent else 0.012 * (1 - interest),
        agent=random.choice(AGENTS),
        network=f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}",
    )


def react(person: Person, seen: Seen, *, seed: int) -> list[Act]:
    """What `person` does about one letter, in order of time."""
    if seen.kind == "service":
        return []
    random = dice(seed, person.address, seen.step)
    if random.random() < AWAY:
        return [_act(person, seen.at + timedelta(seconds=20 + random.random() * 40), What.REPLY, 0, detail="absence")]
    at = seen.at + _delay(random)
    if random.random() < person.objects:
        return [_objection(person, random, at)]
    if seen.kind == "invitation":
        return _answer_invitation(person, seen, random, at)
    if random.random() >= _opens(person):
        return []
    return _use(person, seen, random, at)


def _opens(person: Person) -> float:
    return 0.92 if person.intent else 0.12 + 0.55 * person.interest


def _use(person: Person, seen: Seen, random: Random, at: datetime) -> list[Act]:
    """Reading, and what the person then says on purpose."""
    share = min(1.0, max(0.05, random.gauss(0.85 if person.intent else 0.2 + 0.6 * person.interest, 0.2)))
    acts = [_act(person, at, What.READ, 0, share=round(share, 2))]
    eager = 1.0 if person.intent else 0.16 * person.interest
    courtesy = 0.0 if person.intent else 0.03
    at += timedelta(minutes=1 + random.random() * 9)

    def does(chance: float) -> bool:
        return random.random() < chance

    if seen.gift_kind == "diagnostic" and does(0.8 * eager):
        acts.append(_act(person, at, What.REPORT, len(acts)))
        at += timedelta(minutes=2)
    if seen.gift_kind == "master_class" and does(0.6 * eager):
        acts.append(_act(person, at, What.REGISTER, len(acts)))
        at += timedelta(minutes=2)
    if does(0.65 * eager + courtesy):
        acts.append(_act(person, at, What.PRESS, len(acts), detail="useful"))
        at += timedelta(minutes=1 + random.random() * 3)
    if does(0.5 * eager):
        acts.append(_act(person, at, What.PRESS, len(acts), detail="send_next"))
        at += timedelta(minutes=1 + random.random() * 3)
    if does(0.08 * eager):
        acts.append(
            _act(
                person,
                at,
                What.PRESS,
                len(acts),
                detail="question",
                words=QUESTIONS[person.language][random.randrange(3)],
            )
        )
    elif does(0.07 * eager):
        acts.append(_act(person, at + timedelta(hours=1), What.REPLY, len(acts), detail="interested"))
    elif not person.intent and does(0.03 * (1 - person.interest)):
        acts.append(_act(person, at, What.PRESS, len(acts), detail="not_for_me"))
    return acts


def _answer_invitation(person: Person, seen: Seen, random: Random, at: datetime) -> list[Act]:
    if random.random() >= (0.7 if person.intent else 0.25):
        return []
    offered = [choice for choice in CHOICES if choice in seen.choices] or ["question"]
    choice = random.choices(offered, weights=[4, 2, 2, 1][: len(offered)])[0]
    words = QUESTIONS[person.language][random.randrange(3)] if choice == "question" else ""
    return [_act(person, at, What.CHOOSE, 0, detail=choice, words=words)]


def _objection(person: Person, random: Random, at: datetime) -> Act:
    if random.random() < 0.75:
        return _act(person, at, What.OBJECT, 0)
    return _act(person, at, What.REPLY, 0, detail="objection")


def _delay(random: Random) -> timedelta:
    """Half within four hours, nearly all within three days; nobody reads in the second a letter arrives."""
    return timedelta(minutes=2) + timedelta(minutes=min(random.expovariate(1 / 350), 4300))


def _act(
    person: Person, at: datetime, what: What, order: int, *, detail: str = "", words: str = "", share: float = 0.0
) -> Act:
    return Act(
        at,
        order,
        what,
        person.address,
        detail=detail,
        words=words,
        share=share,
        agent=person.agent,
        network=person.network,
    )


QUESTIONS = {
    "fr": (
        "Comment faites-vous quand une urgence tombe pendant un créneau protégé ?",
        "Avez-vous un retour d'une équipe de moins de vingt personnes ?",
        "Par quoi commenceriez-vous avec des équipes en trois-huit ?",
    ),
    "en": (
        "How do you handle a real emergency during protected hours?",
        "Do you know a team under twenty people that tried this?",
        "Where would you begin with a team that works in shifts?",
    ),
}
REPLIES = {
    "fr": {
        "interested": "Bonjour,\n\nMerci, c'est exactement notre sujet du moment. Pouvez-vous m'envoyer ce que vous proposez ?\n",
        "objection": "Bonjour, merci de ne plus m'écrire.\n",
        "absence": "Je suis absent(e) jusqu'au {until} inclus et lirai votre message à mon retour.\n",
    },
    "en": {
        "interested": "Hello,\n\nThanks, this is exactly what we are working on. Can you send me what you offer?\n",
        "objection": "Please remove me from your list.\n",
        "absence": "I am out of the office until {until} and will read your message when I am back.\n",
    },
}

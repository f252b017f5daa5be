"""Simulated people and machines: the same seed gives the same ones, and the truth knows nothing of the engine."""

from datetime import timedelta
from pathlib import Path

import pytest

from prospecting.findings import Refused
from prospecting.simulation.acts import What, dice
from prospecting.simulation.machines import at_click, load_profiles, machines_before, on_arrival
from prospecting.simulation.people import Seen, draw, react
from tests.conftest import TUESDAY

ADDRESSES = [f"person{n}@org{n % 40}.example" for n in range(2000)]


def test_the_same_seed_gives_the_same_people_and_another_one_others() -> None:
    first = [draw(address, "en", seed=7) for address in ADDRESSES[:50]]
    assert first == [draw(address, "en", seed=7) for address in ADDRESSES[:50]]
    assert first != [draw(address, "en", seed=8) for address in ADDRESSES[:50]]


def test_eight_to_twelve_percent_have_real_intent() -> None:
    share = sum(draw(address, "en", seed=7).intent for address in ADDRESSES) / len(ADDRESSES)
    assert 0.08 <= share <= 0.12


def test_nobody_acts_before_the_letter_arrived_and_nobody_within_the_first_seconds() -> None:
    seen = Seen("A guide", "gift", "guide", TUESDAY)
    acts = [act for address in ADDRESSES for act in react(draw(address, "en", seed=7), seen, seed=7)]
    assert acts
    assert all(act.at > TUESDAY for act in acts)
    pressed = [act.at for act in acts if act.what is What.PRESS]
    assert min(pressed) > TUESDAY + timedelta(minutes=2)


def test_those_with_intent_press_far_more_often() -> None:
    seen = Seen("A guide", "gift", "guide", TUESDAY)
    pressed: dict[bool, list[bool]] = {True: [], False: []}
    for address in ADDRESSES:
        person = draw(address, "en", seed=7)
        pressed[person.intent].append(any(act.what is What.PRESS for act in react(person, seen, seed=7)))
    often, seldom = (sum(pressed[key]) / len(pressed[key]) for key in (True, False))
    assert often > 0.5
    assert seldom < 0.15


def test_a_gateway_guards_a_whole_company() -> None:
    gateway = next(profile for profile in load_profiles() if profile.per == "company")
    guarded = {address: bool(machines_before(address, [gateway], seed=7)) for address in ADDRESSES}
    for address, behind in guarded.items():
        assert behind == guarded[f"person{int(address.split('@')[1][3:-8])}@{address.split('@')[1]}"]


def test_a_gateway_opens_every_link_within_its_delay() -> None:
    gateway = next(profile for profile in load_profiles() if profile.name == "mail gateway")
    machine = machines_before("a@b.example", [gateway.model_copy(update={"share": 1.0})], seed=7)[0]
    acts = on_arrival(machine, "a@b.example", "A guide", links=9, at=TUESDAY, seed=7)
    assert [act.link for act in acts] == list(range(9))
    assert TUESDAY + timedelta(seconds=5) <= acts[0].at <= TUESDAY + timedelta(seconds=90)
    assert at_click(machine, "a@b.example", "A guide", link=0, at=TUESDAY, seed=7) == []


def test_a_wrong_profile_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "machines.yaml"
    file.write_text("- {name: one, share: 0.2, agents: [curl]}\n- {name: two, share: 7, agents: [curl]}\n")
    with pytest.raises(Refused) as refused:
        load_profiles(file)
    assert refused.value.findings[0].line == 2


def test_dice_depend_on_nothing_but_what_they_are_about() -> None:
    assert dice(7, "a", "b").random() == dice(7, "a", "b").random()
    assert dice(7, "a", "b").random() != dice(7, "ab", "").random()

"""Human or machine, from documented signs: each strong one is enough, no weak one ever is."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospecting.engagement.kinds import EventKind
from prospecting.warmth.judge import Act, Verdict, judge
from prospecting.warmth.rules import rules

AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)


def act(kind: str, after: float = 0, *, touch: int = 1, gift: str | None = "guide", **facts: Any) -> Act:
    return Act(uuid.uuid4(), AT + timedelta(seconds=after), EventKind(kind), touch, gift, facts)


def seen(after: float = 0, **facts: Any) -> Act:
    """A visit as an ordinary browser makes it."""
    return act("visited", after, **({"agent": CHROME, "network": "home", "javascript": True} | facts))


def verdicts(*acts: Act, **known: Any) -> list[Verdict]:
    judged = judge(acts, rules(), **known)
    return [judged[each.id] for each in acts if each.id in judged]


@pytest.mark.parametrize("kind", ["useful", "send_next", "diagnostic_completed", "question", "reply", "booked"])
def test_an_ordinary_act_is_a_persons(kind: str) -> None:
    assert verdicts(act(kind)) == [Verdict(1.0)]


def test_records_are_not_judged() -> None:
    assert verdicts(act("sent"), act("objected", 500), act("bounced")) == []


class TestVisits:
    def test_three_different_links_within_ten_seconds_are_a_machines(self) -> None:
        burst = [seen(second, link=f"l{second}") for second in (0, 4, 9)]
        assert all(not each.counts for each in verdicts(*burst))

    def test_the_same_link_three_times_is_not(self) -> None:
        assert all(each.counts for each in verdicts(*(seen(second, link="one") for second in (0, 4, 9))))

    def test_three_links_within_half_a_minute_are_not(self) -> None:
        assert all(each.counts for each in verdicts(*(seen(second, link=f"l{second}") for second in (0, 15, 30))))

    def test_a_press_within_a_burst_of_links_is_no_deliberate_act(self) -> None:
        *_, press = verdicts(*(seen(second, link=f"l{second}") for second in (0, 1, 2)), act("useful", 3))
        assert not press.deliberate

    def test_three_networks_within_two_minutes_are_a_machines(self) -> None:
        assert all(not each.counts for each in verdicts(*(seen(n * 50, network=f"n{n}") for n in range(3))))

    def test_two_networks_are_somebody_who_left_the_office(self) -> None:
        assert all(each.deliberate for each in verdicts(*(seen(n * 50, network=f"n{n}") for n in range(2))))

    def test_the_objection_link_and_content_within_a_minute_are_a_machines(self) -> None:
        assert not verdicts(seen(), act("objected", 40))[0].counts

    def test_head_is_no_reading(self) -> None:
        assert not verdicts(seen(method="HEAD"))[0].counts

    def test_an_agent_that_says_so_is_believed(self) -> None:
        assert not verdicts(seen(agent="python-requests/2.32.3"))[0].counts

    def test_the_same_second_across_a_company(self) -> None:
        one = seen()
        assert not verdicts(one, company=frozenset({one.id}))[0].counts

    def test_the_rest_of_what_a_told_machine_did_is_told_too(self) -> None:
        scanner = {"agent": CHROME, "network": "cloud"}
        late = seen(500, link="l9", **scanner)
        *_, last = verdicts(*(seen(n, link=f"l{n}", **scanner) for n in range(3)), late)
        assert not last.counts
        assert "same_machine" in last.signs

    @pytest.mark.parametrize(
        "weak",
        [{"datacentre": True}, {"agent": ""}, {"agent": "Mozilla/4.0 (compatible; MSIE 6.0)"}, {"javascript": False}],
    )
    def test_no_weak_sign_is_enough_alone(self, weak: dict[str, Any]) -> None:
        assert verdicts(seen(**weak))[0].deliberate

    def test_being_quick_is_not_enough_alone(self) -> None:
        assert verdicts(seen(5), accepted={1: AT})[0].deliberate

    def test_weak_signs_add_up(self) -> None:
        (all_of_them,) = verdicts(seen(5, datacentre=True, javascript=False), accepted={1: AT})
        assert not all_of_them.counts


class TestPresses:
    def test_two_different_gestures_of_one_touch_within_ten_seconds(self) -> None:
        assert all(not each.deliberate for each in verdicts(act("useful"), act("send_next", 10)))

    def test_eleven_seconds_are_a_persons(self) -> None:
        assert all(each.deliberate for each in verdicts(act("useful"), act("send_next", 11)))

    def test_two_touches_are_two_letters(self) -> None:
        assert all(each.deliberate for each in verdicts(act("useful"), act("send_next", 2, touch=2)))

    def test_three_gestures_at_once_weigh_nothing(self) -> None:
        assert not any(each.counts for each in verdicts(act("useful"), act("send_next", 1), act("forwarded", 2)))

    def test_contradicting_gestures(self) -> None:
        assert all(not each.deliberate for each in verdicts(act("useful"), act("not_for_me", 3600)))

    def test_contradicting_in_the_same_second_weighs_nothing(self) -> None:
        assert not any(each.counts for each in verdicts(act("useful"), act("not_for_me")))

    def test_a_gesture_and_an_objection_within_a_minute(self) -> None:
        assert not verdicts(act("useful"), act("objected", 60))[0].deliberate

    def test_a_filled_trap(self) -> None:
        assert not verdicts(act("question", trap=True))[0].counts

    def test_the_same_second_across_a_company(self) -> None:
        press = act("useful")
        assert not verdicts(press, company=frozenset({press.id}))[0].deliberate

    def test_attending_together_is_no_coincidence(self) -> None:
        there = act("attended")
        assert verdicts(there, company=frozenset({there.id}))[0].deliberate

    def test_a_machine_that_always_presses_within_seconds(self) -> None:
        presses = [act("useful", 20), act("useful", 7 * 86_400 + 30, touch=2)]
        accepted = {1: AT, 2: AT + timedelta(days=7)}
        assert all(not each.deliberate for each in verdicts(*presses, accepted=accepted))
        assert all(each.deliberate for each in verdicts(presses[0], accepted=accepted))

    def test_a_written_reply_redeems(self) -> None:
        *pressed, _ = verdicts(act("useful"), act("send_next", 2), act("reply", 300, reply="question"))
        assert all(each.deliberate and each.redeemed for each in pressed)

    def test_an_automatic_no_redeems_nothing(self) -> None:
        *pressed, _ = verdicts(act("useful"), act("send_next", 2), act("reply", 300, reply="unclear"))
        assert not any(each.deliberate for each in pressed)

    def test_a_press_on_another_day_redeems(self) -> None:
        *pressed, _ = verdicts(act("useful"), act("send_next", 2), act("useful", 86_400, touch=2))
        assert all(each.deliberate for each in pressed)

    def test_a_press_an_hour_later_does_not(self) -> None:
        *pressed, _ = verdicts(act("useful"), act("send_next", 2), act("useful", 3600, touch=2))
        assert not any(each.deliberate for each in pressed)

    def test_a_machine_that_comes_back_does_not_redeem_itself(self) -> None:
        again = [act("useful", 86_400, touch=2), act("send_next", 86_401, touch=2)]
        assert not any(each.deliberate for each in verdicts(act("useful"), act("send_next", 1), *again))

    def test_midnight_is_not_another_day(self) -> None:
        evening = AT.replace(hour=23, minute=59)
        before, after = (evening - AT).total_seconds(), (evening - AT).total_seconds() + 120
        *pressed, _ = verdicts(act("useful", before), act("send_next", before + 2), act("useful", after, touch=2))
        assert not any(each.deliberate for each in pressed)


KINDS = [
    "useful",
    "send_next",
    "not_for_me",
    "question",
    "forwarded",
    "visited",
    "read",
    "downloaded",
    "reply",
    "objected",
]
acts = st.lists(
    st.builds(
        lambda kind, after, touch, network, trap: act(kind, after, touch=touch, **({"network": network} if network else {}), **({"trap": 1} if trap else {})),
        st.sampled_from(KINDS), st.integers(0, 200_000), st.integers(1, 3), st.sampled_from(["", "a", "b", "c"]), st.booleans(),
    ),
    max_size=14,
)  # fmt: skip


@given(acts, st.randoms())
def test_the_order_of_arrival_decides_nothing(happened: list[Act], random: Any) -> None:
    shuffled = list(happened)
    random.shuffle(shuffled)
    assert judge(happened, rules()) == judge(shuffled, rules())


@given(acts)
def test_a_likelihood_is_one(happened: list[Act]) -> None:
    assert all(0 <= each.likelihood <= 1 for each in judge(happened, rules()).values())

"""Tokens: what we signed comes back, anything else is the same refusal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospecting.tokens import TOUCH_LENGTH, BadToken, Purpose, Signer, TouchToken

KEY = bytes(range(32))
TOUCHES = st.integers(0, 2**48 - 1)
TARGETS = st.integers(0, 2**16 - 1)
OF_TOUCHES = st.sampled_from([purpose for purpose in Purpose if purpose is not Purpose.OBJECTION])


@given(OF_TOUCHES, TOUCHES, TARGETS)
def test_a_token_says_what_was_signed(purpose: Purpose, touch: int, target: int) -> None:
    token = Signer({0: KEY}).touch(purpose, touch, target)
    assert len(token) == TOUCH_LENGTH
    assert Signer({0: KEY}).read(token, purpose) == TouchToken(purpose, touch, target)


@given(OF_TOUCHES, OF_TOUCHES, TOUCHES)
def test_a_token_serves_one_purpose(made_for: Purpose, shown_for: Purpose, touch: int) -> None:
    token = Signer({0: KEY}).touch(made_for, touch)
    if made_for is not shown_for:
        with pytest.raises(BadToken):
            Signer({0: KEY}).read(token, shown_for)


@given(TOUCHES, st.integers(0, TOUCH_LENGTH - 1), st.characters())
def test_a_changed_character_is_refused(touch: int, place: int, other: str) -> None:
    token = Signer({0: KEY}).touch(Purpose.SPACE, touch)
    forged = token[:place] + other + token[place + 1 :]
    if forged != token:
        with pytest.raises(BadToken):
            Signer({0: KEY}).read(forged, Purpose.SPACE)


@given(st.text(max_size=100))
def test_whatever_a_stranger_sends_is_refused_quietly(text: str) -> None:
    with pytest.raises(BadToken):
        Signer({0: KEY}).read(text, *Purpose)
    with pytest.raises(BadToken):
        Signer({0: KEY}).read_objection(text)


def test_a_rotated_key_still_reads_what_it_signed() -> None:
    old = Signer({0: KEY})
    rotated = Signer({1: KEY[::-1], 0: KEY})
    assert rotated.read(old.touch(Purpose.SPACE, 7), Purpose.SPACE).touch == 7
    with pytest.raises(BadToken):
        old.read(rotated.touch(Purpose.SPACE, 7), Purpose.SPACE)


def test_a_suppression_survives_the_rotation_of_keys() -> None:
    old, rotated = Signer({0: KEY}), Signer({1: KEY[::-1], 0: KEY})
    hashed = old.hash_address("nadia@sillon.example")
    assert rotated.hash_address("nadia@sillon.example") == hashed
    assert rotated.read_objection(old.objection(hashed)) == hashed

"""What may be known: the person's word, then the country's policy, then what the campaign lowers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prospecting.engagement import Mode, lower, mode_of, policies, policy
from prospecting.engagement.modes import ORDER, Choice

COUNTRIES = st.sampled_from([None, "", "FR", "fr", "IT", "US", "CA", "GB", "ZZ", "NO"])
WISHES = st.sampled_from([None, True, False])
CHOICES: st.SearchStrategy[Choice] = st.sampled_from(["by_country", "declared", "none"])


@pytest.mark.parametrize(
    ("country", "mode"), [("FR", "declared"), ("IT", "declared"), ("DE", "declared"), ("ES", "declared")]
)
def test_the_countries_of_europe_are_declared(country: str, mode: str) -> None:
    assert mode_of(country=country, wish=None, choice="by_country") == mode


def test_the_united_states_allow_full_and_an_unknown_country_does_not() -> None:
    assert mode_of(country="US", wish=None) is Mode.FULL
    assert mode_of(country=None, wish=None) is Mode.DECLARED
    assert mode_of(country="ZZ", wish=None) is Mode.DECLARED


def test_every_policy_names_its_source_address_and_date() -> None:
    assert len(policies()) >= 30
    for known in policies():
        assert len(known.source) > 20, known
        assert known.url.startswith("https://"), known
        assert date(2000, 1, 1) < known.since < date(2027, 1, 1), known
    assert "CNIL" in policy("FR").source
    assert "Garante" in policy("it").source


def test_norway_is_not_read_as_false() -> None:
    assert policy("NO").country == "NO"


@given(COUNTRIES, WISHES, CHOICES)
def test_a_campaign_only_lowers(country: str | None, wish: bool | None, choice: Choice) -> None:
    by_country = mode_of(country=country, wish=wish)
    assert ORDER.index(mode_of(country=country, wish=wish, choice=choice)) <= ORDER.index(by_country)


@given(COUNTRIES, CHOICES)
def test_nothing_is_observed_after_a_no(country: str | None, choice: Choice) -> None:
    assert not mode_of(country=country, wish=False, choice=choice).observes


@given(COUNTRIES)
def test_a_yes_is_consented_wherever_the_person_lives(country: str | None) -> None:
    assert mode_of(country=country, wish=True) is Mode.CONSENTED


@given(st.sampled_from(Mode), st.sampled_from(Mode))
def test_lower_is_never_above_either(one: Mode, other: Mode) -> None:
    assert lower(one, other) in (one, other)
    assert ORDER.index(lower(one, other)) == min(ORDER.index(one), ORDER.index(other))

"""A campaign file comes in typed, or every mistake in it is told at its place; nothing in a file is ever a crash."""

import json
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prospecting.campaigns.conditions import Act, acts, holds
from prospecting.campaigns.definition import CampaignDefinition, Loaded, json_schema, load, read
from prospecting.campaigns.spans import Day, Quiet, Span, Window
from prospecting.documents import MAX_BYTES, parse_yaml
from prospecting.findings import Refused

CORPUS = Path(__file__).parent / "corpus" / "campaigns"
ROOT = Path(__file__).parents[2]
FULL = (CORPUS / "good" / "full.yaml").read_text(encoding="utf-8")


def loaded(text: str) -> Loaded:
    return read(parse_yaml(text, name="x.yaml"))


def full() -> CampaignDefinition:
    definition = loaded(FULL).definition
    assert definition
    return definition


def test_the_seven_line_file_gets_the_defaults_of_the_full_one() -> None:
    definition = load(CORPUS / "good" / "seven.yaml").definition
    assert definition
    assert definition.calendar.days == (Day.TUE, Day.WED, Day.THU)
    assert definition.calendar.hours == (Window(time(8, 30), time(11, 30)), Window(time(14), time(17)))
    assert definition.pace.after_unused == 3
    assert (definition.warm.points, definition.warm.half_life, definition.warm.at_least.deliberate) == (50, Span(21), 1)
    assert definition.invitation
    assert (definition.invitation.after_gifts, definition.invitation.send, definition.invitation.route.by) == (
        2,
        "reviewed",
        "sender",
    )


def test_the_full_file_is_read_into_typed_values() -> None:
    definition = full()
    assert definition.starts == date(2027, 1, 12)
    assert definition.gifts[1].after == Span(5, working=True)
    assert definition.gifts[2].gifts == ("charte", "gated")
    assert definition.calendar.quiet == (Quiet("fr-august"), Quiet(None, date(2027, 12, 24), date(2028, 1, 2)))
    assert definition.audience.not_in_touch_for == Span(60)
    assert definition.gifts[1].variants[0].subject == "Que coûtent les interruptions ?"


@pytest.mark.parametrize("file", sorted((CORPUS / "good").glob("*.yaml")), ids=lambda file: file.stem)
def test_what_is_stored_of_a_definition_reads_back_the_same(file: Path) -> None:
    definition = load(file).definition
    assert definition
    stored = json.loads(json.dumps(definition.model_dump(mode="json", by_alias=True)))
    assert CampaignDefinition.model_validate(stored) == definition


def test_conditions_nest_and_are_answered_by_what_a_person_did() -> None:
    when = full().gifts[2].when
    assert when
    assert set(acts(when)) == {(Act.USEFUL, "guide"), (Act.SEND_NEXT, "guide"), (Act.SEND_NEXT, "etude"), (Act.NOT_FOR_ME, "etude")}  # fmt: skip
    assert holds(when, lambda act, step: (act, step) == (Act.SEND_NEXT, "etude"))
    assert not holds(when, lambda act, step: act in (Act.USEFUL, Act.NOT_FOR_ME))
    assert not holds(when, lambda act, step: False)


def test_a_misspelt_key_is_named_with_the_one_that_was_meant_and_nothing_besides() -> None:
    [finding] = loaded(FULL.replace("gifts:", "gfits:", 1)).findings
    assert (finding.code, finding.mend) == ("CF001", "Did you mean `gifts`?")


def test_mistakes_inside_a_misspelt_key_are_found_in_the_same_run() -> None:
    text = (
        FULL.replace("gifts:", "gfits:", 1)
        .replace("6 working days", "six days")
        .replace("{useful: guide}", "{usful: gide}")
    )
    found = [(one.code, one.line) for one in loaded(text).findings]
    assert [code for code, _ in found] == ["CF001", "CF004", "CF001", "CF003"]


def test_columns_count_characters_not_bytes() -> None:
    text = 'campaign: x\nlawful: {why_them: "éééé 👋", basis: nothing}\n'
    finding = next(one for one in loaded(text).findings if "nothing" in one.message)
    assert (finding.line, finding.column) == (2, 37)


def test_a_draft_is_kept_where_the_mistakes_can_be_taken_out() -> None:
    result = loaded(FULL.replace("per_organisation: 3", "per_organisation: many"))
    assert result.definition is None
    assert result.draft
    assert result.draft.audience.per_organisation is None


@pytest.mark.parametrize("text", ["5 days", "1 day", "5 working days", "2 weeks", "0 days"])
def test_spans_print_what_they_read(text: str) -> None:
    assert Span.read(str(Span.read(text))) == Span.read(text)


def test_the_published_schema_is_fresh() -> None:
    published = json.loads((ROOT / "docs" / "campaign.schema.json").read_text(encoding="utf-8"))
    assert published == json.loads(json.dumps(json_schema())), (
        "run: prospecting campaign schema > docs/campaign.schema.json"
    )


def test_two_megabytes_of_yaml_are_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    file.write_text("campaign: x\n" + "# filler filler filler\n" * 95_000)
    assert file.stat().st_size > 2_000_000 > MAX_BYTES
    assert [finding.code for finding in load(file).findings] == ["CF002"]


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    assert [finding.code for finding in load(tmp_path / "none.yaml").findings] == ["CF003"]


def test_deep_nesting_is_a_finding() -> None:
    deep = "{any: [" * 60 + "{useful: guide}" + "]}" * 60
    with pytest.raises(Refused):
        loaded(FULL.replace("{any: [{useful: guide}, {send_next: [guide, etude]}], none: [{not_for_me: etude}]}", deep))


yaml_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.dates()
    | st.sampled_from(["guide", "5 days"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [*CampaignDefinition.model_fields, "all", "any", "useful", "give", "id", "when", "best_of", "x"]
            )
            | st.integers(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(CampaignDefinition.model_fields)), yaml_values)
def test_any_value_under_any_key_gives_a_definition_or_findings(key: str, value: object) -> None:
    document = parse_yaml(FULL, name="x.yaml")
    document.data[key] = value
    result = read(document)
    assert (result.definition is None) == bool(result.findings)
    assert all(finding.line >= 1 and finding.column >= 1 and finding.mend for finding in result.findings)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_file_with_anything_typed_into_it_never_crashes(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(FULL)))
    cut = data.draw(st.integers(0, 15))
    typed = data.draw(
        st.text(max_size=6)
        | st.sampled_from(["\t", "&a ", "*a", "!!x ", "<<: ", "? ", "- - ", "{", "]", "null: 1", "1: 2", "'"])
    )
    try:
        result = loaded(FULL[:at] + typed + FULL[at + cut :])
    except Refused as refused:
        assert refused.findings
    else:
        assert (result.definition is None) == bool(result.findings)

"""What a gift's message must not say is heard however it is said, and talk about it is left alone."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prospecting.campaigns.lint.asking import Said, said_in

MESSAGES = Path(__file__).parent / "messages"
ASKING = (MESSAGES / "asking.txt").read_text(encoding="utf-8").splitlines()
INNOCENT = (MESSAGES / "innocent.txt").read_text(encoding="utf-8").splitlines()
LETTER = "Bonjour {{{{ prospect.first_name }}}},\n\n{{{{ gift.promise }}}}\n\n{}\n\n[{{{{ gift.title }}}}]({{{{ gift.link }}}})\n"


def codes(text: str, *, part: str = "body") -> set[str]:
    return {said.code for said in said_in(text, part=part)}


def asks(text: str) -> bool:
    return bool(codes(text) & {"GF001", "GF002"})


def test_of_messages_that_ask_for_a_call_or_a_meeting_nearly_all_are_found() -> None:
    missed = [text for text in ASKING if not asks(LETTER.format(text))]
    assert len(ASKING) >= 300
    assert len(missed) <= len(ASKING) * 0.01, missed


def test_of_innocent_messages_hardly_any_is_flagged() -> None:
    flagged = [(text, said_in(LETTER.format(text))) for text in INNOCENT if codes(LETTER.format(text))]
    assert len(INNOCENT) >= 250
    assert len(flagged) <= 1, flagged


@pytest.mark.parametrize(
    "number",
    [
        "06 12 34 56 78", "0612345678", "06.12.34.56.78", "06-12-34-56-78", "06/12/34/56/78", "06 123 456 78",
        "+33 6 12 34 56 78", "+33612345678", "+33 (0)6 12 34 56 78", "0033 6 12 34 56 78", "(0)6 12 34 56 78",
        "0 800 123 456", "O6 12 34 56 78", "06\u00a012\u202f34\u200956\u00a078", "0\u200b6 12 34 56 78",
        "０６ １２ ３４ ５６ ７８", "06 12 <b>34</b> 56 78", "06&nbsp;12&nbsp;34&nbsp;56&nbsp;78", "**06** 12 34 56 78",
        "zéro six, douze, trente-quatre, cinquante-six, soixante-dix-huit", "zero six 12 34 56 78",
        "(212) 555-0199", "212-555-0199", "212.555.0199", "+1 212 555 0199", "1-800-555-0142", "1-800-FLOWERS",
        "020 7946 0958", "+44 20 7946 0958", "+44 (0)20 7946 0958", "07700 900 123", "+49 30 901820", "02 123 45 67",
        "five five five oh one nine nine",
    ],
)  # fmt: skip
def test_a_phone_number_is_found_in_every_spelling(number: str) -> None:
    assert "GF001" in codes(f"Voici : {number}.")


@pytest.mark.parametrize(
    "words",
    [
        "SIRET 123 456 789 00012", "SIREN 812 345 678", "RCS Lyon 812 345 678", "TVA FR 12 345678901",
        "ISBN 978-2-07-036822-8", "ISBN 0-306-40615-2", "ISBN 0306406152", "IBAN FR76 3000 6000 0112 3456 7890 189",
        "69004 Lyon", "entre 2019 et 2026", "le 12/03/2026", "le 01.02.2026 à 14 h", "2026-12-01 09:00", "08:30-11:30",
        "1 250 000 €", "12 345 678 habitants", "+12 000 000 €", "3,14159265358979", "0.95 and 0.123456789",
        "version 10.4.22.1", "commande n° 0612345678", "invoice no. 555-123-4567", "les chapitres 01, 02, 03, 04, 05",
        "10 12 14 16 18", "DOI 10.1000/182", "page 12", "RFC 8058", "192.168.10.25",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_phone_number_is_left_alone(words: str) -> None:
    assert codes(f"Le texte dit : {words}.") == set()


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        ("Bonjour,\n\nAppelez-moi.", "Appelez-moi", "GF001"),
        ("Cal&shy;ons un **créneau** jeudi.", "Cal&shy;ons un **créneau", "GF002"),
        ("Voir [mon agenda](https://calendly.com/a) ?", "https://calendly.com/a", "GF002"),
        ("[ici](tel:+33142685300)", "tel:+33142685300", "GF001"),
        ("J’ai vu que vous avez ouvert mon message.", "J’ai vu que vous avez ouvert", "GF009"),
        ("Comme convenu, le guide.", "Comme convenu", "GF010"),
    ],
)
def test_a_finding_points_at_the_writers_own_words(text: str, words: str, code: str) -> None:
    found = next(said for said in said_in(text) if said.code == code and text[said.offset :].startswith(words[:6]))
    assert text[found.offset : found.end].startswith(words)


@pytest.mark.parametrize(
    "text",
    [
        "Sans rendez-vous.", "Plutôt que de vous proposer un appel, voici une étude.", "We will never call you.",
        "Instead of asking for a meeting, here is a guide.", "The chapter is called “Shall we hop on a quick call?”",
        "Comment refuser un créneau de 15 minutes ?", "Je m’appelle Claire.", "Je vous rappelle que tout est libre.",
        "Some people ask for a quick call; this page answers them.", "Call me old-fashioned, but I like paper.",
    ],
)  # fmt: skip
def test_denied_quoted_or_other_peoples_asks_are_left_alone(text: str) -> None:
    assert not asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sans engagement, calons un rendez-vous jeudi.", "N’hésitez pas à m’appeler.", "Pourquoi pas un appel mardi ?",
        "I don’t want to be pushy, but could we have a quick call?", "No strings attached: shall we have a coffee?",
        "Cаll me.", "C a l l   m e tomorrow.", "R.D.V. jeudi ?", "Can we h&#111;p on a c&shy;all?", "CALONS UN RDV",
        "rendez–vous possible jeudi ?", "<span>Ring</span> <b>me</b> on Monday",
    ],
)  # fmt: skip
def test_a_disguise_does_not_help(text: str) -> None:
    assert asks(text)


def test_what_was_observed_is_found_and_what_was_told_is_not() -> None:
    for text in (
        "I noticed that you opened my last mail.",
        "Vous avez cliqué sur notre guide.",
        "Since you downloaded it,",
    ):
        assert "GF009" in codes(text), text
    for text in (
        "You told us that it was useful.",
        "Vous avez dit que le guide vous servait.",
        "If you opened it, good.",
    ):
        assert "GF009" not in codes(text), text


def test_false_familiarity_is_found_in_subjects_and_letters() -> None:
    assert codes("Re: votre demande", part="subject") == {"GF010"}
    assert codes("Fwd: the guide", part="subject") == {"GF010"}
    assert codes("Rethinking Mondays", part="subject") == set()
    for text in (
        "As agreed, here is the guide.",
        "Suite à notre échange, voici le guide.",
        "Great talking to you yesterday.",
    ):
        assert "GF010" in codes(text), text


def test_filters_words_and_shapes_are_warned_of() -> None:
    assert "MS004" in codes("Cliquez ici !!!")
    assert "MS004" in codes("https://bit.ly/abc")
    assert "MS004" in codes("GUIDE OFFERT POUR VOUS", part="subject")
    assert codes("Une heure par jour, rendue à vos équipes", part="subject") == set()


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300) | st.lists(st.sampled_from(["[", "](", "{{", "}}", "<a ", "&#", "06 ", "call ", "\u00ad", "« ", "*", "\n"]), max_size=80).map("".join))  # fmt: skip
def test_any_text_is_read_and_every_finding_lies_in_it(text: str) -> None:
    for said in said_in(text):
        assert isinstance(said, Said)
        assert 0 <= said.offset < max(said.end, 1) <= len(text)


@pytest.mark.parametrize(
    "text", ["{{" * 20_000, "[(" * 20_000, "c.a.l." * 8_000, "de nous vous un " * 3_000, "0" * 40_000]
)
@pytest.mark.timeout(60)
def test_no_text_takes_long(text: str) -> None:
    said_in(text)

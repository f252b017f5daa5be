"""Bounces of some forty mail systems, with and without reports, in several languages."""

from pathlib import Path
from typing import Any

import pytest

from prospecting.documents import read_yaml
from prospecting.inbound import understand
from prospecting.inbound.verdicts import judged

MAILS = Path(__file__).parent / "mails"
EXPECTED: dict[str, dict[str, Any]] = read_yaml(MAILS / "bounces.yaml").data


@pytest.mark.parametrize("file", sorted(EXPECTED))
def test_a_bounce_says_whom_it_is_about_and_whether_for_good(file: str) -> None:
    found = understand((MAILS / file).read_bytes())
    said = {
        "kind": found.kind.value,
        "addresses": list(found.addresses),
        "permanent": found.permanent,
        "gone": found.gone,
    }
    assert said == dict(EXPECTED[file])


def test_every_mail_of_the_set_has_its_expectation() -> None:
    assert {file.name for file in MAILS.glob("*.eml")} == set(EXPECTED)


@pytest.mark.parametrize("file", sorted(file for file in EXPECTED if b"Message-ID" in (MAILS / file).read_bytes()))
def test_a_bounce_that_brings_our_letter_back_names_it(file: str) -> None:
    assert "<cHJvc3BlY3Rpbmc0MjAwMDAwMDA@acme.example>" in understand((MAILS / file).read_bytes()).message_ids


@pytest.mark.parametrize(
    ("diagnostic", "status", "action", "permanent", "gone"),
    [
        ("550 5.1.1 User unknown", "5.1.1", "failed", True, True),
        ("550 5.1.1 User unknown", "5.0.0", "failed", True, True),
        ("452 4.2.2 over quota", "4.2.2", "failed", False, False),
        ("552 5.2.2 mailbox full", "5.2.2", "failed", False, False),
        ("552 Quota exceeded", "5.0.0", "failed", False, False),
        ("554 5.7.1 blocked using spamhaus", "5.7.1", "failed", True, False),
        ("550 5.7.1 No such user", "5.7.1", "failed", True, True),
        ("550 5.7.26 unauthenticated mail (DMARC)", "5.7.26", "failed", True, False),
        ("552 5.3.4 message size exceeds fixed limit", "5.3.4", "failed", True, False),
        ("connection timed out", "4.4.1", "delayed", False, False),
        ("connection timed out", "5.4.1", "delayed", False, False),
        ("Host not found", "5.1.2", "failed", True, True),
        ("550 relay access denied", "", "failed", True, False),
        ("451 greylisted, try again later", "", "failed", False, False),
        ("sender domain rejected", "5.1.8", "failed", True, False),
        ("", "5.1.1", "failed", True, True),
        ("", "", "failed", True, True),
    ],
)
def test_a_refusal_is_not_the_end_of_an_address(
    diagnostic: str, status: str, action: str, permanent: bool, gone: bool
) -> None:
    failure = judged(diagnostic, status, action)
    assert (failure.permanent, failure.gone) == (permanent, gone)


def test_a_receipt_is_no_bounce() -> None:
    raw = (MAILS / "postfix-user-unknown.eml").read_bytes()
    arrived = raw.replace(b"Action: failed", b"Action: delivered").replace(b"Status: 5.1.1", b"Status: 2.0.0")
    assert understand(arrived).kind == "other"

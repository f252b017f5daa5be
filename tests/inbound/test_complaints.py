"""Complaints, and feedback that is none."""

import json

import pytest

from prospecting.inbound import understand
from tests.inbound.letters import mail

LETTER = """Message-ID: <letter@acme.example>
From: Claire Martin <claire@acme.example>
To: {to}
Subject: Une heure par jour
Date: Tue, 1 Dec 2026 10:00:00 +0100
"""


def report(
    fields: str, *, to: str = "jean@client.example", sender: str = "feedback@arf.provider.example", head: str = ""
) -> bytes:
    return f"""From: {sender}
To: claire@acme.example
Subject: FW: Une heure par jour
Date: Tue, 1 Dec 2026 12:00:00 +0100
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

{fields}
--b
Content-Type: message/rfc822

{head}{LETTER.format(to=to)}
Répondez stop.

--b--
""".encode()


@pytest.mark.parametrize(
    "fields",
    [
        "Feedback-Type: abuse\nUser-Agent: Yahoo!-Mail-Feedback/2.0\nVersion: 0.1\nOriginal-Rcpt-To: jean@client.example\n",
        "Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: rfc822;jean@client.example\n",
        "Feedback-Type: fraud\nVersion: 1\nRemoval-Recipient: jean@client.example\n",
        "Feedback-Type: opt-out\nVersion: 1\n",
    ],
)
def test_a_complaint_names_who_complained_and_which_letter(fields: str) -> None:
    found = understand(report(fields))
    assert (found.kind, found.addresses) == ("complaint", ("jean@client.example",))
    assert "<letter@acme.example>" in found.message_ids


def test_a_hidden_address_leaves_the_letter_to_tell() -> None:
    found = understand(
        report("Feedback-Type: abuse\nOriginal-Rcpt-To: redacted@provider.example\n", to="redacted@provider.example")
    )
    assert (found.kind, found.addresses) == ("complaint", ())
    assert "<letter@acme.example>" in found.message_ids


def test_microsofts_loop_keeps_the_recipient_in_a_header_of_its_own() -> None:
    raw = report("Feedback-Type: abuse\n", to="", head="X-HmXmrOriginalRecipient: <jean@client.example>\n")
    assert understand(raw).addresses == ("jean@client.example",)


def test_a_loop_without_a_report_is_known_by_its_sender_and_the_letter_inside() -> None:
    raw = f"""From: staff@hotmail.com
To: claire@acme.example
Subject: complaint about message from 192.0.2.10
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: message/rfc822

X-HmXmrOriginalRecipient: jean@client.example
{LETTER.format(to="jean@client.example")}

x
--b--
""".encode()
    found = understand(raw)
    assert (found.kind, found.addresses) == ("complaint", ("jean@client.example",))


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
def test_other_feedback_is_no_complaint(kind: str) -> None:
    assert understand(report(f"Feedback-Type: {kind}\n")).kind == "other"


@pytest.mark.parametrize(
    ("told", "kind", "permanent"),
    [
        ({"notificationType": "Bounce", "bounce": {"bounceType": "Permanent", "bouncedRecipients": [
            {"emailAddress": "jean@client.example", "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}]}}, "bounce", True),
        ({"notificationType": "Bounce", "bounce": {"bounceType": "Transient", "bouncedRecipients": [
            {"emailAddress": "jean@client.example"}]}}, "bounce", False),
        ({"notificationType": "Complaint", "complaint": {"complainedRecipients": [{"emailAddress": "jean@client.example"}]}}, "complaint", None),
    ],
)  # fmt: skip
def test_amazon_tells_in_json(told: dict[str, object], kind: str, permanent: bool | None) -> None:
    wrapped = json.dumps({"Type": "Notification", "Message": json.dumps(told)})
    for text in (json.dumps(told), wrapped):
        found = understand(mail(text, sender="no-reply@sns.amazonaws.com", subject="AWS Notification Message"))
        assert (found.kind, found.addresses, found.permanent) == (kind, ("jean@client.example",), permanent)

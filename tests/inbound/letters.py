"""Mails as people and machines write them, in bytes."""

from email.message import EmailMessage

SENT = "Mon, 21 Dec 2026 10:00:00 +0100"


def mail(
    text: str,
    *,
    sender: str = "jean@client.example",
    subject: str = "Re: Une heure par jour",
    date: str = SENT,
    subtype: str = "plain",
    **headers: str,
) -> bytes:
    """One mail in the thread of a letter of ours; headers by name, `_` for `-`."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"], message["Date"] = sender, "claire@acme.example", subject, date
    message["In-Reply-To"] = "<letter@acme.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text, subtype=subtype)
    return message.as_bytes()

"""Letters that left for real, and what comes back to them."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from smtplib import SMTP
from typing import Any

from prospecting import delivery, inbound
from prospecting.campaigns.models import Touch
from prospecting.delivery import Sink
from prospecting.inbound.models import InboundMessage
from prospecting.journal import Journal
from tests.conftest import TUESDAY
from tests.delivery.world import World

US = "claire@acme.example"


@dataclass
class Answering:
    world: World
    sink: Sink
    journal: Journal

    def letter(self, **person: Any) -> Touch:
        """The touch of a letter that has just left, to somebody new."""
        touch_id = self.world.people(**person)[0]
        delivery.send_due(self.world.installation, self.world.mailbox, journal=self.journal)
        touch = self.world.touch(touch_id)
        assert touch.state == "sent"
        return touch

    def message_id(self, touch: Touch) -> str:
        message = self.world.message(touch.id)
        assert message is not None
        return message.message_id

    def comes(self, raw: bytes, sender: str = "") -> None:
        """`raw` arrives in our mailbox."""
        with SMTP(self.sink.host, self.sink.port, timeout=10) as smtp:
            smtp.sendmail(sender, [US], raw)

    def replies(self, words: str, *, sender: str, to: str | None = None, **headers: str) -> bytes:
        """A reply from `sender` comes, in the thread of the Message-ID `to` if one is given; its bytes."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, US, "Re: un guide"
        message["Date"] = format_datetime(TUESDAY)
        if to:
            message["In-Reply-To"] = message["References"] = to
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(words)
        self.comes(message.as_bytes(), sender)
        return message.as_bytes()

    def read(self) -> int:
        return inbound.read_mailbox(self.world.installation, self.world.mailbox)

    def filed(self) -> list[InboundMessage]:
        return self.world.rows(InboundMessage)

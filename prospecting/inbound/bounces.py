"""Messages that could not be delivered: to whom, for good or for now, and why (RFC 3464, then the dialects)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from prospecting.inbound.addresses import addresses_in, normalised
from prospecting.inbound.dialects import is_notice, recipients
from prospecting.inbound.mail import Fields, Mail, blocks
from prospecting.inbound.models import InboundKind
from prospecting.inbound.understood import Understood
from prospecting.inbound.verdicts import Failure, judged

REPORTS = ("message/delivery-status", "message/global-delivery-status")
ARRIVED = ("delivered", "relayed", "expanded", "deliverable")
REASON = 300


def read_bounce(mail: Mail, about: Understood) -> Understood | None:
    """`about` completed if this is a bounce, else None."""
    reported = _reported(mail)
    if reported and all(action in ARRIVED for action, _ in reported):
        return about  # a receipt: it arrived
    if not reported and not is_notice(mail):
        return None
    failures = [failure for action, failure in reported if action not in ARRIVED]
    failures = failures or [judged(mail.notice, "", "", subject=mail.subject)]
    worst = max(failures, key=lambda failure: (failure.permanent, failure.gone))
    addresses = [address for failure in failures for address in failure.addresses] or recipients(mail)
    return replace(
        about,
        kind=InboundKind.BOUNCE,
        addresses=tuple(dict.fromkeys(addresses)),
        status=worst.status,
        permanent=worst.permanent,
        gone=worst.gone,
        reason=worst.reason[:REASON] or None,
    )


def _reported(mail: Mail) -> Sequence[tuple[str, Failure]]:
    """What the delivery report says of each recipient: the action, and how it failed."""
    texts = [part.text for part in mail.of_kind(*REPORTS)]
    if not texts:
        # Reports come as plain text where something on the way took the message apart.
        texts = [part.text for part in mail.parts if not part.inside and "final-recipient:" in part.text.lower()]
    return [each for text in texts for block in blocks(text) for each in _recipient(block, mail)]


def _recipient(block: Fields, mail: Mail) -> Iterable[tuple[str, Failure]]:
    named = [block.get("original-recipient", ""), block.get("final-recipient", ""), block.get("x-actual-recipient", "")]
    if not any(named[:2]):
        return
    action = (block.get("action") or "failed").split()[0].strip(".;").lower()
    said = block.get("diagnostic-code", "")
    failure = judged(said.partition(";")[2].strip() or said, block.get("status", ""), action, notice=mail.notice)
    addresses = dict.fromkeys(address for each in named[:2] or named for address in _addresses(each))
    yield action, replace(failure, addresses=tuple(addresses or dict.fromkeys(_addresses(named[2]))))


def _addresses(named: str) -> Iterable[str]:
    """The address in a recipient field: `rfc822; <somebody@example.com>`."""
    value = named.partition(";")[2] or named
    address = normalised(value)
    return [address] if address else addresses_in(value)[:1]

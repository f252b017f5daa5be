"""Messages that could not be delivered: to whom, for good or for now, and why (RFC 3464, and the dialects)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from prospecting.inbound.addresses import addresses_in, normalised
from prospecting.inbound.mail import Fields, Mail, blocks
from prospecting.inbound.models import InboundKind
from prospecting.inbound.understood import Understood


@dataclass(frozen=True)
class Failure:
    """One address that was not reached."""

    address: str
    status: str | None
    action: str
    reason: str


def read_bounce(mail: Mail, about: Understood) -> Understood | None:
    """`about` completed if this is a bounce, else None."""
    failures = list(_reported(mail))
    if not failures:
        return None
    worst = max(failures, key=lambda one: one.action == "failed")
    return replace(
        about,
        kind=InboundKind.BOUNCE,
        addresses=tuple(dict.fromkeys(one.address for one in failures)),
        status=worst.status,
        permanent=worst.action == "failed" and not (worst.status or "5").startswith("4"),
        reason=worst.reason,
    )


def _reported(mail: Mail) -> Iterable[Failure]:
    for part in mail.of_kind("message/delivery-status", "message/global-delivery-status"):
        for block in blocks(part.text):
            if failure := _failure(block):
                yield failure


def _failure(block: Fields) -> Failure | None:
    named = block.get("original-recipient") or block.get("final-recipient")
    if not named:
        return None
    address = normalised(named.partition(";")[2] or named) or next(iter(addresses_in(named)), None)
    status = re.search(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b", block.get("status", ""))
    action = block.get("action", "failed").split()[0].lower()
    if address is None or action in ("delivered", "relayed", "expanded"):
        return None
    reason = block.get("diagnostic-code", "").partition(";")[2].strip()
    return Failure(address, status[0] if status else None, action, reason)

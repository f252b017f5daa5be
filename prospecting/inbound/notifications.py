"""What Amazon SES tells by mail in place of a bounce or a complaint: a notification in JSON (documented by SNS)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from prospecting.inbound.addresses import addresses_in
from prospecting.inbound.mail import Mail
from prospecting.inbound.models import InboundKind
from prospecting.inbound.understood import Understood
from prospecting.inbound.verdicts import judged


def read_notification(mail: Mail, about: Understood) -> Understood | None:
    """`about` completed if the mail's text is such a notification, else None."""
    told = next(filter(None, (_told(part.text) for part in mail.parts if not part.inside)), None)
    if told is None:
        return None
    ids = [header.get("value") for header in _listed(told.get("mail"), "headers") if header.get("name") == "Message-ID"]
    about = replace(about, message_ids=tuple(str(each) for each in ids if each) or about.message_ids)
    if bounce := told.get("bounce"):
        return _bounced(bounce, about)
    people = _listed(told.get("complaint"), "complainedRecipients")
    return replace(about, kind=InboundKind.COMPLAINT, addresses=_addresses(people), reason="abuse")


def _bounced(bounce: Any, about: Understood) -> Understood:
    people = _listed(bounce, "bouncedRecipients")
    first: Mapping[str, Any] = people[0] if people else {}
    failure = judged(str(first.get("diagnosticCode", "")), str(first.get("status", "")), str(first.get("action", "")))
    permanent = bounce.get("bounceType") == "Permanent" and failure.permanent
    return replace(
        about,
        kind=InboundKind.BOUNCE,
        addresses=_addresses(people),
        status=failure.status,
        permanent=permanent,
        gone=permanent and failure.gone,
        reason=failure.reason[:300] or None,
    )


def _told(text: str) -> Mapping[str, Any] | None:
    """The notification in `text`, or None if it holds none."""
    start = text.find("{")
    if start < 0 or (
        '"notificationType"' not in text.replace('\\"', '"') and '"eventType"' not in text.replace('\\"', '"')
    ):
        return None
    try:
        told, _ = json.JSONDecoder().raw_decode(text[start:])
        told = json.loads(told["Message"]) if isinstance(told.get("Message"), str) else told
    except (ValueError, RecursionError, AttributeError):
        return None
    has_one = isinstance(told, dict) and any(isinstance(told.get(kind), dict) for kind in ("bounce", "complaint"))
    return told if has_one else None


def _listed(value: Any, key: str) -> list[Mapping[str, Any]]:
    listed = value.get(key) if isinstance(value, dict) else None
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _addresses(people: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for each in people for found in addresses_in(str(each.get("emailAddress", "")))))

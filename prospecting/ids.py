"""Ids that sort by time, so that a log's index grows at its end."""

import uuid
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def uuid7(at: datetime, randomness: bytes) -> uuid.UUID:
    """A UUIDv7 (RFC 9562 §5.7) for something that happened at `at`, from 10 bytes of `randomness`."""
    milliseconds = (at - EPOCH) // timedelta(milliseconds=1)
    value = (milliseconds & (1 << 48) - 1) << 80 | int.from_bytes(randomness[:10])
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)

"""Public tokens: short, signed, of one purpose each.

A token is base64url without padding. A touch's is 20 bytes (27 characters): purpose and key id in the first byte, the
touch in six, the target in two, and 11 bytes of keyed BLAKE2s. An objection's holds the 12-byte keyed hash of the
address in place of touch and target, so that it outlives erasure. Objection tokens never expire; keys rotate by id.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from hashlib import blake2b, blake2s

MAC_BYTES = 11
HASH_BYTES = 12
TOUCH_LENGTH = 27
MAX_LENGTH = 64
"""Longer input is not looked at."""


class Purpose(IntEnum):
    """What a token may do, and nothing else."""

    FRAGMENT = 1
    """Presses on a gift's page in `declared`; only ever sent in the body of a POST."""
    VISIT = 2
    """A personal gift address (consented, full)."""
    LINK = 3
    """A tracked link (consented, full); the target is the link's number in the version."""
    GESTURE = 4
    """A page with one gesture's button; the target is the gesture's number."""
    SPACE = 5
    """The prospect's own space."""
    INVITATION = 6
    OBJECTION = 7
    PRIVATE = 8
    """The private part of the space, mailed once to the person; the target is a nonce."""
    REPORT = 9
    RETURN_PATH = 10


class BadToken(Exception):  # noqa: N818
    """Forged, cut, unknown, or of another purpose: all the same to whoever shows it."""


@dataclass(frozen=True)
class TouchToken:
    """What a token of a touch says."""

    purpose: Purpose
    touch: int
    target: int


class Signer:
    """Makes and reads tokens with the installation's keys: id (0 to 15) to key, the first one signs."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._keys = dict(keys)
        self._signing = next(iter(self._keys))
        # The hash of an address must not change when signing keys rotate, else a suppression would be forgotten.
        self._address_key = blake2b(self._keys[min(self._keys)], digest_size=32, person=b"address-hash").digest()

    def touch(self, purpose: Purpose, touch: int, target: int = 0) -> str:
        """The token of `touch` for `purpose`; `target` is below 65,536."""
        return self._sign(purpose, touch.to_bytes(6) + target.to_bytes(2))

    def objection(self, address_hash: bytes) -> str:
        """The token with which the owner of the address may object, for ever."""
        return self._sign(Purpose.OBJECTION, address_hash[:HASH_BYTES])

    def read(self, token: str, *purposes: Purpose) -> TouchToken:
        """The touch and target of `token`, if it has one of `purposes`. Raises BadToken."""
        purpose, body = self._verify(token, purposes, 8)
        return TouchToken(purpose, int.from_bytes(body[:6]), int.from_bytes(body[6:]))

    def read_objection(self, token: str) -> bytes:
        """The address's keyed hash in an objection token. Raises BadToken."""
        return self._verify(token, (Purpose.OBJECTION,), HASH_BYTES)[1]

    def hash_address(self, address: str) -> bytes:
        """The keyed hash (12 bytes) of a normalised address; stable for the life of the installation."""
        return blake2b(address.encode(), key=self._address_key, digest_size=HASH_BYTES).digest()

    def once(self, subject: bytes) -> str:
        """A keyed digest of `subject` for one-time links: 32 characters, nothing to read in it."""
        key = self._keys[self._signing]
        return base64.urlsafe_b64encode(
            blake2b(subject, key=key, digest_size=24, person=b"one-time-link").digest()
        ).decode()

    def _sign(self, purpose: Purpose, body: bytes) -> str:
        head = bytes([purpose << 4 | self._signing])
        mac = _mac(self._keys[self._signing], head + body)
        return base64.urlsafe_b64encode(head + body + mac).rstrip(b"=").decode("ascii")

    def _verify(self, token: str, purposes: tuple[Purpose, ...], size: int) -> tuple[Purpose, bytes]:
        if not 0 < len(token) <= MAX_LENGTH or not token.isascii():
            raise BadToken
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadToken from error
        if len(raw) != 1 + size + MAC_BYTES or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
            raise BadToken  # a second spelling of the same bytes is no token of ours
        key = self._keys.get(raw[0] & 0x0F)
        known = key or bytes(32)
        good = hmac.compare_digest(_mac(known, raw[: 1 + size]), raw[1 + size :])
        if not good or key is None or raw[0] >> 4 not in tuple(purposes):
            raise BadToken
        return Purpose(raw[0] >> 4), raw[1 : 1 + size]


def _mac(key: bytes, data: bytes) -> bytes:
    return blake2s(data, key=key[:32], digest_size=MAC_BYTES).digest()

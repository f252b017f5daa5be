"""The addresses we hand to a person, each with a token of one purpose."""

from dataclasses import dataclass

from prospecting.engagement.kinds import GESTURES, EventKind, Mode
from prospecting.tokens import Purpose, Signer


@dataclass(frozen=True)
class Links:
    """Makes public addresses; `public_url` is the installation's, with or without a slash at its end."""

    signer: Signer
    public_url: str

    def gift(self, slug: str, touch_id: int, mode: Mode, *, own: str | None = None) -> str:
        """A gift's address as `mode` allows: bare (or `own`, its own foreign one), with a fragment, or personal.

        A browser never sends a fragment, so in `declared` the GET is the same for everybody.
        """
        if mode is Mode.NONE:
            return own or self._at("g", slug)
        if mode is Mode.DECLARED:
            return f"{self._at('g', slug)}#{self.signer.touch(Purpose.FRAGMENT, touch_id)}"
        return self._at("g", slug, self.signer.touch(Purpose.VISIT, touch_id))

    def gesture(self, touch_id: int, kind: EventKind) -> str:
        """The page with the one button of `kind` (one of GESTURES)."""
        return self._at("a", self.signer.touch(Purpose.GESTURE, touch_id, GESTURES.index(kind)))

    def space(self, touch_id: int) -> str:
        """The person's own space."""
        return self._at("p", self.signer.touch(Purpose.SPACE, touch_id))

    def private(self, once: str) -> str:
        """The private part of the space, by a one-time link."""
        return self._at("p", "private", once)

    def invitation(self, touch_id: int) -> str:
        return self._at("m", self.signer.touch(Purpose.INVITATION, touch_id))

    def objection(self, address_hash: bytes) -> str:
        """Where the owner of an address objects with one click, for ever (RFC 8058)."""
        return self._at("u", self.signer.objection(address_hash))

    def tracked(self, touch_id: int, number: int) -> str:
        """The tracked link with that number in its version (consented, full)."""
        return self._at("c", self.signer.touch(Purpose.LINK, touch_id, number))

    def bare(self, slug: str) -> str:
        """A gift's address for anybody: what *pass on* hands over."""
        return self._at("g", slug)

    def _at(self, *parts: str) -> str:
        return "/".join((self.public_url.rstrip("/"), *parts))

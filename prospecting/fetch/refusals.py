"""Why nothing was fetched."""

from enum import StrEnum


class Why(StrEnum):
    """Why nothing was fetched."""

    ADDRESS = "address"
    """Not a whole http(s) address, or one with a name and password in it."""
    PORT = "port"
    PRIVATE = "private"
    """It leads to a machine that is not on the public internet."""
    UNRESOLVED = "unresolved"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    DEADLINE = "deadline"
    TOO_LARGE = "too_large"
    ENCODING = "encoding"
    CONTENT_TYPE = "content_type"
    HOPS = "hops"
    ROBOTS = "robots"
    PROTOCOL = "protocol"
    """What came back is not HTTP, or ended in the middle."""


class NotFetched(Exception):  # noqa: N818
    """The address was refused or did not answer as it should; `why` is for programs, the message for people."""

    def __init__(self, why: Why, detail: str) -> None:
        self.why = why
        super().__init__(detail)

"""The one door to foreign addresses; reliability.md, "Fetching", holds its rules.

Every address is resolved once, checked in all its spellings and then connected to, for each hop anew, so that no name
can lead inside. Time is one deadline for everything (names, handshakes, drips), memory is a cap on raw bytes, and a
body comes uncompressed or not at all.
"""

from prospecting.fetch.fetcher import Fetched, Fetcher, Rules
from prospecting.fetch.inside import checked
from prospecting.fetch.refusals import NotFetched, Why

__all__ = ["Fetched", "Fetcher", "NotFetched", "Rules", "Why", "checked"]

"""Named lines at which a test lets the process die, as a kill at the worst moment would.

Armed by the setting `crash_at` alone (PROSPECTING_CRASH_AT), which nobody sets but the tests of this room and the chaos
suite; it is one comparison otherwise.
"""

import os

from prospecting.settings import Settings

POINTS = (
    "after claim",
    "after rcpt",
    "before gate commit",
    "after gate commit",
    "before data",
    "after data",
    "before result commit",
    "after result commit",
)
CODE = 86
"""The exit code, so that a test knows this death from any other."""


def point(settings: Settings, name: str) -> None:
    """Die here, without any cleaning up, if the settings say so."""
    if settings.crash_at == name:
        os._exit(CODE)

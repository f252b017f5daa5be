"""A real browser for the tests that need one: where it is missing they skip by name, and on CI they fail."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
"""A person's browser: the headless one says of itself that it is a machine's, and is believed."""


def executable() -> str:
    """Chromium on the PATH; without one the test skips, or fails where CI is set."""
    if found := shutil.which("chromium") or shutil.which("google-chrome"):
        return found
    why = "Chromium is not here; `make system` installs it"
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@contextmanager
def launched() -> Iterator[Browser]:
    """Chromium, headless, asking nobody but the pages' own server for anything."""
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()

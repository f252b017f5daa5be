"""Takes the screenshots of docs/screenshots from a demo that runs: `python docs/screenshots.py LINK`.

LINK is the one-time link that `make demo` prints at its end. Needs Chromium on the PATH, and nothing else that the
tests don't need. Warm leads, a mail, its gift and the reader's own space: on a desk and in a hand, by day and by night.
"""

import shutil
import sys
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FOLDER = Path(__file__).parent / "screenshots"
SCREENS = {"desktop": (1280, 800), "phone": (390, 844)}
SCHEMES = ("light", "dark")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def main(link: str) -> None:
    """Sign in once, find a mail, and take every page in every form."""
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        sys.exit("Chromium is not here; `make system` installs it.")
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(QUIET))
        context = browser.new_context(locale="en-US")
        pages = addresses(context.new_page(), link)
        kept = context.storage_state()
        for screen, size in SCREENS.items():
            for scheme in SCHEMES:
                with_look = _look(browser, size, scheme, kept)
                for name, address in pages.items():
                    take(with_look, address, FOLDER / f"{name}-{screen}-{scheme}.png")
                with_look.close()
        browser.close()


def addresses(page: Page, link: str) -> dict[str, str]:
    """The four pages' addresses, found as a visitor finds them: from the list of mails."""
    page.goto(link)
    page.locator("main form button").click()
    page.wait_for_url("**/app")
    page.goto(urljoin(link, "/app/mails"))
    flagged, every = page.locator(".flagged [data-item] a"), page.locator("[data-item] a")
    mails = (flagged if flagged.count() else every).evaluate_all("all => all.map(one => one.href)")
    for mail in mails:
        page.goto(f"{mail}/html")
        links = [str(one) for one in page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")]
        rooms = {urlsplit(one).path.split("/")[1]: one for one in reversed(links)}
        if {"g", "p"} <= set(rooms):  # a digest, or an answer in writing, gives nothing
            return {"warm-leads": urljoin(link, "/app"), "mail": mail, "gift": rooms["g"], "space": rooms["p"]}
    sys.exit("No mail with a gift was caught yet.")


def take(context: BrowserContext, address: str, file: Path) -> None:
    """One screen of `address`."""
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    page.screenshot(path=file, animations="disabled")
    page.close()
    print(f"{file.name}: {file.stat().st_size // 1024} kB")


def _look(browser: Browser, size: tuple[int, int], scheme: str, kept: object) -> BrowserContext:
    width, height = size
    return browser.new_context(
        viewport={"width": width, "height": height},
        locale="en-US",
        color_scheme=scheme,
        storage_state=kept,  # type: ignore[arg-type]
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"Usage: python {sys.argv[0]} LINK   (the one-time link that `make demo` prints)")
    main(sys.argv[1])

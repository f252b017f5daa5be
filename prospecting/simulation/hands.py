"""How simulated acts reach the engine in the demo: through the addresses in the caught mails, and by SMTP.

Nothing here knows a token, a table or a route: people and machines open what a letter links to, and press the buttons
that the pages show.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from smtplib import SMTP
from urllib.parse import urljoin

import httpx
from lxml.html import HtmlElement

from prospecting.simulation.acts import Act, What
from prospecting.simulation.browser import Browser, Page, controls
from prospecting.simulation.letters import Letter
from prospecting.simulation.people import REPLIES
from prospecting.words import on

ANSWERED = range(200, 300)


@dataclass
class Hands:
    """Carries out acts on the letters that arrived; counts what was answered."""

    client: httpx.Client
    smtp: tuple[str, int]
    letters: dict[str, list[Letter]] = field(default_factory=dict)
    """Each person's letters, oldest first."""
    machines: int = 0
    """Requests that machines made."""
    answered: set[tuple[str, str]] = field(default_factory=set)
    """(address, event kind) of every act of a person that was answered 2xx."""
    caches: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """What each machine that renders pages has fetched already."""
    posts: int = 0
    """Forms that were answered 2xx, whoever pressed."""

    def arrive(self, letter: Letter) -> None:
        self.letters.setdefault(letter.to, []).append(letter)

    def act(self, act: Act) -> None:
        """Carry out one act on the letter it is about: the last that had arrived by then."""
        letter = self._letter(act)
        if letter is None:
            return
        browser = Browser(self.client, act.agent, act.network)
        if act.by != "person":
            self._machine(browser, letter, act)
            return
        kind = self._acts()[act.what](browser, letter, act)
        if kind:
            self.answered.add((act.who, kind))

    def _letter(self, act: Act) -> Letter | None:
        """The letter the act is about; a name may come twice, then the last one that had arrived by then."""
        before = [
            letter for letter in self.letters.get(act.who, []) if letter.subject == act.about and letter.at <= act.at
        ]
        return before[-1] if before else None

    def _acts(self) -> dict[What, Callable[[Browser, Letter, Act], str]]:
        return {
            What.READ: self._read,
            What.PRESS: self._press,
            What.REPORT: self._report,
            What.REGISTER: self._register,
            What.REPLY: self._reply,
            What.OBJECT: self._object,
            What.CHOOSE: self._choose,
        }

    def _read(self, browser: Browser, letter: Letter, act: Act) -> str:
        """Open the gift, and read: where the page asks for it, its script tells how far, after the person moved."""
        if letter.gift is None:
            return ""
        page = browser.get(letter.gift.address)
        for told in page.tree.xpath("//@data-reading") if "data-reading" in page.html else ():
            address = urljoin(page.address, told)
            self.client.post(address, data={"share": str(act.share)}, headers=browser.headers())
        return ""

    def _press(self, browser: Browser, letter: Letter, act: Act) -> str:
        """Press a gesture on the gift's page, or where there is none for us, by the link in the mail."""
        values = {"gesture": act.detail} | ({"words": act.words} if act.words else {})
        page = browser.get(letter.gift.address) if letter.gift else None
        form = page.form_with("gesture", act.detail) if page else None
        if page and form is not None and (page.fragment or _value(form, "token")):
            return act.detail if self._pressed(browser.press(page, form, **values)) else ""
        link = letter.pressable.get(act.detail)
        if link is None:
            return ""
        page = browser.get(link.address)
        return act.detail if page.forms() and self._pressed(browser.press(page, page.forms()[0], **values)) else ""

    def _report(self, browser: Browser, letter: Letter, act: Act) -> str:
        """Answer the diagnostic, every question in the same spirit, and ask for the report."""
        page = self._follow(browser, letter, "/d/")
        form = page.form_with("token") if page else None
        if page is None or form is None:
            return ""
        answers: dict[str, str] = {}
        for control in controls(form, "input"):
            if control.get("type") == "radio":
                answers.setdefault(control.get("name"), control.get("value"))
        return "diagnostic_completed" if self._pressed(browser.press(page, form, **answers)) else ""

    def _register(self, browser: Browser, letter: Letter, act: Act) -> str:
        page = self._follow(browser, letter, "/e/")
        form = page.form_with("token") if page else None
        if page is None or form is None:
            return ""
        name = act.who.split("@")[0].replace(".", " ").title()
        return "registered" if self._pressed(browser.press(page, form, name=name, address=act.who)) else ""

    def _follow(self, browser: Browser, letter: Letter, path: str) -> Page | None:
        """From the gift's page to the page it leads to; the fragment goes along, as the page's script hands it on."""
        if letter.gift is None:
            return None
        page = browser.get(letter.gift.address)
        address = next(iter(page.links_with(path)), None)
        if address is None:
            return None
        return browser.get(f"{address}#{page.fragment}" if page.fragment and "#" not in address else address)

    def _object(self, browser: Browser, letter: Letter, act: Act) -> str:
        link = letter.first("u")
        if link is None:
            return ""
        page = browser.get(link.address)
        self._pressed(browser.press(page, page.forms()[0]))
        return ""

    def _choose(self, browser: Browser, letter: Letter, act: Act) -> str:
        link = letter.first("m")
        if link is None:
            return ""
        page = browser.get(link.address)
        form = page.form_with("choice", act.detail)
        if form is None:
            return ""
        values = {"choice": act.detail} | ({"words": act.words} if act.words else {})
        if act.detail == "meeting":
            values["slot"] = _value(form, "slot")
        kind = {"question": "question", "proposal": "proposal_asked", "replay": "replay_asked", "meeting": "booked"}
        return kind[act.detail] if self._pressed(browser.press(page, form, **values)) else ""

    def _reply(self, browser: Browser, letter: Letter, act: Act) -> str:
        """Write back by SMTP, in the thread, as mail programs do."""
        language = letter.language if letter.language in REPLIES else "en"
        until = on((act.at + timedelta(days=6)).date(), language)
        message = EmailMessage()
        message["From"], message["To"] = act.who, letter.sender
        message["Subject"] = f"Re: {letter.subject}"
        message["Date"] = format_datetime(act.at)
        message["Message-ID"] = f"<{act.at.timestamp():.0f}.{act.who}>"
        message["In-Reply-To"] = message["References"] = letter.message_id
        if act.detail == "absence":
            message["Auto-Submitted"] = "auto-replied"
        message.set_content(REPLIES[language][act.detail].format(until=until))
        with SMTP(*self.smtp, timeout=10) as smtp:
            smtp.send_message(message)
        return "reply" if act.detail == "interested" else ""

    def _machine(self, browser: Browser, letter: Letter, act: Act) -> None:
        """Open one link; render it and send its forms where the profile's detail says so."""
        if act.link >= len(letter.links):
            return
        method, _, also = act.detail.partition(" ")
        page = browser.get(letter.links[act.link].address, method=method)
        self.machines += 1
        if "scripts" in also:
            browser.fetch_all_of(page, cache=self.caches.setdefault((act.by, act.network), set()))
        if "forms" in also and letter.links[act.link].room in ("a", "g"):
            for form in page.forms():
                self._pressed(browser.press(page, form, **_everything(form)))

    def _pressed(self, page: Page) -> bool:
        done = page.status in ANSWERED
        self.posts += done
        return done


def _value(form: HtmlElement, name: str) -> str:
    """What the first field `name` of a form holds."""
    return next((control.get("value") or "" for control in controls(form, "input") if control.get("name") == name), "")


def _everything(form: HtmlElement) -> dict[str, str]:
    """What a form presser writes: something into every field, the trap among them, and the first button."""
    values = {}
    for control in controls(form, "input", "textarea", "button"):
        name, kind = control.get("name"), control.get("type")
        if name and kind != "hidden" and name not in values:
            values[name] = control.get("value") or "https://example.com/"
    return values

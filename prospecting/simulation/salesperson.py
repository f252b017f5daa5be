"""The salesperson of the demo: opens the team's page three mornings a week, and presses what it offers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from prospecting.simulation.browser import Browser, Page

ANSWERS = {
    "fr": "Merci pour votre question. Voici ce que nous avons vu ailleurs, en trois lignes : commencez petit, écrivez la règle, relisez-la après un mois.",
    "en": "Thank you for asking. What we saw elsewhere, in three lines: begin small, write the rule down, read it again after a month.",
}


@dataclass
class Salesperson:
    """Signs in by `sign_in` (which gives a fresh one-time link) and works the list of warm leads."""

    browser: Browser
    home: str
    sign_in: Callable[[], str]
    invited: int = 0
    answered: int = 0
    _signed_in: bool = field(default=False)

    def look(self, _now: datetime) -> None:
        """Invite everybody who can be invited, and answer every raised hand in writing."""
        page = self._open(self.home)
        for address in page.links_with("/invite"):
            letter = self._open(address)
            form = next((form for form in letter.forms() if "/invite" in (form.get("action") or letter.address)), None)
            if form is not None and self.browser.press(letter, form).status < 400:
                self.invited += 1
        for address in page.links_with("/answer"):
            question = self._open(address)
            form = question.form_with("words")
            language = (form.get("lang") or "en") if form is not None else "en"
            if (
                form is not None
                and self.browser.press(question, form, words=ANSWERS.get(language, ANSWERS["en"])).status < 400
            ):
                self.answered += 1

    def _open(self, address: str) -> Page:
        if not self._signed_in:
            entrance = self.browser.get(self.sign_in())
            for form in entrance.forms():
                self.browser.press(entrance, form)
                break
            self._signed_in = True
        return self.browser.get(address)

"""A browser without a window: it opens pages and presses their buttons, by what the pages themselves say."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx
from bs4 import BeautifulSoup, Tag


@dataclass
class Page:
    """One page as it was answered; `fragment` is what the browser kept to itself."""

    address: str
    fragment: str
    status: int
    soup: BeautifulSoup

    def form_with(self, name: str, value: str | None = None) -> Tag | None:
        """The form that has a field or button `name` (with that value, if given)."""
        for form in self.soup.find_all("form"):
            for control in form.find_all(["input", "button", "textarea", "select"]):
                if control.get("name") == name and (value is None or control.get("value") == value):
                    return form
        return None

    def forms(self) -> list[Tag]:
        return list(self.soup.find_all("form"))


@dataclass
class Browser:
    """Whoever comes: an agent at a network address. Everything goes over real connections to `client`'s server."""

    client: httpx.Client
    agent: str
    network: str
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, address: str, *, method: str = "GET") -> Page:
        """Open an address; its fragment is never sent."""
        parts = urlsplit(address)
        answer = self.client.request(method, urlunsplit(parts._replace(fragment="")), headers=self.headers())
        return self._page(answer, parts.fragment)

    def fetch_all_of(self, page: Page) -> None:
        """Fetch a page's scripts, styles and images, as a machine that renders it does."""
        wanted = [tag.get("src") or tag.get("href") for tag in page.soup.find_all(["script", "img", "link"])]
        for address in wanted:
            if address and urlsplit(urljoin(page.address, str(address))).netloc == urlsplit(page.address).netloc:
                self.client.get(urljoin(page.address, str(address)), headers=self.headers())

    def press(self, page: Page, form: Tag, **values: str) -> Page:
        """Send a form with its hidden fields and `values`; a field for the token takes what the fragment holds."""
        data: dict[str, Any] = {}
        for control in form.find_all(["input", "textarea", "select"]):
            name = control.get("name")
            if name and control.get("type") not in ("submit", "button", "radio", "checkbox"):
                data[str(name)] = str(control.get("value") or "")
        if page.fragment and form.select_one('[name="token"]') is not None:
            data["token"] = page.fragment
        data |= values
        address = urljoin(page.address, str(form.get("action") or page.address))
        answer = self.client.post(address, data=data, headers=self.headers())
        return self._page(answer, page.fragment)

    def headers(self) -> dict[str, str]:
        return {"User-Agent": self.agent, "X-Forwarded-For": self.network, "Accept-Language": "fr,en;q=0.8"}

    def _page(self, answer: httpx.Response, fragment: str) -> Page:
        html = answer.text if "html" in answer.headers.get("content-type", "") else ""
        return Page(str(answer.url), fragment, answer.status_code, BeautifulSoup(html, "lxml"))

"""A browser without a window: it opens pages and presses their buttons, by what the pages themselves say."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx
from lxml.html import HtmlElement, fromstring

FETCHED = re.compile(r'<(?:script|img|link)\b[^>]*?\b(?:src|href)="([^"#]+)"')


@dataclass
class Page:
    """One page as it was answered; `fragment` is what the browser kept to itself."""

    address: str
    fragment: str
    status: int
    html: str

    @cached_property
    def tree(self) -> HtmlElement:
        """The page's tree, for whoever looks at it: most machines don't."""
        return fromstring(self.html or "<html></html>")

    def links_with(self, part: str) -> list[str]:
        """The addresses on the page that hold `part`, whole, each once, in the page's order."""
        found = [urljoin(self.address, href) for href in self.tree.xpath("//a/@href") if part in href]
        return list(dict.fromkeys(found))

    def form_with(self, name: str, value: str | None = None) -> HtmlElement | None:
        """The form that has a field or button `name` (with that value, if given)."""
        for form in self.forms():
            for control in controls(form, "input", "button", "textarea", "select"):
                if control.get("name") == name and (value is None or control.get("value") == value):
                    return form
        return None

    def forms(self) -> list[HtmlElement]:
        return list(self.tree.iter("form"))


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

    def fetch_all_of(self, page: Page, *, cache: set[str]) -> None:
        """Fetch a page's scripts, styles and images, as a machine that renders it does; what it has in `cache` it keeps."""
        for found in FETCHED.findall(page.html):
            address = urljoin(page.address, found)
            if address not in cache and urlsplit(address).netloc == urlsplit(page.address).netloc:
                cache.add(address)
                self.client.get(address, headers=self.headers())

    def press(self, page: Page, form: HtmlElement, **values: str) -> Page:
        """Send a form with its hidden fields and `values`; a field for the token takes what the fragment holds."""
        data: dict[str, Any] = {}
        for control in controls(form, "input", "textarea", "select"):
            name = control.get("name")
            if name and control.get("type") not in ("submit", "button", "radio", "checkbox"):
                data[name] = control.get("value") or ""
        if page.fragment and "token" in data:
            data["token"] = page.fragment
        data |= values
        address = urljoin(page.address, form.get("action") or page.address)
        answer = self.client.post(address, data=data, headers=self.headers())
        return self._page(answer, page.fragment)

    def headers(self) -> dict[str, str]:
        return {"User-Agent": self.agent, "X-Forwarded-For": self.network, "Accept-Language": "fr,en;q=0.8"}

    def _page(self, answer: httpx.Response, fragment: str) -> Page:
        html = answer.text if "html" in answer.headers.get("content-type", "") else ""
        return Page(str(answer.url), fragment, answer.status_code, html)


def controls(form: HtmlElement, *kinds: str) -> list[HtmlElement]:
    """A form's controls of these kinds, in the page's order."""
    return list(form.iter(*kinds))

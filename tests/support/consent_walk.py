"""A person at a browser: follows redirects, signs in with a password where a page asks, decides where one asks."""

import html
import re
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import urljoin

import httpx

MOST_STEPS = 30
OUTCOME = "Consent-Outcome"
Decision = Literal["allow", "deny"]
_FORM = re.compile(r'<form method="post" action="([^"]*)"')
_LOGIN, _CONSENT = 'name="password"', 'value="allow"'
_TOKEN = re.compile(r'name="form_token" value="([^"]*)"')


@dataclass
class Person:
    """Somebody with a browser of their own.

    Attributes:
        password: For every pool.
        decisions: By words on a consent page; what is named nowhere is allowed.
        seen: URLs that the browser opened, in order.
    """

    username: str
    password: str = field(repr=False)
    decisions: dict[str, Decision] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list, repr=False)
    decided: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http = httpx.Client(timeout=30, trust_env=False, headers={"Accept": "text/html"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def open(self, url: str) -> httpx.Response:
        """Open a page and do what it asks until one asks for nothing more."""
        return self._go_on(self._get(url))

    def press(self, page: httpx.Response, button: str, **fields: str) -> httpx.Response:
        """Press a button of a page, and go on."""
        forms = re.findall(r"<form .*?</form>", page.text, re.DOTALL)
        [form] = [one for one in forms if f">{button}</button>" in one]
        return self._go_on(self._form(page, fields, form))

    def _go_on(self, page: httpx.Response) -> httpx.Response:
        for _ in range(MOST_STEPS):
            if not page.is_redirect and not any(mark in page.text for mark in (_LOGIN, _CONSENT)):
                return page
            page = self.step(page)
        raise AssertionError(f"no end after {MOST_STEPS} steps")

    def step(self, page: httpx.Response) -> httpx.Response:
        """What follows from one page: the redirect, or its form filled in."""
        if page.is_redirect:
            assert page.status_code == 303, page.status_code
            return self._get(urljoin(str(page.url), page.headers["location"]))
        if _LOGIN in page.text:
            return self._form(page, {"username": self.username, "password": self.password})
        assert _CONSENT in page.text
        return self._form(page, {"decision": self._decision(page.text)})

    def _decision(self, text: str) -> Decision:
        heading = html.unescape(re.sub(r"<[^>]+>", "", text[text.index("<h1>") : text.index("</h1>")]))
        self.decided.append(heading)
        return next((choice for words, choice in self.decisions.items() if words in heading), "allow")

    def _form(self, page: httpx.Response, fields: dict[str, str], form: str | None = None) -> httpx.Response:
        action, token = _FORM.search(form or page.text), _TOKEN.search(form or page.text)
        assert action is not None
        assert token is not None
        return self._post(page, html.unescape(action[1]), {"form_token": html.unescape(token[1]), **fields})

    def _get(self, url: str) -> httpx.Response:
        self.seen.append(url)
        headers = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-site"}
        return self.http.get(url, headers=headers)

    def _post(self, page: httpx.Response, action: str, fields: dict[str, str]) -> httpx.Response:
        # As browsers send the form of a page with `no-referrer`.
        headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
        return self.http.post(urljoin(str(page.url), action), data=fields, headers=headers)

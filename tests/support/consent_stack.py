"""What a terminal meets when a person consents: two pools, the vault's browser pages and the consent return.

Every redirect is the next step's; knobs make one of them lead elsewhere. No sockets: one transport plays all hosts.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import httpx

from agent.terminal.endpoints import Endpoints
from tests.support.runtime import FakeFront, make_athlete_key, pin_pool_keys

VAULT, CONSENT_RETURN = "http://127.0.0.1:8701", "http://127.0.0.1:8704"
CALLBACK = f"{VAULT}/identities/oauth2/callback/coach-federation"
PAGE = f"{VAULT}/identities/oauth2/authorize?request_uri=urn:ietf:params:oauth:request_uri:session-1"


@dataclass
class FakeConsentStack:
    """State, knobs and what was visited.

    Knobs:
        outcome: What the consent return says at the end.
        asked: Overrides parameters of the provider's authorization request.
        sign_in: Overrides parameters of the consent return's own authorization request.
        lead_to: Instead of its true next step, a page redirects here; by path of the page.
        connections: What is connected.
        visited: Method, URL, cookies of every request.
    """

    home: Path
    athletes: tuple[str, ...] = ("maya",)
    outcome: str = "linked"
    asked: dict[str, str] = field(default_factory=dict)
    sign_in: dict[str, str] = field(default_factory=dict)
    lead_to: dict[str, str] = field(default_factory=dict)
    connections: list[dict[str, object]] = field(default_factory=list)
    disconnected: list[dict[str, str]] = field(default_factory=list)
    visited: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        keys = {name: make_athlete_key(self.home, name) for name in self.athletes}
        pin_pool_keys(self.home, "socials")
        self.coach = FakeFront(athlete_keys=keys)
        self.socials = FakeFront(athlete_keys=keys, pool="socials")
        self._signed_in: set[str] = set()

    def endpoints(self) -> Endpoints:
        coach = self.coach
        parts = {"agent": coach.agent_url, "issuer": coach.issuer, "vault": VAULT, "vault_control": VAULT}
        return Endpoints(
            **parts,
            mcp={},
            apis={},
            pids={},
            region="us-east-1",
            pid=None,
            socials_issuer=self.socials.issuer,
            consent_return=CONSENT_RETURN,
        )

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    @property
    def paths(self) -> list[str]:
        return [httpx.URL(url).path for _, url, _ in self.visited]

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.visited.append((request.method, str(request.url), request.headers.get("cookie", "")))
        path = request.url.path
        if path in self.lead_to:
            return _redirect(self.lead_to[path])
        if f"{request.url.scheme}://{request.url.netloc.decode()}" == CONSENT_RETURN:
            return self._consent_return(request)
        routes: dict[str, Callable[[httpx.Request], httpx.Response]] = {
            "/identities/oauth2/authorize": self._begin,
            "/identities/oauth2/callback/coach-federation": self._callback,
        }
        if path in routes:
            return routes[path](request)
        return (self.socials if "/socials" in path else self.coach).answer(request)

    def _begin(self, _: httpx.Request) -> httpx.Response:
        parameters = {
            "response_type": "code",
            "client_id": "coach-federation",
            "redirect_uri": CALLBACK,
            "scope": "openid socials/read",
            "resource": "http://127.0.0.1:8701/runtimes/mcp_socials/invocations",
            "state": secrets.token_urlsafe(8),
            "code_challenge": "c",
            "code_challenge_method": "S256",
            **self.asked,
        }
        return _redirect(f"{self.socials.base}/pools/socials/authorize?{urlencode(parameters)}")

    def _callback(self, request: httpx.Request) -> httpx.Response:
        assert request.url.params["iss"] == self.socials.issuer
        return _redirect(f"{CONSENT_RETURN}/return?session_id=urn:s&state=sealed")

    def _consent_return(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/callback":
            self._signed_in.add(cookie := secrets.token_urlsafe(8))
            wanted = request.url.params["state"]
            return _redirect(f"{CONSENT_RETURN}{wanted}", {"set-cookie": f"session={cookie}; HttpOnly; Path=/"})
        if request.headers.get("cookie", "").removeprefix("session=") not in self._signed_in:
            return self._to_sign_in(path + ("?" + request.url.query.decode() if request.url.query else ""))
        if path == "/disconnect":
            self.disconnected.append(dict(parse_qsl(request.content.decode())))
            return httpx.Response(204)
        if path == "/return":
            return httpx.Response(200, headers={"consent-outcome": self.outcome}, text="<p>done")
        return httpx.Response(200, json={"athlete": "maya", "connections": self.connections})

    def _to_sign_in(self, wanted: str) -> httpx.Response:
        parameters = {
            "response_type": "code",
            "client_id": "consent-return",
            "redirect_uri": f"{CONSENT_RETURN}/callback",
            "scope": "openid connections/write",
            "audience": "token-vault",
            "state": wanted,
            "code_challenge": "c",
            "code_challenge_method": "S256",
            **self.sign_in,
        }
        return _redirect(f"{self.coach.base}/pools/coach/authorize?{urlencode(parameters)}")


def _redirect(url: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(303, headers={"location": url, **(headers or {})})

"""The consent return in this process, between an issuer and a vault whose every misbehaviour has a name."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
from pydantic import SecretStr

from identity.consent_return.app import create_app
from identity.consent_return.errors import ConsentReturnError
from identity.consent_return.settings import ConsentReturnSettings, Service
from identity.consent_return.vault_calls import Connection
from identity.consent_state import seal
from tests.support.issuer import ISSUER, FakeIssuer

BASE = "http://127.0.0.1:8704"
KEY = "state-key-of-tests-0123456789abcdef"
MAYA, JONAS = "sub-maya", "sub-jonas"
SESSION_URI = "urn:ietf:params:oauth:request_uri:" + "r" * 43
CODE_CANARY = "code-canary-5a1"


@dataclass
class FakeClock:
    """Epoch seconds, ahead of real time by `offset_s`."""

    offset_s: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.offset_s


@dataclass
class FakeSignIn:
    """The issuer's endpoints, as `httpx` reaches them.

    Knobs:
        subject: Who signs in.
        amr: How.
        id_claims: Changes to the ID token; None removes a claim.
        id_header: Changes to its header.
        access_claims: Changes to the access token.
        answer: Changes to the redirect; None removes a parameter.
        discovery: Changes to the discovery document.
        no_id_token: The token response lacks it.
        status: Of the token endpoint.
        down: Nobody answers.
        token_requests: What came to the token endpoint.
    """

    tokens: FakeIssuer = field(
        default_factory=lambda: FakeIssuer(
            audience="token-vault", client_id="consent-return", scope="openid connections/write"
        )
    )
    subject: str = MAYA
    amr: tuple[str, ...] | None = ("pwd",)
    id_claims: dict[str, Any] = field(default_factory=dict)
    id_header: dict[str, Any] = field(default_factory=dict)
    access_claims: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, str | None] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    no_id_token: bool = False
    id_key: str = "id"
    status: int = 200
    down: bool = False
    token_requests: list[httpx.Request] = field(default_factory=list)
    nonce: str = ""

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._serve)

    def redirect(self, authorize_url: str) -> str:
        """Where the browser goes after somebody signed in at this URL."""
        asked = dict(parse_qsl(urlsplit(authorize_url).query))
        self.nonce = asked["nonce"]
        answer = {"code": CODE_CANARY, "state": asked["state"], "iss": ISSUER} | self.answer
        kept = {name: value for name, value in answer.items() if value is not None}
        return f"{asked['redirect_uri']}?{urlencode(kept)}"

    def _serve(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        if request.url.path.endswith("/openid-configuration"):
            return httpx.Response(200, json=self._document())
        assert request.url == f"{ISSUER}/token"
        self.token_requests.append(request)
        if self.status != 200:
            return httpx.Response(self.status, json={"error": "invalid_grant"})
        made = {"access_token": self._access_token(), "id_token": self._id_token(), "token_type": "Bearer"}
        if self.no_id_token:
            del made["id_token"]
        return httpx.Response(200, json=made)

    def _document(self) -> dict[str, Any]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        } | self.discovery

    def _access_token(self) -> str:
        return self.tokens.token(**({"sub": self.subject} | self.access_claims))

    def _id_token(self) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "sub": self.subject,
            "aud": "consent-return",
            "token_use": "id",
            "iat": now,
            "exp": now + 600,
            "nonce": self.nonce,
            "name": self.subject.removeprefix("sub-").capitalize(),
            "amr": list(self.amr) if self.amr is not None else None,
        } | self.id_claims
        kept = {name: value for name, value in claims.items() if value is not None}
        key = self.tokens.id_key if self.id_key == "id" else self.tokens.access_key
        header = {"alg": "RS256", "typ": "JWT", "kid": self.tokens.id_key.kid} | self.id_header
        return self.tokens.sign(header, json.dumps(kept).encode(), key)


@dataclass
class FakeConsents:
    """The vault, as the consent return calls it.

    Knobs:
        refuse: Raised by the next calls.
        completed: What was completed: session and token.
        tokens: The tokens that came with the other calls.
        connected: What is listed.
        disconnected: What was disconnected.
    """

    refuse: ConsentReturnError | None = None
    completed: list[tuple[str, str]] = field(default_factory=list)
    connected: list[Connection] = field(default_factory=list)
    disconnected: list[tuple[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    async def complete(self, session_uri: str, token: str, _state: str) -> None:
        self._maybe_refuse()
        self.completed.append((session_uri, token))
        self.connected.append(connection())

    async def connections(self, token: str) -> list[Connection]:
        self._maybe_refuse()
        self.tokens.append(token)
        return self.connected

    async def disconnect(self, token: str, workload: str, provider: str) -> None:
        self._maybe_refuse()
        self.tokens.append(token)
        self.disconnected.append((workload, provider))

    def close(self) -> None:
        pass

    def _maybe_refuse(self) -> None:
        if self.refuse is not None:
            raise self.refuse


def connection() -> Connection:
    at = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    return Connection("coach", "coach-federation", ("socials/read",), at, "https://socials.example")


@dataclass
class RunningConsentReturn:
    """The application and one browser at it."""

    sign_in: FakeSignIn
    consents: FakeConsents
    clock: FakeClock
    browser: httpx.AsyncClient
    settings: ConsentReturnSettings

    def another_browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self.browser._transport, base_url=BASE)

    async def signed_in(self, path: str = "/", subject: str = MAYA) -> httpx.Response:
        """The answer to a path after the sign-in that it asks for."""
        self.sign_in.subject = subject
        answer = await self.browser.get(path)
        assert answer.status_code == 303
        back = await self.browser.get(self.sign_in.redirect(answer.headers["location"]))
        return await self.browser.get(back.headers["location"]) if back.is_redirect else back


def landing(subject: str = MAYA, *, state: str | None = None, session_uri: str = SESSION_URI, **more: str) -> str:
    """Path at which a consent of this athlete comes back."""
    sealed = seal(KEY.encode(), issuer=ISSUER, subject=subject, now=time.time())
    given = {"session_id": session_uri, "state": sealed if state is None else state, **more}
    return f"/return?{urlencode(given)}"


def parameters(location: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(location).query)


def settings_of_tests(**changes: Any) -> ConsentReturnSettings:
    values: dict[str, Any] = {
        "issuer": ISSUER,
        "client_secret": SecretStr("client-secret-canary"),
        "consent_state_key": SecretStr(KEY),
        "vault_url": "http://vault.test",
        "services": {"coach-federation": Service(name="Socials", meanings={"socials/read": "See your clubs"})},
        "workloads": {"coach": "The coach"},
    }
    return ConsentReturnSettings(**(values | changes))


@asynccontextmanager
async def running_consent_return(**changes: Any) -> AsyncIterator[RunningConsentReturn]:
    """The application with its collaborators; `changes` are settings."""
    sign_in, consents, clock = FakeSignIn(), FakeConsents(), FakeClock()
    settings = settings_of_tests(**changes)
    http = httpx.AsyncClient(transport=sign_in.transport())
    app = create_app(settings, clock=clock, http=http, keys=sign_in.tokens.jwks(), consents=consents)
    base = settings.base_url
    async with http, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base) as browser:
        yield RunningConsentReturn(sign_in, consents, clock, browser, settings)

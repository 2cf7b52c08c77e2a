"""The real authorization server in this process, with two teams and one athlete, for tests of whoever talks to it.

async with running_authorization_server(tmp_path) as server:
    tokens = await server.sign_in(audience="coach")
    exchanged = await server.exchange("coach-exchange", tokens["access_token"], audience="mcp-activities")
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jws
from joserfc.jwk import ECKey
from starlette.types import ASGIApp

from identity.authorization_server.app import create_app
from identity.authorization_server.keys import SigningKey, SigningKeys
from identity.authorization_server.passwords import hash_password
from identity.authorization_server.pools import (
    ClientConfig,
    PoolConfig,
    ResourceServerConfig,
    TargetConfig,
    UserConfig,
)
from identity.authorization_server.settings import AuthorizationServerSettings
from tests.support.asgi_lifespan import lifespan
from tests.support.issuer import rsa_key

BASE_URL = "http://127.0.0.1:8700"
ISSUER = f"{BASE_URL}/coach"
POOL_URL = f"{BASE_URL}/pools/coach"
AUTHORIZE_URL = f"{POOL_URL}/oauth2/authorize"
TOKEN_URL = f"{POOL_URL}/oauth2/token"
DEVICE_AUTHORIZATION_URL = f"{POOL_URL}/oauth2/device_authorization"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
REDIRECT_URI = "http://localhost:8765/callback"
ACTIVITIES_URL = "http://127.0.0.1:8701/runtimes/mcp_activities/invocations"
ROUTES_URL = "http://127.0.0.1:8701/runtimes/mcp_routes/invocations"
ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
MAYA, MAYA_SUB, MAYA_PASSWORD = "maya", "athlete-maya", "correct horse"
ALL_SCOPES = "openid coach/invoke activities/read activities/write routes/read"


@dataclass
class FakeClock:
    """Epoch seconds that a test moves.

    Knobs:
        offset_s: Seconds ahead of real time.
    """

    offset_s: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.offset_s

    def advance(self, seconds: float) -> None:
        self.offset_s += seconds


@cache
def athlete_key(name: str) -> ECKey:
    """The key file of an athlete, as a key."""
    return ECKey.generate_key("P-256", {"kid": name}, private=True)


@cache
def _password_hash() -> str:
    return hash_password(MAYA_PASSWORD, cost=16)


def secret_of(client_id: str) -> str:
    """The secret of a confidential client of the test configuration."""
    return f"secret-of-{client_id}"


def client(client_id: str, **fields: Any) -> ClientConfig:
    return ClientConfig.model_validate({"client_id": client_id, "name": client_id, **fields})


def targets(grants: Iterable[str], *audiences: str) -> tuple[TargetConfig, ...]:
    return tuple(TargetConfig.model_validate({"audience": name, "grants": tuple(grants)}) for name in audiences)


def _person_clients() -> list[ClientConfig]:
    code = ("authorization_code",)
    return [
        client(
            "terminal",
            name="Coach in your terminal",
            grants=("authorization_code", "refresh_token", "device_code"),
            scopes=tuple(ALL_SCOPES.split()),
            redirect_uris=(REDIRECT_URI, "http://localhost:8766/callback"),
            targets=targets((*code, "device_code"), "coach", "mcp-activities"),
            local_sign_in=True,
            first_party=True,
        ),
        client(
            "developer",
            grants=code,
            scopes=tuple(ALL_SCOPES.split()),
            redirect_uris=(REDIRECT_URI,),
            targets=targets(code, "coach", "mcp-activities", "mcp-routes"),
            local_sign_in=True,
            first_party=True,
        ),
        client(
            "foreign",
            name="<b>Foreign\u202e app</b>",
            grants=("authorization_code", "refresh_token"),
            scopes=("openid", "activities/read"),
            redirect_uris=("https://app.example/callback",),
            targets=targets(code, "mcp-activities"),
        ),
    ]


def _workload_clients() -> list[ClientConfig]:
    both = ("client_credentials", "token_exchange")
    return [
        client(
            "coach-exchange",
            secret=secret_of("coach-exchange"),
            grants=both,
            scopes=("activities/read", "activities/write", "routes/read"),
            represents=("coach",),
            targets=(*targets(both, "mcp-activities"), *targets(("client_credentials",), "mcp-routes")),
        ),
        client(
            "mcp-activities-exchange",
            secret=secret_of("mcp-activities-exchange"),
            grants=both,
            scopes=("activities/read", "activities/write"),
            represents=("mcp-activities",),
            targets=targets(("token_exchange",), "api-activities"),
        ),
        client(
            "mcp-routes-exchange",
            secret=secret_of("mcp-routes-exchange"),
            auth_methods=("client_secret_basic",),
            grants=("client_credentials",),
            scopes=("routes/read",),
            targets=targets(("client_credentials",), "api-routes"),
        ),
    ]


def pool_config(**changes: Any) -> PoolConfig:
    """Pool `coach` with the teams activities and routes and the athlete maya."""
    key = athlete_key(MAYA).as_dict(private=False)
    values: dict[str, Any] = {
        "name": "coach",
        "users": (
            UserConfig(username=MAYA, sub=MAYA_SUB, name="Maya", password_hash=_password_hash(), sign_in_key=key),
        ),
        "clients": (*_person_clients(), *_workload_clients()),
        "resource_servers": (
            ResourceServerConfig(name="coach", audiences=("coach",), scopes={"coach/invoke": "Ask the coach"}),
            ResourceServerConfig(
                name="mcp-activities",
                audiences=("mcp-activities", ACTIVITIES_URL),
                scopes={"activities/read": "See your activities", "activities/write": "Add activities"},
            ),
            ResourceServerConfig(
                name="mcp-routes", audiences=("mcp-routes", ROUTES_URL), scopes={"routes/read": "Search routes"}
            ),
            ResourceServerConfig(name="api-activities", audiences=("api-activities",)),
            ResourceServerConfig(name="api-routes", audiences=("api-routes",)),
        ),
    }
    return PoolConfig.model_validate(values | changes)


@dataclass
class RunningAuthorizationServer:
    """The server and what a client of it does.

    Attributes:
        http: Reaches the server and nothing else; a program of this computer, without cookies of a browser.
        clock: The server's clock.
    """

    app: ASGIApp
    http: httpx.AsyncClient
    clock: FakeClock
    settings: AuthorizationServerSettings
    issuer: str = ISSUER
    base_url: str = BASE_URL

    def authorization_request(
        self, client_id: str | None = "terminal", **changes: str | None
    ) -> "AuthorizationRequest":
        """A good authorization request for the coach; a change to None removes a parameter."""
        verifier = secrets.token_urlsafe(48)
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": "https://app.example/callback" if client_id == "foreign" else REDIRECT_URI,
            "scope": "openid activities/read" if client_id == "foreign" else ALL_SCOPES,
            "audience": "mcp-activities" if client_id == "foreign" else "coach",
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": base64url(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        kept = {name: value for name, value in {**parameters, **changes}.items() if value is not None}
        return AuthorizationRequest(kept, verifier)

    async def post_assertion(
        self, request: "AuthorizationRequest", *, athlete: str = MAYA, **assertion: Any
    ) -> httpx.Response:
        """Key-file sign-in; `assertion` changes claims (a change to None removes one) or, as `header`, the header."""
        nonce = await self.sign_in_nonce(request.parameters["client_id"])
        proof = self.assertion(request, nonce, athlete=athlete, **assertion)
        return await self.http.post(AUTHORIZE_URL, data={**request.parameters, "local_assertion": proof})

    async def sign_in_nonce(self, client_id: str) -> str:
        answer = await self.http.post(f"{POOL_URL}/oauth2/sign-in-nonce", data={"client_id": client_id})
        nonce: str = answer.json()["nonce"]
        return nonce

    def assertion(
        self,
        request: "AuthorizationRequest",
        nonce: str,
        /,
        *,
        athlete: str = MAYA,
        key: ECKey | None = None,
        header: dict[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        """The proof of a key-file sign-in."""
        now = int(self.clock())
        claims: dict[str, Any] = {
            "iss": athlete,
            "sub": athlete,
            "aud": AUTHORIZE_URL,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_urlsafe(16),
            "nonce": nonce,
            "request_hash": base64url(hashlib.sha256(urlencode(sorted(request.parameters.items())).encode()).digest()),
        }
        kept = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        full_header = {"alg": "ES256", "typ": "local-sign-in+jwt", "kid": athlete, **(header or {})}
        return _sign(full_header, kept, key or athlete_key(athlete))

    async def code(self, request: "AuthorizationRequest", athlete: str = MAYA) -> str:
        """The code of a key-file sign-in."""
        answer = await self.post_assertion(request, athlete=athlete)
        assert answer.status_code == 303, answer.text
        return answer_of(answer)["code"]

    async def redeem(self, request: "AuthorizationRequest", code: str, **changes: str | None) -> httpx.Response:
        """Send a code to the token endpoint; a change to None removes a parameter."""
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "client_id": request.parameters["client_id"],
            "code": code,
            "redirect_uri": request.parameters.get("redirect_uri"),
            "code_verifier": request.verifier,
        }
        return await self.token(**{**form, **changes})

    async def sign_in(
        self, *, client_id: str = "terminal", athlete: str = MAYA, **changes: str | None
    ) -> dict[str, Any]:
        """Sign an athlete in by key file and return the token response; `changes` are authorize parameters."""
        request = self.authorization_request(client_id, **changes)
        answer = await self.redeem(request, await self.code(request, athlete))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def refresh(self, refresh_token: str, client_id: str = "terminal", **extra: str) -> httpx.Response:
        return await self.token(grant_type="refresh_token", refresh_token=refresh_token, client_id=client_id, **extra)

    async def client_token(self, client_id: str, **form: str | None) -> httpx.Response:
        """Client credentials, with HTTP Basic."""
        return await self.token(auth=client_id, grant_type="client_credentials", **form)

    async def exchange(self, client_id: str, subject_token: str, **changes: str | None) -> httpx.Response:
        """Token exchange."""
        form: dict[str, str | None] = {
            "grant_type": TOKEN_EXCHANGE,
            "subject_token": subject_token,
            "subject_token_type": ACCESS_TOKEN_TYPE,
        }
        return await self.token(auth=client_id, **{**form, **changes})

    async def exchange_as_actor(self, client_id: str, subject_token: str, **changes: str | None) -> httpx.Response:
        """Token exchange with the client's own token as actor token."""
        own = (await self.client_token(client_id)).json()["access_token"]
        return await self.exchange(
            client_id, subject_token, **{"actor_token": own, "actor_token_type": ACCESS_TOKEN_TYPE, **changes}
        )

    async def token(self, *, auth: str | None = None, **form: str | None) -> httpx.Response:
        """A token request; `auth` is a confidential client that authenticates with HTTP Basic."""
        basic = httpx.BasicAuth(auth, secret_of(auth)) if auth else None
        data = {name: value for name, value in form.items() if value is not None}
        return await self.http.post(TOKEN_URL, data=data, auth=basic or httpx.USE_CLIENT_DEFAULT)

    def browser(self) -> httpx.AsyncClient:
        """Another client with its own cookies, which asks for pages."""
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers={"accept": "text/html"})


@dataclass(frozen=True)
class AuthorizationRequest:
    """Parameters of an authorization request and the verifier that belongs to them."""

    parameters: dict[str, str]
    verifier: str = field(repr=False)

    @property
    def url(self) -> str:
        return f"{AUTHORIZE_URL}?{urlencode(self.parameters)}"


def answer_of(response: httpx.Response) -> dict[str, str]:
    """The parameters of a redirect back to the client."""
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()}


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a token, unchecked."""
    segment = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return claims


def header_of(token: str) -> dict[str, Any]:
    segment = token.split(".", maxsplit=1)[0]
    header: dict[str, Any] = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return header


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def settings_in(folder: Path, **changes: Any) -> AuthorizationServerSettings:
    """Settings whose state lives in a folder."""
    values: dict[str, Any] = {
        "base_url": BASE_URL,
        "database": folder / "authorization_server.sqlite",
        "keys_folder": folder / "keys",
        "pools": (pool_config(),),
    }
    return AuthorizationServerSettings(**{**values, **changes})


def keys_of_tests(_folder: Path, _pool: str) -> SigningKeys:
    """Keys that are made once per process: reading an RSA key from a file takes longer than most tests."""
    return (SigningKey(rsa_key("access-1"), "access", time.time()), SigningKey(rsa_key("id-1"), "id", time.time()))


@asynccontextmanager
async def running_authorization_server(folder: Path, **changes: Any) -> AsyncIterator[RunningAuthorizationServer]:
    """The server, without a socket; its state is in the folder. `changes` are settings."""
    settings = settings_in(folder, **changes)
    clock = FakeClock()
    app = create_app(settings, clock=clock, load_keys=keys_of_tests)
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50_000))
    async with lifespan(app), httpx.AsyncClient(transport=transport) as http:
        yield RunningAuthorizationServer(app, http, clock, settings)


def _sign(header: dict[str, Any], claims: dict[str, Any], key: ECKey) -> str:
    signing_input = f"{base64url(json.dumps(header).encode())}.{base64url(json.dumps(claims).encode())}"
    signature = jws.JWSRegistry(algorithms=["ES256"]).get_alg("ES256").sign(signing_input.encode(), key)
    return f"{signing_input}.{base64url(signature)}"

"""A running vault for tests, with a provider whose every misbehaviour has a name."""

import asyncio
import hashlib
import json
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import boto3
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from identity.vault.app import create_app
from identity.vault.data_keys import VAULT_OWNER
from identity.vault.settings import VaultSettings
from tests.support.authorization_server import claims_of
from tests.support.issuer import ACCESS_KID, ID_KID, FakeIssuer, b64, rsa_key
from tests.support.serving import ByPort, free_socket, port_of, served, url_of

REGION = "us-east-1"
CANARY_CLIENT_SECRET = "canary-client-secret-7f3a9b"
RETURN_URL = "https://app.example/return?from=vault"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
KEYS: dict[str, list[dict[str, Any]]] = {
    "operator": [
        {
            "actions": [
                f"*{kind}*" for kind in ("WorkloadIdent", "Oauth2CredentialProvider", "ApiKeyCredentialProvider")
            ]
            + ["GetWorkloadAccessToken", "GetTokenVault", "local:*"],
            "workloads": ["*"],
            "providers": ["*"],
        }
    ],
    "front": [{"actions": ["bedrock-agentcore:GetWorkloadAccessTokenForJWT"], "workloads": ["coach", "mcp-routes"]}],
    "coach": [
        {
            "actions": ["GetResourceOauth2Token", "GetResourceApiKey"],
            "workloads": ["coach"],
            "providers": ["coach-exchange", "coach-federation", "coach-metering"],
        }
    ],
    "consent-return": [{"actions": ["CompleteResourceTokenAuth", "local:ListConnections", "local:DeleteConnection"]}],
    "mcp-routes": [
        {"actions": ["GetResourceOauth2Token"], "workloads": ["mcp-routes"], "providers": ["mcp-routes-exchange"]}
    ],
}


@dataclass
class TokenRequestSeen:
    """One request at the provider's token endpoint."""

    form: dict[str, list[str]]
    authorization: str | None

    def one(self, name: str) -> str:
        (value,) = self.form[name]
        return value

    @property
    def grant(self) -> str:
        return self.one("grant_type")


@dataclass
class FakeProvider:
    """An authorization server: discovery, keys, authorization, token and revocation endpoint.

    Knobs:
        fail_next: Answers for the next token requests, each (status, JSON).
        slow_s: Seconds before each token answer.
        narrow_scopes: What is granted instead of what was asked for.
        token_life_s: `expires_in` of issued tokens.
        redirect_to: The token endpoint answers 307 there.
        discovery_issuer: Issuer that the discovery document names instead of its own.
        discovery_answer: Replaces members of the discovery document.
        token_answer: Replaces members of the successful answer.
        deny_authorize: Error of the authorization endpoint instead of a code.
        answer_issuer: `iss` of answers to browsers instead of its own; None leaves it out.
        signed_in: Whose account a browser consents for.
        no_refresh_token: Consents give an access token alone.
        ended_sign_ins: What the revocation list names, if the discovery document says where it is.
        revocation: Whether there is a revocation endpoint, and what it answers.
    """

    url: str = ""
    fail_next: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    slow_s: float = 0.0
    narrow_scopes: str | None = None
    token_life_s: int = 900
    redirect_to: str | None = None
    discovery_issuer: str | None = None
    discovery_answer: dict[str, Any] = field(default_factory=dict)
    token_answer: dict[str, Any] = field(default_factory=dict)
    deny_authorize: str | None = None
    answer_issuer: str | None = ""
    signed_in: str = "maya-elsewhere"
    no_refresh_token: bool = False
    revocation: int | None = 200
    ended_sign_ins: list[str] = field(default_factory=list)
    seen: list[TokenRequestSeen] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)
    discoveries: int = 0
    authorizations: list[dict[str, list[str]]] = field(default_factory=list)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    refresh_tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    revoked: list[dict[str, str]] = field(default_factory=list)

    def reset(self) -> None:
        """Back to good behaviour, with nothing seen."""
        for knob in fields(self):
            if knob.name != "url":
                fresh = knob.default_factory() if knob.default_factory is not MISSING else knob.default
                setattr(self, knob.name, fresh)

    @property
    def issuer(self) -> FakeIssuer:
        return FakeIssuer(issuer=self.url, audience="coach", client_id="terminal", scope="openid coach/invoke")

    def user_token(self, subject: str = "maya-sub", **changes: Any) -> str:
        """An access token of a user for the coach."""
        return self.issuer.token(sub=subject, **{"jti": str(uuid.uuid4()), **changes})

    def application_token(self, subject: str = "maya-sub", **changes: Any) -> str:
        """An access token of a user whom the consent application has signed in."""
        return self.user_token(subject, **{"aud": "token-vault", "client_id": "consent-return", **changes})

    def of_grant(self, grant: str) -> list[TokenRequestSeen]:
        return [request for request in self.seen if request.grant == grant]

    def app(self) -> ASGIApp:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/.well-known/jwks.json", self._jwks),
                Route("/pools/coach/oauth2/token", self._token, methods=["POST"]),
                Route("/pools/coach/oauth2/authorize", self._authorize),
                Route("/revoked.json", self._revoked_list),
                Route("/pools/coach/oauth2/revoke", self._revoke, methods=["POST"]),
            ]
        )

    async def _discovery(self, _: Request) -> Response:
        self.discoveries += 1
        endpoints = f"{self.url}/pools/coach/oauth2"
        document = {
            "issuer": self.discovery_issuer or self.url,
            "jwks_uri": f"{self.url}/.well-known/jwks.json",
            "token_endpoint": f"{endpoints}/token",
            "authorization_endpoint": f"{endpoints}/authorize",
            "authorization_response_iss_parameter_supported": True,
        }
        revocation = {} if self.revocation is None else {"revocation_endpoint": f"{endpoints}/revoke"}
        return JSONResponse(document | revocation | self.discovery_answer)

    async def _authorize(self, request: Request) -> Response:
        """Consent without a question: the person at the browser is `signed_in`."""
        asked = {name: request.query_params.getlist(name) for name in request.query_params}
        self.authorizations.append(asked)
        answer = {"state": asked["state"][0]}
        if self.answer_issuer is not None:
            answer["iss"] = self.answer_issuer or self.url
        if self.deny_authorize:
            answer["error"] = self.deny_authorize
        else:
            answer["code"] = f"code-{uuid.uuid4()}"
            self.codes[answer["code"]] = {"asked": asked, "account": self.signed_in}
        return RedirectResponse(f"{asked['redirect_uri'][0]}?{urlencode(answer)}", 303)

    async def _revoked_list(self, _: Request) -> Response:
        return JSONResponse({"revoked": self.ended_sign_ins})

    async def _revoke(self, request: Request) -> Response:
        form = await request.form()
        self.revoked.append({name: str(form[name]) for name in form})
        if self.revocation == 200:
            self.refresh_tokens.pop(str(form["token"]), None)
        return Response(status_code=self.revocation or 404)

    async def _jwks(self, _: Request) -> Response:
        return JSONResponse({"keys": [rsa_key(kid).as_dict(private=False) for kid in (ACCESS_KID, ID_KID)]})

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        seen = TokenRequestSeen(
            {name: [str(value) for value in form.getlist(name)] for name in form}, request.headers.get("authorization")
        )
        self.seen.append(seen)
        await asyncio.sleep(self.slow_s)
        if self.redirect_to:
            return RedirectResponse(self.redirect_to)
        if self.fail_next:
            status, document = self.fail_next.pop(0)
            return JSONResponse(document, status)
        consent = self._consent(seen)
        if consent is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(self._grant(seen, consent) | self.token_answer)

    def _consent(self, seen: TokenRequestSeen) -> dict[str, Any] | None:
        """What a code or refresh token stands for, each good once; without either, nothing is needed."""
        if seen.grant == "refresh_token":
            return self.refresh_tokens.pop(seen.one("refresh_token"), None)
        if seen.grant != "authorization_code":
            return {}
        consent = self.codes.pop(seen.one("code"), None)
        if consent is None:
            return None
        asked = consent["asked"]
        challenge = b64(hashlib.sha256(seen.one("code_verifier").encode()).digest())
        exact = (asked["code_challenge"], asked["code_challenge_method"], asked["redirect_uri"])
        return consent if exact == ([challenge], ["S256"], seen.form["redirect_uri"]) else None

    def _grant(self, seen: TokenRequestSeen, consent: dict[str, Any]) -> dict[str, Any]:
        asked = consent.get("asked", seen.form)
        scope = self.narrow_scopes if self.narrow_scopes is not None else " ".join(asked.get("scope", []))
        token = self.issuer.token(
            sub=consent.get("account", _subject(seen)),
            aud=asked.get("audience", [self.url])[0],
            scope=scope,
            exp=int(time.time()) + self.token_life_s,
            jti=str(uuid.uuid4()),
        )
        self.issued.append(token)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": self.token_life_s, "scope": scope}
        if consent and not self.no_refresh_token:
            refresh_token = answer["refresh_token"] = f"refresh-{uuid.uuid4()}"
            self.refresh_tokens[refresh_token] = consent
        return answer


class OsKeyringLocked(Exception):
    """What the fake keyring of an operating system raises."""


@dataclass
class FakeOsKeyring:
    """A backend of the package `keyring`.

    Knobs:
        locked: Every call raises.
        forgets: What is set is not there afterwards.
        priority: Real backends have more than 0.
    """

    locked: bool = False
    forgets: bool = False
    priority: float = 5
    entries: dict[tuple[str, str], str] = field(default_factory=dict)

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        if not self.forgets:
            self.entries[service, username] = password

    def _check(self) -> None:
        if self.locked:
            raise OsKeyringLocked("locked")


class SilentTrail:
    """An audit trail that keeps nothing."""

    def record(
        self, event: str, *, who: str, what: str, decision: str, fingerprint: str | None = None, **facts: Any
    ) -> None:
        pass


@dataclass
class VaultClock:
    """The vault's time: real, or ahead of it by some seconds."""

    ahead_s: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


@dataclass
class RunningVault:
    """A vault that answers at `url`."""

    url: str
    provider: FakeProvider
    settings: VaultSettings
    clock: VaultClock
    _clients: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def reset(self) -> None:
        """Forget what tests did, but for what the vault keeps in memory: discovery documents and failures."""
        self.provider.reset()
        self.clock.ahead_s = 0.0
        database = sqlite3.connect(self.settings.database_path, isolation_level=None)
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            # The root secret and the counts stay: the running vault holds what it made with them.
            spared = {"data_key": f"WHERE owner <> '{VAULT_OWNER}'", "watermark": "WHERE 0"}.get(table, "")
            database.execute(f"DELETE FROM {table} {spared}")  # noqa: S608  names from the schema
        database.close()
        self.provision()

    def client(self, principal: str = "coach", service: str = "bedrock-agentcore", **changes: Any) -> Any:
        """An unmodified boto3 client with a principal's key."""
        credentials = {
            "aws_access_key_id": access_key_id(principal),
            "aws_secret_access_key": f"secret-of-{principal}",
            "region_name": REGION,
            "endpoint_url": self.url,
            **changes,
        }
        known = (service, *credentials.values())
        if known not in self._clients:
            config = Config(retries={"total_max_attempts": 1}, proxies={}, max_pool_connections=32)
            session: Any = _session()  # its overloads want the service's name as a literal
            self._clients[known] = session.client(service, config=config, **credentials)
            self._clients[known].meta.events.register("before-sign.*", self._sign_at_its_time)
        return self._clients[known]

    def _sign_at_its_time(self, request: AWSRequest, **_: Any) -> None:
        """Botocore signs with the real time: what is sent at another time of the vault's clock is another request."""
        if self.clock.ahead_s:
            request.headers["X-Amz-Sent-Ahead"] = str(self.clock.ahead_s)

    def local(self, path: str, principal: str = "operator", **members: str) -> httpx.Response:
        """A signed call of an operation that AWS's model does not have."""
        body, headers = self.signed(path, principal, **members)
        return httpx.post(f"{self.url}{path}", content=body, headers=headers)

    def signed(self, path: str, principal: str = "operator", **members: str) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a call, to be sent as often as one likes."""
        body = json.dumps(members).encode()
        given = {"Host": urlsplit(self.url).netloc, "amz-sdk-invocation-id": str(uuid.uuid4())}
        request = AWSRequest("POST", f"{self.url}{path}", headers=given, data=body)
        credentials = Credentials(access_key_id(principal), f"secret-of-{principal}")
        SigV4Auth(credentials, "bedrock-agentcore", REGION).add_auth(request)
        return body, dict(request.headers.items())

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def control(self, principal: str = "operator") -> Any:
        return self.client(principal, "bedrock-agentcore-control")

    def provision(self) -> None:
        """The workloads coach and mcp-routes, each with its provider."""
        control = self.control()
        for workload in ("coach", "mcp-routes"):
            control.create_workload_identity(name=workload)
            control.create_oauth2_credential_provider(**provider_request(self.provider.url, f"{workload}-exchange"))

    def provision_federation(self) -> None:
        """Accounts elsewhere for the workload coach: a return URL and the provider coach-federation."""
        control = self.control()
        control.update_workload_identity(name="coach", allowedResourceOauth2ReturnUrls=[RETURN_URL])
        control.create_oauth2_credential_provider(**provider_request(self.provider.url, "coach-federation"))

    def workload_token(self, user_token: str, workload: str = "coach") -> str:
        """What the front gets for a user's token."""
        answer = self.client("front").get_workload_access_token_for_jwt(workloadName=workload, userToken=user_token)
        return str(answer["workloadAccessToken"])


def provider_request(issuer: str, name: str, **changes: Any) -> dict[str, Any]:
    """CreateOauth2CredentialProvider of an exchange provider; changes are to the custom configuration."""
    config = {
        "oauthDiscovery": {"discoveryUrl": f"{issuer}/.well-known/openid-configuration"},
        "clientId": name,
        "clientSecret": CANARY_CLIENT_SECRET,
        "onBehalfOfTokenExchangeConfig": {
            "grantType": "TOKEN_EXCHANGE",
            "tokenExchangeGrantTypeConfig": {"actorTokenContent": "M2M", "actorTokenScopes": ["activities/read"]},
        },
    }
    return {
        "name": name,
        "credentialProviderVendor": "CustomOauth2",
        "oauth2ProviderConfigInput": {"customOauth2ProviderConfig": config | changes},
    }


def access_key_id(principal: str) -> str:
    return "LOCAL" + principal.upper().replace("-", "_").ljust(16, "0")


def vault_keys(statements: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """A policy: each principal with its statements and a key of its own."""
    keys = [
        {
            "access_key_id": access_key_id(principal),
            "secret_access_key": f"secret-of-{principal}",
            "principal": principal,
            "statements": allowed,
        }
        for principal, allowed in statements.items()
    ]
    return {"keys": keys}


def vault_settings(url: str, folder: Path, issuer: str, **changes: Any) -> VaultSettings:
    inbound = {
        workload: {"issuer": issuer, "audiences": [workload], "clients": ["terminal", "coach-exchange"]}
        for workload in ("coach", "mcp-routes")
    }
    given: dict[str, Any] = {
        "database_path": folder / "vault.sqlite",
        "key_encryption_key_path": folder / "vault.kek",
        "base_urls": (url,),
        "region": REGION,
        "keys": vault_keys(KEYS),
        "inbound": inbound,
        "private_providers": {urlsplit(issuer).netloc},
        "completing": {"issuer": issuer, "audiences": ["token-vault"], "clients": ["consent-return"]},
    }
    return VaultSettings(**(given | changes))


@contextmanager
def running_vault(
    folder: Path, *, provisioned: bool = True, provider: FakeProvider | None = None, **changes: Any
) -> Iterator[RunningVault]:
    """A vault on a free port beside a fake provider.

    Args:
        folder: For database and keyring.
        provisioned: With the workloads and providers of `RunningVault.provision`.
        provider: One that was there before: it answers at its old address again.
        changes: To the vault's settings.
    """
    provider = provider or FakeProvider()
    provider_socket, vault_socket = free_socket(urlsplit(provider.url).port or 0), free_socket()
    provider.url = url_of(provider_socket)
    settings = vault_settings(url_of(vault_socket), folder, provider.url, **changes)
    clock = VaultClock()
    # One server for both: starting and stopping servers is most of the time such a test takes.
    both = ByPort({port_of(vault_socket): create_app(settings, clock=clock), port_of(provider_socket): provider.app()})
    with served(both, vault_socket, provider_socket) as url:
        vault = RunningVault(url, provider, settings, clock)
        if provisioned:
            vault.provision()
        yield vault
        vault.close()


@cache
def _session() -> boto3.Session:
    return boto3.Session()


def _subject(seen: TokenRequestSeen) -> str:
    """Whom the issued token is for: an exchange keeps the subject."""
    return str(claims_of(seen.one("subject_token"))["sub"]) if seen.grant == EXCHANGE else "client"

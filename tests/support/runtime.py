"""A fake authorization server and runtime front for the terminal, with named failure knobs.

`FakeFront.answer` is a plain function from request to response: unit tests put it behind `httpx.MockTransport`,
`serving` behind a real socket. It checks what the terminal sends as strictly as the real parts do (PKCE, the key
file's assertion, rotation), so that a test that passes here says something.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

ANSWER: tuple[dict[str, Any], ...] = (
    {"type": "session", "id": "s-1", "athlete": "maya", "model": "offline"},
    {"type": "text", "text": "12 runs."},
    {"type": "done", "answer": "12 runs.", "stop_reason": "end_turn", "ms": 5, "usage": None},
)


CONSENT_CLIENTS = frozenset({"consent-return", "coach-federation"})


def pin_pool_keys(home: Path, pool: str = "coach") -> None:
    """Writes the signing keys of a fake's pool where the stack keeps them."""
    path = home / "keys" / f"{pool}.jwks"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(KeySet([_signing_key()]).as_dict(private=True)), encoding="utf-8")


def make_operator(home: Path) -> None:
    """Writes what an operator's commands read."""
    for name, document in {
        "stack.json": {"operator_secret": "operator-secret"},
        "vault-keys.json": {"operator": {"access_key_id": "LOCALOPERATOR0000001", "secret_access_key": "secret"}},
    }.items():
        path = home / "keys" / name
        path.touch(mode=0o600)
        path.write_text(json.dumps(document), encoding="utf-8")


def make_athlete_key(home: Path, athlete: str) -> ECKey:
    """Writes the private key file as the stack does, and returns the key."""
    key = ECKey.generate_key("P-256")
    folder = home / "keys" / "athletes"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for private in (home, home / "keys", folder):
        private.chmod(0o700)
    path = folder / f"{athlete}.pem"
    path.touch(mode=0o600)
    path.write_bytes(key.as_pem(private=True))
    pin_pool_keys(home)
    return key


@dataclass
class FakeFront:
    """State, knobs and what has been seen.

    Knobs: `metadata` overrides discovery fields; `redirect` overrides parameters of the redirect (None removes
    one); `signing_key` is of somebody who took the port, `proof_key` of one who copied the
    published keys; `proof_claims` overrides claims of the proof; `id_token_claims` overrides ID token claims;
    `device_answers` are the errors of the next polls; `audit` is the vault's verdict; `fail_next_refresh`;
    `refuse_tokens` answers that many invocations with 401; `invocation_status`; `resource` is what the protected
    resource calls itself.
    """

    base: str = "http://127.0.0.1:8700"
    pool: str = "coach"
    athlete_keys: dict[str, ECKey] = field(default_factory=dict)
    answers: list[tuple[dict[str, Any], ...]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    redirect: dict[str, str | None] = field(default_factory=dict)
    id_token_claims: dict[str, Any] = field(default_factory=dict)
    fail_next_refresh: bool = False
    proof_key: RSAKey | None = None
    proof_claims: dict[str, Any] = field(default_factory=dict)
    signing_key: RSAKey | None = None
    refuse_tokens: int = 0
    invocation_status: int = 200
    resource: str | None = None
    access_token_life_s: int = 900
    invocations: list[dict[str, Any]] = field(default_factory=list)
    grants: list[dict[str, str]] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    assertions: list[dict[str, Any]] = field(default_factory=list)
    device_answers: list[str] = field(default_factory=list)
    device_requests: list[dict[str, str]] = field(default_factory=list)
    administered: list[tuple[str, str, Any]] = field(default_factory=list)
    audit: dict[str, Any] = field(default_factory=lambda: {"entries": 7, "ok": True})

    def __post_init__(self) -> None:
        self._signing_key = self.signing_key or _signing_key()
        self._codes: dict[str, dict[str, str]] = {}
        self._refresh_tokens: dict[str, dict[str, str]] = {}
        self._nonces: set[str] = set()

    @property
    def issuer(self) -> str:
        return f"{self.base}/{self.pool}"

    @property
    def agent_url(self) -> str:
        return f"{self.base}/runtimes/coach/invocations"

    def endpoints(self, **more: Any) -> dict[str, Any]:
        """The endpoints line of a stack whose every part is this fake."""
        mcp = {"activities": f"{self.base}/runtimes/mcp_activities/invocations"}
        parts = {"agent": self.agent_url, "issuer": self.issuer, "vault": self.base, "vault_control": self.base}
        return {**parts, "mcp": mcp, "apis": {}, "pids": {}, "region": "us-east-1", **more}

    def client(self) -> httpx.Client:
        """A client whose every request this fake answers."""
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The response to one request."""
        routes: dict[str, Callable[[httpx.Request], httpx.Response]] = {
            f"/{self.pool}/.well-known/openid-configuration": self._discovery,
            f"/{self.pool}/.well-known/jwks.json": lambda _: httpx.Response(
                200, json=KeySet([self._signing_key]).as_dict(private=False)
            ),
            f"/pools/{self.pool}/nonce": self._nonce,
            f"/pools/{self.pool}/authorize": self._authorize,
            f"/pools/{self.pool}/token": self._token,
            f"/pools/{self.pool}/revoke": self._revoke,
            f"/pools/{self.pool}/device": self._device,
            "/runtimes/coach/invocations": self._invoke,
            "/runtimes/mcp_activities/invocations": self._challenge,
            "/metadata": self._resource_metadata,
        }
        if request.url.path.startswith((f"/pools/{self.pool}/admin/", "/local/")):
            return self._administer(request)
        route = routes.get(request.url.path)
        return route(request) if route else httpx.Response(404)

    def code_for(self, parameters: Mapping[str, str], username: str) -> str:
        """A code as the login page would issue it."""
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**parameters, "username": username}
        return code

    def redirect_for(self, parameters: Mapping[str, str], username: str) -> str:
        """The redirect of a successful sign-in."""
        answer: dict[str, str | None] = {
            "code": self.code_for(parameters, username),
            "state": parameters["state"],
            "iss": self.issuer,
            **self.redirect,
        }
        return f"{parameters['redirect_uri']}?{urlencode({n: v for n, v in answer.items() if v is not None})}"

    def _discovery(self, _: httpx.Request) -> httpx.Response:
        pool = f"{self.base}/pools/{self.pool}"
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{pool}/authorize",
            "token_endpoint": f"{pool}/token",
            "revocation_endpoint": f"{pool}/revoke",
            "jwks_uri": f"{self.issuer}/.well-known/jwks.json",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "local_sign_in_nonce_endpoint": f"{pool}/nonce",
            "device_authorization_endpoint": f"{pool}/device",
        }
        return httpx.Response(200, json={**document, **self.metadata})

    def _nonce(self, request: httpx.Request) -> httpx.Response:
        nonce = secrets.token_urlsafe(8)
        self._nonces.add(nonce)
        challenge = _form(request).get("challenge")
        if challenge is None:
            return httpx.Response(200, json={"nonce": nonce})
        header = {"alg": "RS256", "typ": "issuer-proof+jwt", "kid": "id-1"}
        claims = {"iss": self.issuer, "challenge": challenge, **self.proof_claims}
        return httpx.Response(200, json={"proof": jwt.encode(header, claims, self.proof_key or self._signing_key)})

    def _authorize(self, request: httpx.Request) -> httpx.Response:
        parameters = _form(request)
        assertion = parameters.pop("local_assertion")
        athlete = json.loads(_unpadded(assertion.split(".")[0]))["kid"]
        try:
            token = jwt.decode(assertion, self.athlete_keys[athlete], algorithms=["ES256"])
        except JoseError:
            return httpx.Response(400, json={"error": "access_denied"})
        hashed = hashlib.sha256(urlencode(sorted(parameters.items())).encode()).digest()
        expected = {"typ": "local-sign-in+jwt", "kid": athlete, "alg": "ES256"}
        claims = token.claims
        good = (
            token.header == expected
            and claims["iss"] == claims["sub"] == athlete
            and claims["aud"] == f"{self.base}/pools/{self.pool}/authorize"
            and (claims.get("user_presence") == "typed") >= (parameters["client_id"] in CONSENT_CLIENTS)
            and claims["exp"] - claims["iat"] <= 60
            and claims["request_hash"] == base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
            and claims["nonce"] in self._nonces
        )
        self._nonces.discard(claims["nonce"])
        self.assertions.append(dict(claims))
        if not good:
            return httpx.Response(400, json={"error": "access_denied"})
        return httpx.Response(303, headers={"location": self.redirect_for(parameters, athlete)})

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = _form(request)
        self.grants.append(form)
        if form["grant_type"].endswith("device_code"):
            return self._device_answer(form)
        if form["grant_type"] == "refresh_token":
            grant = self._refresh_tokens.pop(form["refresh_token"], None)
            failed, self.fail_next_refresh = self.fail_next_refresh, False
            if grant is None or failed:
                return httpx.Response(400, json={"error": "invalid_grant"})
            return self._issued(grant, with_id_token=False)
        grant = self._codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        if grant is None or grant["code_challenge"] != challenge.rstrip(b"=").decode():
            return httpx.Response(400, json={"error": "invalid_grant"})
        return self._issued(grant, with_id_token=True)

    def _issued(self, grant: dict[str, str], *, with_id_token: bool) -> httpx.Response:
        refresh_token = secrets.token_urlsafe(8)
        self._refresh_tokens[refresh_token] = grant
        claims = {"iss": self.issuer, "sub": grant["username"], "aud": grant["audience"], "scope": grant["scope"]}
        document = {
            "access_token": jwt.encode({"alg": "RS256", "kid": "id-1"}, claims, self._signing_key),
            "token_type": "Bearer",
            "expires_in": self.access_token_life_s,
            "refresh_token": refresh_token,
        }
        if with_id_token:
            document["id_token"] = self._id_token(grant)
        return httpx.Response(200, json=document)

    def _id_token(self, grant: dict[str, str]) -> str:
        claims = {
            "iss": self.issuer,
            "sub": "sub-" + grant["username"],
            "aud": grant["client_id"],
            **({"nonce": grant["nonce"]} if "nonce" in grant else {}),
            "exp": int(time.time()) + 300,
            "cognito:username": grant["username"],
            **self.id_token_claims,
        }
        return jwt.encode({"alg": "RS256", "kid": "id-1"}, claims, self._signing_key)

    def _device(self, request: httpx.Request) -> httpx.Response:
        self.device_requests.append(_form(request))
        body = {"device_code": "device-code-1", "user_code": "WDJB-MJHT", "expires_in": 600, "interval": 5}
        return httpx.Response(200, json={**body, "verification_uri": f"{self.base}/pools/{self.pool}/device-page"})

    def _device_answer(self, form: Mapping[str, str]) -> httpx.Response:
        assert form["device_code"] == "device-code-1"
        if self.device_answers:
            return httpx.Response(400, json={"error": self.device_answers.pop(0)})
        asked = self.device_requests[-1]
        return self._issued({**asked, "username": "jonas"}, with_id_token=True)

    def _administer(self, request: httpx.Request) -> httpx.Response:
        """What an operator may do; the vault's local operations too, whose signature a contract test checks."""
        known = request.headers.get("authorization", "")
        if known != "Bearer operator-secret" and not known.startswith("AWS4-HMAC-SHA256 Credential="):
            return httpx.Response(401, json={"error": "invalid_token"})
        body: Any = json.loads(request.content) if request.content else None
        self.administered.append((request.method, request.url.path, body))
        if request.url.path.endswith("/clients") and request.method == "POST":
            return httpx.Response(201, json={"client_id": "c-1", "client_secret": "s-1", **body})
        if request.url.path.endswith("/clients"):
            client = {"client_id": "c-1", "name": "Watch", "grants": ["client_credentials"], "origin": "operator"}
            return httpx.Response(200, json={"clients": [client]})
        answers = {"/local/keys/rotate": {"activeVersion": 2}, "/local/audit/verify": self.audit}
        if request.method == "DELETE" and request.url.path.endswith("/nobody"):
            return httpx.Response(404, json={"error": "not_found", "error_description": "there is no such client"})
        return httpx.Response(200, json=answers.get(request.url.path, {}))

    def _revoke(self, request: httpx.Request) -> httpx.Response:
        self.revoked.append(_form(request)["token"])
        return httpx.Response(200)

    def _invoke(self, request: httpx.Request) -> httpx.Response:
        self.invocations.append({"headers": dict(request.headers), "payload": json.loads(request.content)})
        if self.refuse_tokens:
            self.refuse_tokens -= 1
            return httpx.Response(401)
        if self.invocation_status != httpx.codes.OK:
            return httpx.Response(self.invocation_status)
        events = self.answers.pop(0) if self.answers else ANSWER
        stream = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=stream.encode())

    def _challenge(self, _: httpx.Request) -> httpx.Response:
        challenge = f'Bearer scope="activities/write", resource_metadata="{self.base}/metadata"'
        return httpx.Response(401, headers={"www-authenticate": challenge})

    def _resource_metadata(self, _: httpx.Request) -> httpx.Response:
        resource = self.resource or f"{self.base}/runtimes/mcp_activities/invocations"
        return httpx.Response(200, json={"resource": resource, "authorization_servers": [self.issuer]})


@contextmanager
def serving(front: FakeFront) -> Iterator[FakeFront]:
    """Serves the fake on a free loopback port and sets its `base`."""

    class Page(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            request = httpx.Request(self.command, front.base + self.path, headers=dict(self.headers), content=body)
            response = front.answer(request)
            self.send_response(response.status_code)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.content)

        do_GET = do_POST = do_DELETE = _respond  # noqa: N815 -- names of the standard library

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as above
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.daemon_threads = True
    front.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@cache
def _signing_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "id-1"})  # slow to make; every fake may have the same one


def _form(request: httpx.Request) -> dict[str, str]:
    return dict(parse_qsl(request.content.decode(), keep_blank_values=True, strict_parsing=True))


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

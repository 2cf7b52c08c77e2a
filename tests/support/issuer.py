"""An issuer for tests: two RSA keys, any token one can imagine, and counters of who asked for what."""

import base64
import json
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from joserfc import jws
from joserfc.jwk import RSAKey

from identity.signing_keys import JwksCache
from identity.tokens import Trust, Verifier

ISSUER = "http://issuer.test/coach"
ACCESS_KID = "access-1"
ID_KID = "id-1"


@cache
def rsa_key(kid: str) -> RSAKey:
    """One RSA key per name, made once per process: generation is slow."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class FakeIssuer:
    """Signs tokens and answers for its documents.

    Knobs:
        down: Every document fails as if the host were unreachable.
        requests: URLs that were read, in order.
    """

    issuer: str = ISSUER
    audience: str = "mcp-activities"
    client_id: str = "coach-exchange"
    scope: str = "activities/read"
    subject: str = "athlete-sub-1"
    access_key: RSAKey = field(default_factory=lambda: rsa_key(ACCESS_KID))
    id_key: RSAKey = field(default_factory=lambda: rsa_key(ID_KID))
    down: bool = False
    requests: list[str] = field(default_factory=list)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims of a good access token; a change to None removes a claim."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": self.audience,
            "client_id": self.client_id,
            "token_use": "access",
            "scope": self.scope,
            "iat": now,
            "auth_time": now,
            "exp": now + 600,
            "jti": "jti-0123456789",
            "version": 2,
            "username": "maya",
        }
        claims.update(changes)
        return {name: value for name, value in claims.items() if value is not None}

    def header(self, **changes: Any) -> dict[str, Any]:
        header: dict[str, Any] = {"alg": "RS256", "typ": "at+jwt", "kid": self.access_key.kid}
        header.update(changes)
        return {name: value for name, value in header.items() if value is not None}

    def token(self, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token signed with the access key, perfect but for the named changes."""
        return self.sign(self.header(**(header or {})), json.dumps(self.claims(**claims)).encode())

    def sign(self, header: dict[str, Any], payload: bytes, key: RSAKey | None = None) -> str:
        """A compact JWS over any bytes; the header is taken as it is, however wrong."""
        signing_input = f"{b64(json.dumps(header).encode())}.{b64(payload)}"
        return f"{signing_input}.{rs256_signature(signing_input, key or self.access_key)}"

    def fetch(self, url: str) -> dict[str, Any]:
        """Stands in for `identity.signing_keys.fetch_json`."""
        self.requests.append(url)
        if self.down:
            raise ConnectionRefused(url)
        if url == f"{self.issuer}/.well-known/openid-configuration":
            return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/.well-known/jwks.json"}
        if url == f"{self.issuer}/.well-known/jwks.json":
            keys = [self.access_key, self.id_key]
            return {"keys": [key.as_dict(private=False) for key in keys]}
        raise AssertionError(f"nobody may ask for {url}")

    def jwks(self, **options: Any) -> JwksCache:
        return JwksCache(self.issuer, fetch=self.fetch, **options)

    def trust(self, **changes: Any) -> Trust:
        values: dict[str, Any] = {
            "issuer": self.issuer,
            "audiences": frozenset({self.audience}),
            "clients": frozenset({self.client_id}),
        }
        return Trust(**{**values, **changes})

    def verifier(self, **trust: Any) -> Verifier:
        return Verifier(self.trust(**trust), self.jwks())


def rs256_signature(signing_input: str, key: RSAKey) -> str:
    signed = jws.JWSRegistry(algorithms=["RS256"]).get_alg("RS256").sign(signing_input.encode(), key)
    return b64(signed)


class ConnectionRefused(httpx.ConnectError):
    def __init__(self, url: str) -> None:
        super().__init__(f"refused: {url}")

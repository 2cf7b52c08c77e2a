"""A Cognito user pool as its documentation describes it. NO RECORDING OF A REAL POOL EXISTS.

Everything here is generated. What is imitated: the issuer's path, endpoints on another host, no RFC 8414 document, no
word about PKCE, one key for access tokens and another for ID tokens, headers without `typ`, access tokens without `aud`
unless a resource was asked for, client-credentials tokens without person and audience. If a real pool answers
otherwise, this file is wrong.
"""

import json
from dataclasses import dataclass
from typing import Any

from tests.support.issuer import FakeIssuer

POOL = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE01"
DOMAIN = "https://coach-example.auth.eu-central-1.amazoncognito.com"


@dataclass
class CognitoPool(FakeIssuer):
    """An issuer whose documents and tokens have the documented shape."""

    issuer: str = POOL

    def discovery(self) -> dict[str, Any]:
        """The discovery document."""
        return {
            "authorization_endpoint": f"{DOMAIN}/oauth2/authorize",
            "end_session_endpoint": f"{DOMAIN}/logout",
            "id_token_signing_alg_values_supported": ["RS256"],
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/.well-known/jwks.json",
            "response_types_supported": ["code", "token"],
            "revocation_endpoint": f"{DOMAIN}/oauth2/revoke",
            "scopes_supported": ["openid", "email", "phone", "profile"],
            "subject_types_supported": ["public"],
            "token_endpoint": f"{DOMAIN}/oauth2/token",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "userinfo_endpoint": f"{DOMAIN}/oauth2/userInfo",
        }

    def fetch(self, url: str) -> dict[str, Any]:
        if url == f"{self.issuer}/.well-known/openid-configuration" and not self.down:
            self.requests.append(url)
            return self.discovery()
        return super().fetch(url)

    def header(self, **changes: Any) -> dict[str, Any]:
        return super().header(**{"typ": None, **changes})

    def access_token(self, *, resource: str | None, **claims: Any) -> str:
        """A person's access token; `aud` only for a resource that was asked for."""
        extra = {"event_id": "00000000-0000-4000-8000-000000000000", "origin_jti": "origin-1"}
        return self.token(**{**extra, "cognito:groups": ["athletes"], "aud": resource, **claims})

    def client_token(self, **claims: Any) -> str:
        """An access token of a client for itself."""
        return self.token(**{"sub": self.client_id, "username": None, "aud": None, **claims})

    def id_token(self, **claims: Any) -> str:
        """An ID token, signed by the pool's other key."""
        body = self.claims(
            token_use="id",
            aud=self.client_id,
            client_id=None,
            scope=None,
            username=None,
            **{"cognito:username": "maya", **claims},
        )
        return self.sign({"alg": "RS256", "kid": self.id_key.kid}, json.dumps(body).encode(), self.id_key)

"""The authorization server as its own discovery document describes it, checked before anything is sent to it."""

import re
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from agent.terminal.errors import SignInRefused, StackGone

HTTP_LIMIT_S = 10.0
_COGNITO = re.compile(r"https://cognito-idp\.[a-z0-9-]+\.amazonaws\.com/[A-Za-z0-9_-]+")


class AuthorizationServer(BaseModel):
    """Metadata that the terminal uses (OpenID Connect Discovery 1.0 §3, RFC 8414 §2)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    revocation_endpoint: str | None = None
    code_challenge_methods_supported: list[str] = []
    authorization_response_iss_parameter_supported: bool = False
    device_authorization_endpoint: str | None = None
    local_sign_in_nonce_endpoint: str | None = None


def http_client() -> httpx.Client:
    """A client for this computer's stack: no proxies from the environment, no redirects followed."""
    return httpx.Client(timeout=HTTP_LIMIT_S, trust_env=False, follow_redirects=False)


def discover(http: httpx.Client, issuer: str) -> AuthorizationServer:
    """Fetches and checks the metadata of an issuer.

    Raises:
        SignInRefused: It cannot be had, speaks for another issuer, or offers no PKCE with S256.
    """
    try:
        server = AuthorizationServer.model_validate(fetch_json(http, f"{issuer}/.well-known/openid-configuration"))
    except ValidationError as error:
        raise SignInRefused(f"the discovery document of {issuer} is incomplete") from error
    if server.issuer != issuer:  # RFC 8414 §3.3: identical, character by character
        raise SignInRefused(f"the discovery document of {issuer} speaks for another issuer")
    # Cognito's documents do not speak of PKCE, though its S256 works (M08): no other issuer is believed without a word.
    if "S256" not in server.code_challenge_methods_supported and not _COGNITO.fullmatch(issuer):  # RFC 7636 §4.2
        raise SignInRefused(f"{issuer} does not offer PKCE with S256")
    return server


def fetch_json(http: httpx.Client, url: str) -> Any:
    """The JSON document at a URL.

    Raises:
        SignInRefused: It cannot be had.
    """
    try:
        response = http.get(url)
        response.raise_for_status()
        return response.json()
    except httpx.ConnectError as error:
        raise StackGone(f"{url} does not answer") from error
    except (httpx.HTTPError, ValueError) as error:
        raise SignInRefused(f"cannot read {url}") from error

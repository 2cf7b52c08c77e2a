"""A person's token for the coach: authorization code with PKCE in the person's browser (RFC 7636, RFC 8252)."""

import secrets
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client

from deploy.errors import SignInFailed
from deploy.smoke.places import Places

AUDIENCE: Final = "coach"
SCOPES: Final = "openid coach/invoke activities/read routes/read support/read"
#: Cognito knows redirect URIs with their port; these are registered.
PORTS: Final = (8765, 8766, 8767)
LONGEST_WAIT_S: Final = 300.0


def sign_in(places: Places, show: Callable[[str], object]) -> str:
    """The access token of whoever signs in.

    Args:
        places: Where the issuer is.
        show: Is given the URL for the browser.

    Raises:
        SignInFailed: Nobody signed in, or the issuer refused.
    """
    with _listening() as landing, _client(places, landing.redirect_uri) as client:
        server = _metadata(places.issuer)
        verifier = secrets.token_urlsafe(48)
        url, state = client.create_authorization_url(
            server["authorization_endpoint"], code_verifier=verifier, audience=AUDIENCE
        )
        show(url)
        answer = landing.wait()
        try:
            token = client.fetch_token(
                server["token_endpoint"], authorization_response=answer, code_verifier=verifier, state=state
            )
        except (AuthlibBaseError, httpx.HTTPError) as error:
            raise SignInFailed(f"the sign-in was refused ({type(error).__name__})") from error
    return str(token["access_token"])


def _client(places: Places, redirect_uri: str) -> OAuth2Client:
    return OAuth2Client(
        places.client_id,
        redirect_uri=redirect_uri,
        scope=SCOPES,
        code_challenge_method="S256",
        token_endpoint_auth_method="none",  # noqa: S106 -- a public client has no secret
        trust_env=False,
    )


def _metadata(issuer: str) -> dict[str, Any]:
    try:
        answer = httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=10, trust_env=False)
        document: dict[str, Any] = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise SignInFailed(f"{issuer} does not say how to sign in ({type(error).__name__})") from error
    if document.get("issuer") != issuer:  # OpenID Connect Discovery 1.0 section 4.3
        raise SignInFailed(f"{issuer} calls itself otherwise")
    return document


class _Landing(HTTPServer):
    """Where the browser comes back to, once."""

    opened: str | None = None
    timeout = LONGEST_WAIT_S

    @property
    def redirect_uri(self) -> str:
        return f"http://localhost:{self.server_port}/callback"

    def wait(self) -> str:
        """The URL that the browser opened."""
        while self.opened is None:
            self.handle_request()
        return f"http://localhost:{self.server_port}{self.opened}"

    def handle_timeout(self) -> None:
        raise SignInFailed("nobody signed in within five minutes")


class _Page(BaseHTTPRequestHandler):
    server: _Landing

    def do_GET(self) -> None:
        landed = urlsplit(self.path).path == "/callback"
        if landed:
            self.server.opened = self.path
        self.send_response(200 if landed else 404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"You may close this window.\n" if landed else b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- as above
        """Nothing: the path holds a code."""


def _listening() -> _Landing:
    for port in PORTS:
        try:
            return _Landing(("127.0.0.1", port), _Page)
        except OSError:
            continue
    raise SignInFailed(f"the ports {', '.join(map(str, PORTS))} are taken")

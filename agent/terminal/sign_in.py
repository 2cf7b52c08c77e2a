"""The authorization code grant with PKCE, as a public client (RFC 6749 §4.1, RFC 7636, RFC 8252).

    begin()   ── parameters with state, nonce, code_challenge
    key_file_sign_in() | browser.browser_sign_in()  ── gets the redirect
    redeem()  ── checks state and iss, sends code and verifier, checks the ID token

Every token has one audience, so there is one such grant per audience.
"""

import hmac
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from joserfc.jwt import ClaimsOption

from agent.terminal.discovery import AuthorizationServer, fetch_json
from agent.terminal.errors import NotSignedIn, SignInRefused, StackGone
from identity.base64url import sha256_base64url

REDIRECT_PORTS = (8765, 8766, 8767)
Parameters = Sequence[tuple[str, str]]  # of an authorization request; `resource` may occur more than once
ASSERTION_LIFE_S = 60
CLOCK_LEEWAY_S = 60


@dataclass(frozen=True)
class TokenSet:
    """What the token endpoint returned.

    Attributes:
        expires_at: When the access token ends, Unix time in seconds.
        username: Who signed in, from the checked ID token; None after a refresh.
    """

    access_token: str = field(repr=False)
    expires_at: float
    refresh_token: str | None = field(repr=False, default=None)
    username: str | None = None


@dataclass(frozen=True)
class AuthorizationRequest:
    """One authorization request and the secrets that tie its answer to it."""

    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    verifier: str = field(repr=False)
    parameters: Mapping[str, str] = field(repr=False)


def begin(
    client_id: str, audience: str, scopes: tuple[str, ...], *, port: int = REDIRECT_PORTS[0]
) -> AuthorizationRequest:
    """Makes the parameters of an authorization request for one audience."""
    verifier = secrets.token_urlsafe(48)
    state, nonce = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    redirect_uri = f"http://localhost:{port}/callback"
    parameters = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(("openid", *scopes)),
        "audience": audience,
        "state": state,
        "nonce": nonce,
        "code_challenge": sha256_base64url(verifier),
        "code_challenge_method": "S256",
    }
    return AuthorizationRequest(client_id, redirect_uri, state, nonce, verifier, parameters)


def key_file_sign_in(
    http: httpx.Client, server: AuthorizationServer, request: AuthorizationRequest, athlete: str, key_pem: bytes
) -> str:
    """Signs in for a request of the terminal's own; otherwise as `answer_with_key`."""
    return answer_with_key(http, server, tuple(request.parameters.items()), athlete, key_pem)


def answer_with_key(
    http: httpx.Client,
    server: AuthorizationServer,
    parameters: Parameters,
    athlete: str,
    key_pem: bytes,
    *,
    typed: bool = False,
) -> str:
    """Signs in without a browser: proves the athlete with a private key file of this computer.

    Args:
        http: HTTP client.
        server: Checked metadata of the authorization server.
        parameters: The whole authorization request.
        athlete: Who signs in.
        key_pem: The athlete's private key.
        typed: A person typed the consent to exactly this request on a terminal; never said for a program.

    Returns:
        The URL that the authorization server redirects to, still unchecked.

    Raises:
        SignInRefused: The server has no such sign-in, or refused it.
    """
    if server.local_sign_in_nonce_endpoint is None:
        raise SignInRefused(f"{server.issuer} needs coach login --browser")
    answer = post_form(http, server.local_sign_in_nonce_endpoint, {"client_id": dict(parameters).get("client_id", "")})
    try:
        nonce = str(answer.json()["nonce"])
    except (ValueError, KeyError, TypeError) as error:
        raise SignInRefused(f"{server.issuer} did not begin the sign-in") from error
    assertion = _local_assertion(server, parameters, athlete, key_pem, nonce, typed=typed)
    answer = post_form(http, server.authorization_endpoint, [*parameters, ("local_assertion", assertion)])
    if answer.status_code not in {302, 303} or "location" not in answer.headers:
        raise SignInRefused(
            f"{server.issuer} did not accept the key of {athlete}; if the account was deleted, ask as another athlete"
        )
    return answer.headers["location"]


def _local_assertion(
    server: AuthorizationServer, parameters: Parameters, athlete: str, key_pem: bytes, nonce: str, *, typed: bool
) -> str:
    now = int(time.time())
    claims = {
        "iss": athlete,
        "sub": athlete,
        "aud": server.authorization_endpoint,
        "iat": now,
        "exp": now + ASSERTION_LIFE_S,
        "jti": secrets.token_urlsafe(16),
        "nonce": nonce,
        # Binds the proof to this very request: it cannot be moved to another client, scope or challenge.
        "request_hash": sha256_base64url(urlencode(sorted(parameters))),
        **({"user_presence": "typed"} if typed else {}),
    }
    header = {"alg": "ES256", "typ": "local-sign-in+jwt", "kid": athlete}
    return jwt.encode(header, claims, ECKey.import_key(key_pem), algorithms=["ES256"])


def redeem(http: httpx.Client, server: AuthorizationServer, request: AuthorizationRequest, redirect: str) -> TokenSet:
    """Checks the redirect and exchanges its code.

    Raises:
        SignInRefused: State, issuer, code or ID token are not those of this request.
    """
    code = authorization_code(server, request, redirect)
    form = {
        "grant_type": "authorization_code",
        "client_id": request.client_id,
        "code": code,
        "redirect_uri": request.redirect_uri,
        "code_verifier": request.verifier,
    }
    document = token_response(post_form(http, server.token_endpoint, form))
    return token_set(
        document, username=checked_username(http, server, request.client_id, document.get("id_token"), request.nonce)
    )


def authorization_code(server: AuthorizationServer, request: AuthorizationRequest, redirect: str) -> str:
    """The code of a redirect that answers this request.

    Raises:
        SignInRefused: It answers another request, comes from another issuer, or says no.
    """
    if redirect.partition("?")[0] != request.redirect_uri:
        raise SignInRefused("the sign-in came back to an address that was not asked for")
    answer = {name: values[0] for name, values in parse_qs(urlsplit(redirect).query).items() if len(values) == 1}
    if not hmac.compare_digest(answer.get("state", "").encode(), request.state.encode()):  # RFC 6749 §10.12
        raise SignInRefused("the sign-in came back with a state that was not asked for")
    expected = server.authorization_response_iss_parameter_supported or "iss" in answer
    if expected and answer.get("iss") != server.issuer:  # RFC 9207 §2.4
        raise SignInRefused("the sign-in came back from another issuer")
    if "code" not in answer:
        raise SignInRefused(f"the sign-in was refused: {_code_word(answer.get('error'))}")
    return answer["code"]


def refresh(http: httpx.Client, server: AuthorizationServer, client_id: str, refresh_token: str) -> TokenSet:
    """Rotates a refresh token (RFC 9700 §4.14.2).

    Raises:
        NotSignedIn: The authorization server no longer accepts it.
        SignInRefused: The request failed otherwise.
    """
    form = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": refresh_token}
    answer = post_form(http, server.token_endpoint, form)
    if answer.status_code in {400, 401}:
        raise NotSignedIn("the session has ended; sign in with: coach login")
    tokens = token_set(token_response(answer), username=None)
    # RFC 6749 §6: without a new refresh token the old one goes on.
    return tokens if tokens.refresh_token else TokenSet(tokens.access_token, tokens.expires_at, refresh_token)


def revoke(http: httpx.Client, server: AuthorizationServer, client_id: str, refresh_token: str) -> None:
    """Ends a refresh token and its access tokens at the authorization server (RFC 7009)."""
    if server.revocation_endpoint is not None:
        form = {"client_id": client_id, "token": refresh_token, "token_type_hint": "refresh_token"}
        post_form(http, server.revocation_endpoint, form)


def checked_username(
    http: httpx.Client, server: AuthorizationServer, client_id: str, id_token: str | None, nonce: str | None
) -> str:
    """Who signed in. OpenID Connect Core §3.1.3.7: signature, iss, aud, times, and the nonce if one was sent.

    Raises:
        SignInRefused: The ID token is missing, or not for this request.
    """
    if id_token is None:
        raise SignInRefused("the sign-in brought no ID token")
    try:
        keys = KeySet.import_key_set(fetch_json(http, server.jwks_uri))
        claims = jwt.decode(id_token, keys, algorithms=["RS256"]).claims
        expected: dict[str, ClaimsOption] = {
            "iss": {"essential": True, "value": server.issuer},
            "aud": {"essential": True, "value": client_id},
            "exp": {"essential": True},
        }
        if nonce is not None:
            expected["nonce"] = {"essential": True, "value": nonce}
        jwt.JWTClaimsRegistry(leeway=CLOCK_LEEWAY_S, **expected).validate(claims)  # type: ignore[arg-type]  # claims, not `now`
    except (JoseError, ValueError) as error:
        raise SignInRefused("the ID token of the sign-in is not for this request") from error
    return str(claims.get("cognito:username") or claims.get("username") or claims["sub"])


def token_response(answer: httpx.Response) -> dict[str, Any]:
    """The document of a successful token response.

    Raises:
        SignInRefused: It is none.
    """
    try:
        document = answer.json()
    except ValueError as error:
        raise SignInRefused("the token endpoint did not answer in JSON") from error
    if not isinstance(document, dict) or answer.status_code != httpx.codes.OK:
        word = document.get("error") if isinstance(document, dict) else None
        raise SignInRefused(f"the token endpoint refused: {_code_word(word)}")
    return document


def token_set(document: dict[str, Any], *, username: str | None) -> TokenSet:
    """The tokens of a token response (RFC 6749 §5.1)."""
    if str(document.get("token_type", "")).lower() != "bearer" or not isinstance(document.get("access_token"), str):
        raise SignInRefused("the token endpoint answered without a bearer token")
    expires_at = time.time() + float(document.get("expires_in", 0))
    return TokenSet(document["access_token"], expires_at, document.get("refresh_token"), username)


def post_form(http: httpx.Client, url: str, form: Mapping[str, str] | Sequence[tuple[str, str]]) -> httpx.Response:
    """Sends a form.

    Raises:
        StackGone: Nobody listens.
        SignInRefused: The connection failed otherwise.
    """
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        return http.post(url, content=urlencode(form), headers=headers)
    except httpx.ConnectError as error:
        raise StackGone(f"{urlsplit(url).netloc} does not answer") from error
    except httpx.HTTPError as error:
        raise SignInRefused(f"{urlsplit(url).netloc} does not answer") from error


def _code_word(value: object) -> str:
    """An OAuth error code, which is a word of RFC 6749 §4.1.2.1; anything else is not repeated."""
    return value if isinstance(value, str) and value.replace("_", "").isalpha() else "no reason given"

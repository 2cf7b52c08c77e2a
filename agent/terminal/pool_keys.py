"""Whether the authorization server that answers is this home's own.

Its signing keys lie in COACH_HOME/keys since the first start, and a rotation writes there too. What answers has to
publish only these, and to sign a fresh challenge with one of them: a program that took the port has copied the public
ones at best. Before that nothing is signed for it, and no secret or refresh token is sent (I06).
"""

import json
import re
import secrets
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from agent.terminal.discovery import AuthorizationServer, fetch_json
from agent.terminal.errors import IssuerNotOurs, SignInRefused, StackGone
from agent.terminal.home import Home, read_private

PROOF_TYPE = "issuer-proof+jwt"
CHALLENGED_AS = "developer"  # a client of both pools that may sign in with the key file
_POOL = re.compile(r"/([a-z][a-z0-9-]{0,31})")
_PUBLIC = ("kty", "n", "e")


def check_issuer(http: httpx.Client, home: Home, server: AuthorizationServer) -> None:
    """Compares the keys that an issuer publishes with those of this home, and lets it prove that it has one.

    Raises:
        IssuerNotOurs: It publishes none, or one that is not ours; it proves nothing; or its endpoints are elsewhere.
    """
    addresses = (server.issuer, server.authorization_endpoint, server.token_endpoint, server.jwks_uri)
    if len({urlsplit(url).netloc for url in (*addresses, server.local_sign_in_nonce_endpoint or server.issuer)}) > 1:
        raise IssuerNotOurs(f"{server.issuer} sends sign-ins to another address")
    pinned = pinned_keys(home, server.issuer)
    published = {key.thumbprint() for key in _keys(fetch_json(http, server.jwks_uri))}
    if not published or not published <= {key.thumbprint() for key in pinned}:
        raise _not_ours(server)
    # Read again: it may have made new keys, and written them, since it was asked.
    _check_proof(http, server, pinned_keys(home, server.issuer))


def pinned_keys(home: Home, issuer: str) -> list[RSAKey]:
    """The public keys that this home's pool signs with, has signed with, or will."""
    found = _POOL.fullmatch(urlsplit(issuer).path)
    try:
        return _keys(json.loads(read_private(home.pool_keys(found[1])))) if found else []
    except (FileNotFoundError, json.JSONDecodeError):
        return []


def _check_proof(http: httpx.Client, server: AuthorizationServer, pinned: list[RSAKey]) -> None:
    if server.local_sign_in_nonce_endpoint is None:
        raise IssuerNotOurs(f"{server.issuer} does not prove that it is this home's; see coach doctor")
    challenge = secrets.token_urlsafe(32)
    form = {"client_id": CHALLENGED_AS, "challenge": challenge}
    try:
        proof = str(http.post(server.local_sign_in_nonce_endpoint, data=form).json()["proof"])
        answer = jwt.decode(proof, KeySet(list(pinned)), algorithms=["RS256"])
    except httpx.ConnectError as error:
        raise StackGone(f"{server.issuer} does not answer") from error
    except (httpx.HTTPError, JoseError, KeyError, TypeError, ValueError) as error:
        raise _not_ours(server) from error
    expected = {"iss": server.issuer, "challenge": challenge}
    if answer.header.get("typ") != PROOF_TYPE or answer.claims != expected:
        raise _not_ours(server)


def _not_ours(server: AuthorizationServer) -> IssuerNotOurs:
    return IssuerNotOurs(
        f"the program that answers at {server.issuer} does not have this home's keys; "
        "another program may have taken the port: stop it, or see coach doctor"
    )


def _keys(document: object) -> list[RSAKey]:
    """The public part of each key in a JWK set; of a private key no more is read than this."""
    keys = document.get("keys") if isinstance(document, dict) else None
    try:
        return [_public(key) for key in keys or []]
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise SignInRefused("the authorization server publishes keys that cannot be read") from error


def _public(key: dict[str, str]) -> RSAKey:
    members: dict[str, str | list[str]] = {name: key[name] for name in _PUBLIC}
    return RSAKey.import_key({**members, "kid": key.get("kid", "")})

"""Whether the authorization server that answers is this home's own.

Its signing keys lie in COACH_HOME/keys since the first start, and a rotation writes there too. A program that took the
port cannot publish exactly these and have tokens verify, so nothing is signed for it and no refresh token sent (I06).
"""

import json
import re
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from agent.terminal.discovery import AuthorizationServer, fetch_json
from agent.terminal.errors import IssuerNotOurs, SignInRefused
from agent.terminal.home import Home, read_private

_POOL = re.compile(r"/([a-z][a-z0-9-]{0,31})")
_PUBLIC = ("kty", "n", "e")


def check_issuer(http: httpx.Client, home: Home, server: AuthorizationServer) -> None:
    """Compares the keys that an issuer publishes with those of this home.

    Raises:
        IssuerNotOurs: It publishes none, or one that is not ours; or its documents are not all at its own address.
    """
    addresses = (server.issuer, server.authorization_endpoint, server.token_endpoint, server.jwks_uri)
    if len({urlsplit(url).netloc for url in addresses}) > 1:
        raise IssuerNotOurs(f"{server.issuer} sends sign-ins to another address")
    published = _thumbprints(fetch_json(http, server.jwks_uri))
    if not published or not published <= pinned_thumbprints(home, server.issuer):
        raise IssuerNotOurs(
            f"the program that answers at {server.issuer} does not have this home's keys; "
            "another program may have taken the port: stop it, or see coach doctor"
        )


def pinned_thumbprints(home: Home, issuer: str) -> frozenset[str]:
    """Thumbprints (RFC 7638) of the keys that this home's pool signs with, has signed with, or will."""
    found = _POOL.fullmatch(urlsplit(issuer).path)
    try:
        return _thumbprints(json.loads(read_private(home.pool_keys(found[1])))) if found else frozenset()
    except (FileNotFoundError, json.JSONDecodeError):
        return frozenset()


def _thumbprints(document: object) -> frozenset[str]:
    keys = document.get("keys") if isinstance(document, dict) else None
    try:
        return frozenset(_thumbprint(key) for key in keys or [])
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise SignInRefused("the authorization server publishes keys that cannot be read") from error


def _thumbprint(key: dict[str, str]) -> str:
    public: dict[str, str | list[str]] = {
        name: key[name] for name in _PUBLIC
    }  # of a private key too: no more of it is read than this
    return RSAKey.import_key(public).thumbprint()

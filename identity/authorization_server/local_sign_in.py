"""The key-file sign-in: a person of this computer proves who they are without a browser.

A JWT signed with the person's private key stands in for the login page. It is good once, for a minute, for one exact
request, and only for clients that are marked for it. It protects against other users, web pages and the network, not
against other programs of the same user.

Where more than the key file is wanted, the assertion says that a person typed their consent to this request
(`user_presence`). A program that holds the key file can lie about that: it is a promise of our own terminal.
"""

import base64
import hmac
import ipaddress
import logging
import secrets
import sqlite3
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from joserfc import jws
from joserfc.errors import JoseError
from starlette.requests import Request

from identity.authorization_server.clients import Client
from identity.authorization_server.database import digest
from identity.authorization_server.endpoints import Endpoints
from identity.authorization_server.errors import LocalSignInRefused, Throttled
from identity.authorization_server.form import Parameters
from identity.authorization_server.sign_in import SignIn
from identity.authorization_server.users import User, Users
from identity.base64url import sha256_base64url
from identity.errors import AmbiguousJson
from identity.strict_json import loads
from identity.tokens import fingerprint

logger = logging.getLogger(__name__)

LIFETIME_S = 60
MOST_NONCES = 1_000
CLOCK_LEEWAY_S = 5
TYPE = "local-sign-in+jwt"
ASSERTION = "local_assertion"
PRESENCE = "user_presence"
TYPED = "typed"
# Signs of a browser or a proxy; a program of this computer sends none of them.
_FOREIGN_HEADERS = ("origin", "forwarded", "x-forwarded-for", "x-forwarded-host", "sec-fetch-site")


class LocalSignIn:
    """Key-file sign-ins of one pool.

    Args:
        connection: The database.
        endpoints: URLs of the pool.
        users: Its people.
        clock: Epoch seconds.
    """

    def __init__(
        self, connection: sqlite3.Connection, endpoints: Endpoints, users: Users, clock: Callable[[], float]
    ) -> None:
        self._connection = connection
        self._endpoints = endpoints
        self._users = users
        self._clock = clock

    def new_nonce(self, request: Request, client: Client | None) -> str:
        """A nonce for the next assertion.

        Raises:
            LocalSignInRefused: This client or caller may not sign in this way.
        """
        _check_caller(request, self._endpoints, client)
        self._make_room()
        nonce = secrets.token_urlsafe(32)
        self._connection.execute(
            "INSERT INTO sign_in_nonces (nonce_hash, pool, client_id, expires_at) VALUES (?, ?, ?, ?)",
            (digest(nonce), self._endpoints.pool, client and client.client_id, int(self._clock()) + LIFETIME_S),
        )
        return nonce

    def sign_in(self, request: Request, client: Client | None, parameters: Parameters) -> SignIn:
        """Check the assertion of an authorization request.

        Args:
            request: Where it came from.
            client: The client that it names.
            parameters: All of its parameters.

        Raises:
            LocalSignInRefused: Always with the same text for the caller; the reason is logged.
        """
        _check_caller(request, self._endpoints, client)
        assertion = parameters.one(ASSERTION) or ""
        user, claims = self._verified(assertion)
        self._check_claims(claims, user, parameters)
        amr = _methods(claims, client)
        self._use_nonce(claims.get("nonce"), client)
        self._use_assertion(claims.get("jti"), user)
        logger.info("client=<%s>, subject=<%s> | key-file sign-in", client and client.client_id, fingerprint(user.sub))
        return SignIn(user, int(self._clock()), amr)

    def _make_room(self) -> None:
        now, pool = int(self._clock()), self._endpoints.pool
        self._connection.execute("DELETE FROM sign_in_nonces WHERE expires_at <= ?", (now,))
        self._connection.execute("DELETE FROM used_assertions WHERE expires_at <= ?", (now,))
        waiting = self._connection.execute("SELECT COUNT(*) FROM sign_in_nonces WHERE pool = ?", (pool,)).fetchone()[0]
        if waiting >= MOST_NONCES:
            raise Throttled("sign-in nonces", retry_after_s=LIFETIME_S)

    def _verified(self, assertion: str) -> tuple[User, dict[str, Any]]:
        header = _json_object(_decoded(assertion.partition(".")[0]))
        # Exactly these three: no key source, no extension (RFC 8725 §3.10), no other kind of JWT (§3.11).
        if header.keys() != {"alg", "typ", "kid"} or header["alg"] != "ES256" or header["typ"] != TYPE:
            raise LocalSignInRefused("header is not that of a sign-in assertion")
        user = self._users.by_username(header["kid"]) if isinstance(header["kid"], str) else None
        if user is None or user.sign_in_key is None:
            raise LocalSignInRefused("nobody with such a key")
        try:
            signed = jws.deserialize_compact(assertion, user.sign_in_key, algorithms=["ES256"])
        except (JoseError, ValueError) as error:
            raise LocalSignInRefused("signature does not verify") from error
        return user, _json_object(signed.payload)

    def _check_claims(self, claims: dict[str, Any], user: User, parameters: Parameters) -> None:
        if claims.get("iss") != user.username or claims.get("sub") != user.username:
            raise LocalSignInRefused("signed by one person for another")
        if claims.get("aud") != self._endpoints.authorization:
            raise LocalSignInRefused("made for another endpoint")
        _check_times(claims, self._clock())
        expected = request_hash(pair for pair in parameters.pairs if pair[0] != ASSERTION)
        if not hmac.compare_digest(str(claims.get("request_hash", "")).encode(), expected.encode()):
            raise LocalSignInRefused("made for another request")

    def _use_nonce(self, nonce: object, client: Client | None) -> None:
        used = self._connection.execute(
            "DELETE FROM sign_in_nonces WHERE nonce_hash = ? AND pool = ? AND client_id = ? AND expires_at > ?"
            " RETURNING nonce_hash",
            (digest(str(nonce)), self._endpoints.pool, client and client.client_id, int(self._clock())),
        ).fetchone()
        if used is None:
            raise LocalSignInRefused("nonce is not ours, used, or too old")

    def _use_assertion(self, jti: object, user: User) -> None:
        if not isinstance(jti, str) or not jti:
            raise LocalSignInRefused("no jti")
        row = (self._endpoints.pool, user.username, digest(jti), int(self._clock()) + 2 * LIFETIME_S)
        try:
            self._connection.execute(
                "INSERT INTO used_assertions (pool, username, jti_hash, expires_at) VALUES (?, ?, ?, ?)", row
            )
        except sqlite3.IntegrityError as error:
            raise LocalSignInRefused("jti was used before") from error


def request_hash(pairs: Any) -> str:
    """Hash of the parameters of an authorization request, in any order.

    Args:
        pairs: Names and values, without the assertion.
    """
    return sha256_base64url(urlencode(sorted(pairs)))


def _check_caller(request: Request, endpoints: Endpoints, client: Client | None) -> None:
    peer = request.client.host if request.client else ""
    try:
        loopback = ipaddress.ip_address(peer).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise LocalSignInRefused("not from this computer")
    if any(name in request.headers for name in _FOREIGN_HEADERS):
        raise LocalSignInRefused("from a browser or through a proxy")
    if request.headers.get("host") != endpoints.base_url.partition("://")[2]:
        raise LocalSignInRefused("Host is not our address")
    if client is None or not client.config.key_file_sign_in:
        raise LocalSignInRefused("client is not marked for it")


def _methods(claims: dict[str, Any], client: Client | None) -> tuple[str, ...]:
    """How the person signed in (RFC 8176 §2): `swk`, and `user` if they were there and agreed."""
    if claims.get(PRESENCE) == TYPED:
        return ("swk", "user")
    if PRESENCE in claims or (client is not None and client.config.local_consent):
        raise LocalSignInRefused("nobody typed a consent to this request")
    return ("swk",)


def _check_times(claims: dict[str, Any], now: float) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if type(issued) is not int or type(expires) is not int:
        raise LocalSignInRefused("no times")
    if not expires > now or expires - issued > LIFETIME_S or issued > now + CLOCK_LEEWAY_S:
        raise LocalSignInRefused("outside its minute")


def _decoded(segment: str) -> bytes:
    try:
        return base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise LocalSignInRefused("not base64url") from error


def _json_object(text: bytes | None) -> dict[str, Any]:
    try:
        document = loads(text or b"")
    except AmbiguousJson as error:
        raise LocalSignInRefused("not unambiguous JSON") from error
    if not isinstance(document, dict):
        raise LocalSignInRefused("not a JSON object")
    return document

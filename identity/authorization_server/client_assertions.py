"""`private_key_jwt` (RFC 7523 §2.2, §3; OpenID Connect Core §9): a client signs that it is itself.

Authlib's own check accepts a list of audiences and whatever algorithm its key fits; this one accepts one assertion for
one server, once. Local only: Cognito knows no client keys.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from identity.authorization_server.clients import Client
from identity.authorization_server.database import digest
from identity.authorization_server.errors import AssertionRefused
from identity.claims import json_object, json_segment, moment_claim, text_claim
from identity.errors import TokenMalformed

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("ES256", "PS256", "RS256")
LONGEST_LIFE_S = 300
CLOCK_LEEWAY_S = 5
LONGEST_JTI = 256
_TYPES = (None, "JWT", "client-authentication+jwt")
_HEADER = frozenset({"alg", "typ", "kid"})


class ClientAssertions:
    """Assertions that were presented to one pool.

    Args:
        connection: The database.
        pool: Name of the pool.
        audiences: What an assertion must be addressed to: the issuer, or its token endpoint.
        clock: Epoch seconds.
    """

    def __init__(
        self, connection: sqlite3.Connection, pool: str, audiences: frozenset[str], clock: Callable[[], float]
    ) -> None:
        self._connection = connection
        self._pool = pool
        self._audiences = audiences
        self._clock = clock

    def check(self, assertion: str, client: Client) -> None:
        """Check that a client made this assertion for us, now, and that nobody presented it before.

        Raises:
            AssertionRefused: With the reason for the log.
        """
        try:
            claims = _verified(assertion, client.keys)
            self._check_claims(claims, client)
            self._use(text_claim(claims, "jti"), client, moment_claim(claims, "exp"))
        except TokenMalformed as error:
            raise AssertionRefused(str(error)) from error

    def _check_claims(self, claims: dict[str, Any], client: Client) -> None:
        if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
            raise AssertionRefused("made by or for another client")
        # One text: with a list, whoever else is in it could present the assertion here (K09).
        audience = claims.get("aud")
        if not isinstance(audience, str) or audience not in self._audiences:
            raise AssertionRefused("made for another server")
        now = self._clock()
        if not now < moment_claim(claims, "exp") <= now + LONGEST_LIFE_S + CLOCK_LEEWAY_S:
            raise AssertionRefused("expired, or good for too long")
        for name in ("iat", "nbf"):
            if name in claims and moment_claim(claims, name) > now + CLOCK_LEEWAY_S:
                raise AssertionRefused("not valid yet")

    def _use(self, jti: str, client: Client, expires_at: float) -> None:
        if len(jti) > LONGEST_JTI:
            raise AssertionRefused("jti is too long")
        now = int(self._clock())
        self._connection.execute("DELETE FROM client_assertions WHERE pool = ? AND expires_at < ?", (self._pool, now))
        row = (self._pool, client.client_id, digest(jti), int(expires_at) + 1)
        try:
            self._connection.execute(
                "INSERT INTO client_assertions (pool, client_id, jti_hash, expires_at) VALUES (?, ?, ?, ?)", row
            )
        except sqlite3.IntegrityError as error:
            raise AssertionRefused("jti was used before") from error


def claimed_client(assertion: str) -> str | None:
    """The client that an assertion says it is from, unchecked: tells whose keys to check it with."""
    segments = assertion.split(".")
    try:
        subject = json_segment(segments[1]).get("sub") if len(segments) == 3 else None  # noqa: PLR2004  # compact JWS
    except TokenMalformed:
        return None
    return subject if isinstance(subject, str) else None


def _verified(assertion: str, keys: KeySet | None) -> dict[str, Any]:
    header = json_segment(assertion.partition(".")[0])
    # RFC 8725 §3.1, §3.10, §3.11: our algorithms, no key source or extension, no JWT made for something else.
    if not header.keys() <= _HEADER or header.get("typ") not in _TYPES or header.get("alg") not in ALGORITHMS:
        raise AssertionRefused("header is not that of a client assertion")
    for key in _candidates(keys, header):
        try:
            return json_object(jws.deserialize_compact(assertion, key, algorithms=[header["alg"]]).payload)
        except (JoseError, ValueError):
            continue
    raise AssertionRefused("no registered key verifies it")


def _candidates(keys: KeySet | None, header: dict[str, Any]) -> list[RSAKey | ECKey]:
    # A key that is registered for one algorithm is refused for every other by joserfc (RFC 8725 §3.1).
    kind = ECKey if header["alg"] == "ES256" else RSAKey
    fitting = [key for key in (keys.keys if keys else []) if isinstance(key, kind)]
    return [key for key in fitting if "kid" not in header or key.kid == header["kid"]]

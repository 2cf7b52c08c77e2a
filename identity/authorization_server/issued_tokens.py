"""The tokens of a pool: made in Cognito's shape, and recognised again when they come back to be exchanged."""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from identity.authorization_server.key_rotation import RotatingKeys
from identity.base64url import base64url
from identity.claims import actors_of, json_object, json_segment
from identity.errors import TokenForeign, TokenUntrusted
from identity.signing_keys import JwksCache
from identity.tokens import ALGORITHM, Principal, Profile, Trust, Verifier


@dataclass(frozen=True)
class Grounds:
    """What an access token says.

    Attributes:
        username: None when no person is involved (client credentials).
        scope: Space-separated.
        expires_at: Epoch seconds.
        groups: Of the person.
        auth_time: When the person signed in, epoch seconds; None when no person is involved.
        origin_jti: The authorization that it descends from; None makes the token its own origin.
        act: Who acts for the subject (RFC 8693 §4.1), the nearest outermost.
    """

    sub: str
    client_id: str
    audience: str
    scope: str
    expires_at: int
    username: str | None = None
    groups: tuple[str, ...] = ()
    auth_time: int | None = None
    amr: tuple[str, ...] = ()
    origin_jti: str | None = None
    act: dict[str, Any] | None = None


@dataclass(frozen=True)
class IssuedToken:
    """A signed access token.

    Attributes:
        subject: User name, else the client: for the trace.
        actors: `act.sub` from the outermost to the innermost.
    """

    text: str = field(repr=False)
    expires_in: int
    scope: str
    subject: str
    audience: str
    actors: tuple[str, ...]


class IssuedTokens:
    """Signs and recognises the tokens of one issuer.

    Args:
        issuer: Exact issuer.
        keys: Its private keys.
        clock: Epoch seconds.
        profile: Shape of its access tokens: `cognito` has neither `typ` nor, unless one was asked for, `aud`.
    """

    def __init__(
        self, issuer: str, keys: RotatingKeys, clock: Callable[[], float], *, profile: Profile = "rfc9068"
    ) -> None:
        self.profile = profile
        self._issuer = issuer
        self._keys = keys
        self._clock = clock

    def access_token(self, grounds: Grounds) -> IssuedToken:
        """Sign an access token."""
        now = int(self._clock())
        jti = secrets.token_urlsafe(16)
        claims = {
            "iss": self._issuer,
            "sub": grounds.sub,
            "aud": self._audience(grounds),
            "client_id": grounds.client_id,
            "token_use": "access",
            "scope": grounds.scope,
            "iat": now,
            "auth_time": grounds.auth_time if grounds.auth_time is not None else now,
            "exp": grounds.expires_at,
            "jti": jti,
            "origin_jti": grounds.origin_jti or jti,
            "version": 2,
            "username": grounds.username,
            "cognito:groups": list(grounds.groups) or None,
            "amr": list(grounds.amr) or None,
            "act": grounds.act,
        }
        typ = "at+jwt" if self.profile == "rfc9068" else None
        text = _sign(typ, claims, self._keys.signing_key("access"))
        return IssuedToken(
            text=text,
            expires_in=grounds.expires_at - now,
            scope=grounds.scope,
            subject=grounds.username or grounds.sub,
            audience=grounds.audience,
            actors=actors_of(grounds.act),
        )

    def _audience(self, grounds: Grounds) -> str | None:
        if self.profile == "rfc9068":
            return grounds.audience
        # Cognito: nothing that was not asked for, and nothing at all for a client that speaks for itself.
        own = grounds.sub == grounds.client_id or grounds.audience == self._issuer
        return None if own else grounds.audience

    def id_token(self, grounds: Grounds, *, name: str, nonce: str | None, access_token: str, lifetime_s: int) -> str:
        """Sign an ID token for the client of the grounds (OpenID Connect Core §2)."""
        now = int(self._clock())
        claims = {
            "iss": self._issuer,
            "sub": grounds.sub,
            "aud": grounds.client_id,
            "token_use": "id",
            "iat": now,
            "exp": now + lifetime_s,
            "auth_time": grounds.auth_time,
            "nonce": nonce,
            "at_hash": _half_hash(access_token),
            "jti": secrets.token_urlsafe(16),
            "origin_jti": grounds.origin_jti,
            "cognito:username": grounds.username,
            "cognito:groups": list(grounds.groups) or None,
            "name": name,
            "amr": list(grounds.amr) or None,
        }
        return _sign("JWT" if self.profile == "rfc9068" else None, claims, self._keys.signing_key("id"))

    def id_token_hint(self, token: str) -> dict[str, Any]:
        """The claims of an ID token of this issuer that came back, also of one that has expired.

        OpenID Connect RP-Initiated Logout 1.0 §2 and §4: a hint proves no more than what was said once.

        Raises:
            TokenRefused: Not an ID token that we signed.
        """
        header = json_segment(token.partition(".")[0])
        key = next((key for key in self._keys.public_id_keys()["keys"] if key["kid"] == header.get("kid")), None)
        if key is None:
            raise TokenUntrusted("not signed by a key for ID tokens")
        try:
            claims = json_object(jws.deserialize_compact(token, RSAKey.import_key(key), algorithms=[ALGORITHM]).payload)
        except (JoseError, ValueError) as error:
            raise TokenUntrusted("signature does not verify") from error
        if claims.get("iss") != self._issuer or claims.get("token_use") != "id":
            raise TokenForeign("not an ID token of this issuer")
        return claims

    def verify(
        self,
        token: str,
        *,
        audiences: frozenset[str],
        clients: frozenset[str],
        open_audiences: frozenset[str] = frozenset(),
    ) -> Principal:
        """Check an access token of this issuer that came back, as strictly as any resource server.

        Args:
            token: The token.
            audiences: Whom it may be addressed to.
            clients: Who may have got it.
            open_audiences: Those of the audiences for which clients that are not listed may have got one as well.

        Raises:
            TokenRefused: Not good, or not for one of the audiences.
        """
        # The issuer is no client; it stands in the table so that the table is never empty.
        table = frozenset({*clients, self._issuer})
        trust = Trust(
            self._issuer,
            audiences,
            clients,
            profile=self.profile,
            # In Cognito's shape a token for the issuer itself has no audience.
            audience_required=self.profile == "rfc9068" or self._issuer not in audiences,
            foreign_audiences=open_audiences,
            table_clients=table,
        )
        return Verifier(trust, self._public_keys(), clock=self._clock, cache_s=0.0).verify(token)

    def _public_keys(self) -> JwksCache:
        # Only access-token keys: what was signed with the ID-token key is unknown here (X06). Read anew every time, so
        # that a withdrawn key is gone and a new one known at once (N54).
        documents = {
            f"{self._issuer}/.well-known/openid-configuration": {"issuer": self._issuer, "jwks_uri": "access-keys"},
            "access-keys": self._keys.public_access_keys(),
        }
        return JwksCache(self._issuer, fetch=documents.__getitem__)


def _sign(typ: str | None, claims: dict[str, Any], key: RSAKey) -> str:
    present = {name: value for name, value in claims.items() if value is not None}
    if typ is None:
        # `jwt.encode` would write a type of its own; Cognito's headers have none.
        payload = json.dumps(present, separators=(",", ":")).encode()
        return jws.serialize_compact({"alg": ALGORITHM, "kid": key.kid}, payload, key, algorithms=[ALGORITHM])
    return jwt.encode({"alg": ALGORITHM, "typ": typ, "kid": key.kid}, present, key, algorithms=[ALGORITHM])


def _half_hash(token: str) -> str:
    # OpenID Connect Core §3.1.3.6: the left half of the hash of the token's characters.
    return base64url(hashlib.sha256(token.encode()).digest()[:16])

"""Verify access tokens: what every resource server of the system imports.

One verifier, two explicit profiles: `rfc9068` (RFC 9068: `typ` at+jwt and `aud` required) and `cognito` (the
documented shape of Cognito's access tokens: no `typ`, `token_use` access, `aud` only where a resource was asked
for). The profile belongs to the issuer's configuration; it is never read off the token.
"""

import asyncio
import hashlib
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from joserfc import jws
from joserfc.errors import JoseError

from identity.claims import (
    LONGEST_TOKEN,
    actors_of,
    audiences_of,
    json_object,
    json_segment,
    moment_claim,
    scopes_of,
    text_claim,
)
from identity.errors import (
    ScopeInsufficient,
    TokenExpired,
    TokenForeign,
    TokenMalformed,
    TokenMissing,
    TokenRefused,
    TokenRevoked,
    TokenUntrusted,
)
from identity.signing_keys import JwksCache

logger = logging.getLogger(__name__)

Profile = Literal["rfc9068", "cognito"]
ALGORITHM = "RS256"
CLOCK_SKEW_S = 30
MOST_REMEMBERED = 4096  # or a flood of tokens would fill the memory
_COMPACT_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# RFC 8725 §3.10: keys come from the issuer alone. `crit` and `b64` name extensions that we do not implement.
_REFUSED_HEADERS = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip"})


@dataclass(frozen=True)
class Trust:
    """What a resource server accepts.

    Attributes:
        issuer: Exact issuer.
        audiences: Names of this resource server: its logical name, and its URL where foreign clients connect.
        clients: Client ids of the hops before this one (X15).
        profile: Shape of the issuer's access tokens.
        audience_required: False only for client-credentials hops on Cognito, whose tokens carry no `aud`.
        foreign_audiences: Those of `audiences` that clients of strangers may address: the URL that they connect to.
        table_clients: Every client id of the hop table. One of them is accepted from `clients` only, even for a
            foreign audience; any other was registered with the issuer, which asked the person before it signed.
    """

    issuer: str
    audiences: frozenset[str]
    clients: frozenset[str]
    profile: Profile = "rfc9068"
    audience_required: bool = True
    foreign_audiences: frozenset[str] = frozenset()
    table_clients: frozenset[str] = frozenset()

    def accepts_client(self, client_id: str, audiences: Iterable[str]) -> bool:
        """Whether a token for these audiences may have been made by this client."""
        if client_id in self.clients:
            return True
        foreign = bool(self.table_clients) and client_id not in self.table_clients
        return foreign and not self.foreign_audiences.isdisjoint(audiences)


@dataclass(frozen=True)
class Principal:
    """Who calls, as the token says. Identity is always the pair (issuer, subject).

    Attributes:
        actors: `act.sub` from the outermost to the innermost: who acts for the subject (RFC 8693 §4.1).
        expires_at: Epoch seconds.
    """

    issuer: str
    subject: str
    client_id: str
    audiences: tuple[str, ...]
    scopes: frozenset[str]
    expires_at: int
    jti: str
    username: str | None = None
    actors: tuple[str, ...] = ()
    claims: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_user(self) -> bool:
        """False for client-credentials tokens, whose subject is the client itself."""
        return self.subject != self.client_id

    def require(self, scopes: Iterable[str]) -> None:
        """Check that every scope was granted.

        Raises:
            ScopeInsufficient: At least one was not.
        """
        needed = frozenset(scopes)
        if not needed <= self.scopes:
            raise ScopeInsufficient(needed)


def bearer_token(authorization: str | None) -> str:
    """The token of an Authorization header.

    Raises:
        TokenMissing: No header, or another scheme.
        TokenMalformed: The scheme without exactly one token (RFC 6750 §2.1).
    """
    if authorization is None:
        raise TokenMissing("no Authorization header")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise TokenMissing("not the Bearer scheme")
    if token.split() != [token]:
        raise TokenMalformed("empty token, or white space inside")
    return token


def fingerprint(token: str) -> str:
    """A short name for a token that tells nothing about it: for traces and audit lines."""
    return hashlib.sha256(token.encode()).hexdigest()[:12]


class Verifier:
    """Verifies access tokens against one trust.

    A verified token is remembered for at most `cache_s`; its expiry and whether it was revoked are checked on every
    use. A revocation is noticed within `revocations.LONGEST_AGE_S`, where the issuer publishes revocations.

    Args:
        trust: What is accepted.
        keys: The issuer's signing keys.
        clock: Epoch seconds.
        cache_s: At most 60.
    """

    def __init__(
        self, trust: Trust, keys: JwksCache, *, clock: Callable[[], float] = time.time, cache_s: float = 30.0
    ) -> None:
        self.trust = trust
        self._keys = keys
        self._clock = clock
        self._cache_s = min(cache_s, 60.0)
        self._verified: OrderedDict[str, tuple[Principal, float]] = OrderedDict()

    def verify(self, token: str) -> Principal:
        """Check a token. Reads the issuer's keys if it must, which blocks.

        Raises:
            TokenRefused: With one audit line written; the subclass says why.
            KeysUnavailable: The issuer's keys could never be read.
        """
        key = _digest(token)
        try:
            return self._unless_revoked(self._remembered(key) or self._remember(key, self._check(token)))
        except TokenRefused as refusal:
            audiences = " ".join(sorted(self.trust.audiences))
            logger.warning("audience=<%s>, reason=<%s: %s> | refused token", audiences, type(refusal).__name__, refusal)
            raise

    async def verify_async(self, token: str) -> Principal:
        """Like `verify`; goes to a thread only when keys or revocations have to be read."""
        if self._keys.revocations_fresh and self._is_remembered(token):
            return self.verify(token)
        kid = _peek_kid(token)
        if kid is None or (self._keys.knows(kid) and self._keys.revocations_fresh):
            return self.verify(token)
        return await asyncio.to_thread(self.verify, token)

    def _is_remembered(self, token: str) -> bool:
        found = self._verified.get(_digest(token))
        return found is not None and self._clock() - found[1] <= self._cache_s

    def _remembered(self, key: str) -> Principal | None:
        found = self._verified.get(key)
        if found is None:
            return None
        principal, verified_at = found
        if self._clock() - verified_at > self._cache_s:
            self._verified.pop(key, None)
            return None
        if principal.expires_at <= self._clock():
            raise TokenExpired("expired")
        return principal

    def _remember(self, key: str, principal: Principal) -> Principal:
        self._verified[key] = (principal, self._clock())
        while len(self._verified) > MOST_REMEMBERED:
            self._verified.popitem(last=False)
        return principal

    def _unless_revoked(self, principal: Principal) -> Principal:
        origin = principal.claims.get("origin_jti")
        if self._keys.revoked(principal.jti, *([origin] if isinstance(origin, str) else [])):
            raise TokenRevoked("ended before its time")
        return principal

    def _check(self, token: str) -> Principal:
        if len(token) > LONGEST_TOKEN or not _COMPACT_JWS.fullmatch(token):
            raise TokenMalformed("not a compact JWS")
        header = json_segment(token.split(".", maxsplit=1)[0])
        self._check_header(header)
        key = self._keys.key(header["kid"])
        if key is None:
            raise TokenUntrusted("unknown key id")
        try:
            # RFC 8725 §3.1: the algorithm is ours to say, not the header's.
            signed = jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
        except (JoseError, ValueError) as error:
            raise TokenUntrusted("signature does not verify") from error
        claims = json_object(signed.payload)
        self._check_time(claims)
        self._check_addressing(claims)
        return _principal(claims)

    def _check_header(self, header: dict[str, Any]) -> None:
        if not _REFUSED_HEADERS.isdisjoint(header):
            raise TokenUntrusted("header names a key source or an extension")
        if not isinstance(header.get("kid"), str) or not header["kid"]:
            raise TokenUntrusted("no key id")
        typ = header.get("typ")
        if self.trust.profile == "rfc9068":
            # RFC 9068 §4: `typ` keeps ID tokens and logout tokens out.
            if not isinstance(typ, str) or typ.lower().removeprefix("application/") != "at+jwt":
                raise TokenUntrusted("not an access token by its type")
        elif typ not in (None, "JWT"):
            raise TokenUntrusted("a foreign token type")

    def _check_time(self, claims: dict[str, Any]) -> None:
        now = self._clock()
        if moment_claim(claims, "exp") <= now:
            raise TokenExpired("expired")
        if moment_claim(claims, "iat") > now + CLOCK_SKEW_S:
            raise TokenExpired("issued in the future")
        if "nbf" in claims and moment_claim(claims, "nbf") > now + CLOCK_SKEW_S:
            raise TokenExpired("not valid yet")

    def _check_addressing(self, claims: dict[str, Any]) -> None:
        if claims.get("iss") != self.trust.issuer:
            raise TokenForeign("another issuer")
        use = claims.get("token_use")
        if use != "access" and (self.trust.profile == "cognito" or use is not None):
            raise TokenForeign("not an access token by its use")
        if "cnf" in claims:
            # RFC 9449 §7.2 expects servers without DPoP to take such a token; refusing is what its holder wanted (N55).
            raise TokenForeign("bound to a key of its holder, and nothing here checks such proofs")
        audiences = audiences_of(claims)
        if not self._addressed_to_us(audiences):
            raise TokenForeign("another audience")
        if not self.trust.accepts_client(text_claim(claims, "client_id"), audiences):
            raise TokenForeign("made by a client that is not upstream of this hop")

    def _addressed_to_us(self, audiences: tuple[str, ...]) -> bool:
        if not audiences:
            return not self.trust.audience_required
        return not self.trust.audiences.isdisjoint(audiences)


def _principal(claims: dict[str, Any]) -> Principal:
    username = claims.get("username")
    return Principal(
        issuer=text_claim(claims, "iss"),
        subject=text_claim(claims, "sub"),
        client_id=text_claim(claims, "client_id"),
        audiences=audiences_of(claims),
        scopes=scopes_of(claims),
        expires_at=int(moment_claim(claims, "exp")),
        jti=text_claim(claims, "jti"),
        username=username if isinstance(username, str) else None,
        actors=actors_of(claims.get("act")),
        claims=claims,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()


def _peek_kid(token: str) -> str | None:
    try:
        kid = json_segment(token.split(".", 1)[0]).get("kid")
    except TokenMalformed:
        return None
    return kid if isinstance(kid, str) else None

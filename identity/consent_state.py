"""`customState` of a consent: proof that this system began it, for this very athlete.

Agent or gateway seals it into GetResourceOauth2Token, the vault carries it unread, and the consent page checks it
against whoever is signed in there before it lets the vault redeem the code. A link that somebody else made up, or began
for themselves, ends there (V01, V27). That it is used once is the business of the vault's session, which it travels
with.

    v1.<expires_at>.<nonce>.<owner>.<signature>

`owner` is a keyed digest of (issuer, subject), so that the page can tell another athlete's consent from a forged
one, and the URL tells nobody who it is about.
"""

import hmac
import secrets

from identity.base64url import base64url
from identity.errors import ConsentStateExpired, ConsentStateForeign, ConsentStateRefused
from identity.length_prefixed import length_prefixed

LIFETIME_S = 600
SHORTEST_KEY = 32
_VERSION = "v1"
_PARTS = 5
_LONGEST = 256


def seal(key: bytes, *, issuer: str, subject: str, now: float) -> str:
    """The state for a consent of this athlete.

    Args:
        key: Shared by agent, gateway and consent page, at least 32 bytes.
        issuer: Where the athlete signed in.
        subject: Who that is there.
        now: Epoch seconds.
    """
    expires_at = str(int(now) + LIFETIME_S)
    nonce = base64url(secrets.token_bytes(16))
    owner = _owner(key, issuer, subject)
    return ".".join((_VERSION, expires_at, nonce, owner, _signature(key, expires_at, nonce, owner)))


def check(key: bytes, state: str, *, issuer: str, subject: str, now: float) -> None:
    """Check that a state was sealed for this athlete, not long ago.

    Args:
        key: As for `seal`.
        state: What came back.
        issuer: Where whoever sits at the browser signed in.
        subject: Who that is there.
        now: Epoch seconds.

    Raises:
        ConsentStateForeign: Sealed by us, for another athlete.
        ConsentStateExpired: Sealed for this one, too long ago.
        ConsentStateRefused: Not sealed by us.
    """
    parts = state.split(".")
    if len(state) > _LONGEST or not state.isascii() or len(parts) != _PARTS or parts[0] != _VERSION:
        raise ConsentStateRefused("not a state of ours")
    _, expires_at, nonce, owner, signature = parts
    if not hmac.compare_digest(signature, _signature(key, expires_at, nonce, owner)):
        raise ConsentStateRefused("the signature does not fit")
    if not hmac.compare_digest(owner, _owner(key, issuer, subject)):
        raise ConsentStateForeign("begun for another athlete")
    # A number, because it was signed as one.
    if not now < int(expires_at) <= now + LIFETIME_S + 1:
        raise ConsentStateExpired("too old")


def _owner(key: bytes, issuer: str, subject: str) -> str:
    return _mac(key, "owner", issuer, subject)


def _signature(key: bytes, expires_at: str, nonce: str, owner: str) -> str:
    return _mac(key, "consent-state", _VERSION, expires_at, nonce, owner)


def _mac(key: bytes, *parts: str) -> str:
    """Over parts with their lengths, so that no two lists of parts read the same."""
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"the key has fewer than {SHORTEST_KEY} bytes")
    return base64url(hmac.digest(key, length_prefixed(*parts), "sha256"))

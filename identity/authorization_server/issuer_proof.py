"""Proof that this is the issuer: a challenge of the caller, signed with the pool's own key.

Published keys can be copied by a program that takes the port while the server is down; a signature over a fresh
challenge cannot (I06). Local only, beside the key-file sign-in.
"""

import re

from joserfc import jwt
from joserfc.jwk import RSAKey

TYPE = "issuer-proof+jwt"  # a type of its own: the proof is no token of any kind (RFC 8725 §3.11)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{22,64}")


def issuer_proof(issuer: str, challenge: str | None, key: RSAKey) -> dict[str, str]:
    """What is added to the answer: nothing without a challenge, or for one that is not random-looking text.

    Args:
        issuer: Of the pool.
        challenge: At least 128 bits, base64url.
        key: Signs ID tokens too, so that a verifier of access tokens does not know it.
    """
    if challenge is None or not _CHALLENGE.fullmatch(challenge):
        return {}
    header = {"alg": "RS256", "typ": TYPE, "kid": key.kid}
    return {"proof": jwt.encode(header, {"iss": issuer, "challenge": challenge}, key)}

"""Proof Key for Code Exchange, S256 alone (RFC 7636; RFC 9700 §2.1.1: for every client)."""

import hmac
import re

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError

from identity.authorization_server.form import Parameters
from identity.base64url import sha256_base64url

_S256_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def requested_challenge(parameters: Parameters) -> str:
    """The code challenge of an authorization request.

    Authlib lets a request without one through and defaults to `plain`, so this is ours (A04, A05).

    Raises:
        InvalidRequestError: No challenge, or not S256.
    """
    if parameters.one("code_challenge_method") != "S256":
        raise InvalidRequestError("code_challenge_method must be S256.")
    challenge = parameters.one("code_challenge")
    if challenge is None or not _S256_CHALLENGE.fullmatch(challenge):
        raise InvalidRequestError("code_challenge is missing or malformed.")
    return challenge


def verify(verifier: str | None, challenge: str) -> None:
    """Check the verifier of a token request against the challenge that its code was issued for.

    Raises:
        InvalidGrantError: Missing, malformed or wrong verifier, or a code without a challenge (RFC 9700 §4.8.2).
    """
    if not challenge or verifier is None or not _VERIFIER.fullmatch(verifier):
        raise InvalidGrantError("The code_verifier does not fit.")
    if not hmac.compare_digest(sha256_base64url(verifier).encode(), challenge.encode()):  # RFC 7636 §4.6
        raise InvalidGrantError("The code_verifier does not fit.")

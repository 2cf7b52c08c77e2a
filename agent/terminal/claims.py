"""The claims of the terminal's own access token, to show them to its owner.

Nothing is decided on them, so the signature is not checked: that is the resource server's business.
"""

import base64
import json
from typing import Any

from agent.terminal.errors import SignInRefused


def unverified_claims(token: str) -> dict[str, Any]:
    """The payload of a compact JWS (RFC 7515 §3.1).

    Raises:
        SignInRefused: It is none.
    """
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError) as error:
        raise SignInRefused("the access token is not a JWT that can be shown") from error
    if not isinstance(claims, dict):
        raise SignInRefused("the access token has no claims that can be shown")
    return claims

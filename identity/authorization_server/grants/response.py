"""The token response, and what the trace learns about it."""

from typing import Any

from identity import hop_trace
from identity.authorization_server.issued_tokens import IssuedToken
from identity.tokens import fingerprint

TokenResponse = tuple[int, dict[str, Any], list[tuple[str, str]]]


def token_response(grant: str, issued: IssuedToken, **members: str) -> TokenResponse:
    """A successful answer of the token endpoint (RFC 6749 §5.1), as Authlib's core wants it.

    Args:
        grant: Name of the grant, for the trace.
        issued: The access token.
        members: What the grant adds.
    """
    hop_trace.note("grant", grant)
    hop_trace.note("issued_token", fingerprint(issued.text))
    hop_trace.note("subject", issued.subject)
    hop_trace.note("actors", list(issued.actors))
    hop_trace.note("audience", issued.audience)
    hop_trace.note("scopes", issued.scope.split())
    body: dict[str, Any] = {"access_token": issued.text, "token_type": "Bearer", "expires_in": issued.expires_in}
    if issued.scope:
        body["scope"] = issued.scope
    return 200, body | members, []

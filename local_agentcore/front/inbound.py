"""The inbound JWT authorizer of a runtime, and the answers to whoever it refuses."""

import json
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import Response

from identity.errors import IdentityError, KeysUnavailable, ScopeInsufficient, TokenRefused
from identity.hop_trace import record_caller
from identity.signing_keys import JwksCache
from identity.tokens import Trust, Verifier, bearer_token
from local_agentcore.front.settings import RuntimeSettings

WELL_KNOWN = "/.well-known/oauth-protected-resource"


class InboundAuthorizer:
    """Verifies the bearer of requests to one runtime.

    Args:
        runtime: Audiences, upstream clients and scopes that are accepted.
        keys: Signing keys of the runtime's issuer, shared by its runtimes.
        metadata_url: Where the runtime's protected-resource metadata is (RFC 9728 §5.1).
    """

    def __init__(self, runtime: RuntimeSettings, keys: JwksCache, metadata_url: str) -> None:
        self._runtime = runtime
        self._metadata_url = metadata_url
        trust = Trust(
            issuer=runtime.issuer,
            audiences=runtime.audiences,
            clients=runtime.clients,
            profile=runtime.profile,
            foreign_audiences=runtime.foreign_audiences,
            table_clients=runtime.table_clients,
        )
        self._verifier = Verifier(trust, keys)

    async def bearer(self, headers: Headers) -> str:
        """The verified bearer token of a request.

        Raises:
            IdentityError: Refused; `refusal` makes the answer.
        """
        values = headers.getlist("authorization")
        token = bearer_token(values[0] if len(values) == 1 else None)
        principal = await self._verifier.verify_async(token)
        principal.require(self._runtime.required_scopes)
        record_caller(principal, token)
        return token

    def refusal(self, error: IdentityError) -> Response:
        """401, 403 or 503 with the challenge of RFC 6750 §3 and RFC 9728 §5.1; no detail in the body."""
        if isinstance(error, KeysUnavailable):
            return _json(503, {"error": "temporarily_unavailable"}, {"Retry-After": "1"})
        parameters = [f'error="{error.error}"'] if error.error else []
        if isinstance(error, ScopeInsufficient):
            parameters.append(f'scope="{" ".join(error.scopes)}"')
        elif self._runtime.scopes_supported:
            parameters.append(f'scope="{" ".join(self._runtime.scopes_supported)}"')
        parameters.append(f'resource_metadata="{self._metadata_url}"')
        status = 403 if isinstance(error, ScopeInsufficient) else 401
        body = {"error": error.error or "unauthorized"} if isinstance(error, TokenRefused | ScopeInsufficient) else {}
        return _json(status, body, {"WWW-Authenticate": f"Bearer {', '.join(parameters)}"})


def metadata(runtime: RuntimeSettings) -> Response:
    """The protected-resource metadata document of a runtime (RFC 9728 §3.2)."""
    document = {
        "resource": runtime.public_url,
        "authorization_servers": [runtime.issuer],
        "scopes_supported": list(runtime.scopes_supported),
        "bearer_methods_supported": ["header"],
    }
    return _json(200, document, {"Cache-Control": "max-age=300"})


def _json(status: int, body: Mapping[str, object], headers: Mapping[str, str]) -> Response:
    return Response(json.dumps(body), status, {**headers, "Content-Type": "application/json"})

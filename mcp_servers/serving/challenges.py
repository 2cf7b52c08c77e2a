"""What a refused request is told: as much as a client needs to come back properly, and nothing about why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, Response

from identity.errors import IdentityError, KeysUnavailable, ScopeInsufficient
from mcp_servers.serving.errors import MethodNotAllowed, RequestRefused

WELL_KNOWN = "/.well-known/oauth-protected-resource"


@dataclass(frozen=True)
class ProtectedResource:
    """The metadata of this resource server (RFC 9728).

    Attributes:
        url: The resource identifier: the public URL.
        issuer: Its authorization server.
        scopes: All scopes it knows.
        first_scopes: The scopes that a client without a token should ask for first: reading.
        name: For people.
    """

    url: str
    issuer: str
    scopes: tuple[str, ...]
    first_scopes: tuple[str, ...]
    name: str

    @property
    def metadata_url(self) -> str:
        """RFC 9728 §3.1: the well-known path is inserted between host and path of the resource."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path.rstrip('/')}"

    def is_metadata_path(self, path: str) -> bool:
        """Whether a path of this server serves the metadata: with the public path, its own, or none."""
        return path in {WELL_KNOWN, f"{WELL_KNOWN}/mcp", urlsplit(self.metadata_url).path}

    def metadata(self) -> dict[str, Any]:
        return {
            "resource": self.url,
            "authorization_servers": [self.issuer],
            "scopes_supported": list(self.scopes),
            "bearer_methods_supported": ["header"],
            "resource_name": self.name,
        }

    def refuse(self, refusal: IdentityError) -> Response:
        """The answer to a caller who is unknown or lacks a scope; the body is empty."""
        if isinstance(refusal, KeysUnavailable):
            return Response(status_code=refusal.status, headers={"Retry-After": "1"})
        scopes: Iterable[str] = refusal.scopes if isinstance(refusal, ScopeInsufficient) else self.first_scopes
        attributes = {
            # RFC 6750 §3.1: no error code for a request without any authentication.
            **({"error": refusal.error} if refusal.error else {}),
            "scope": " ".join(scopes),
            "resource_metadata": self.metadata_url,
        }
        challenge = ", ".join(f'{name}="{value}"' for name, value in attributes.items())
        return Response(status_code=refusal.status, headers={"WWW-Authenticate": f"Bearer {challenge}"})


def refuse_request(refusal: RequestRefused) -> Response:
    """The answer to a request that is wrong whoever sends it."""
    error = {"code": refusal.code, "message": refusal.message}
    headers = {"Allow": "POST"} if isinstance(refusal, MethodNotAllowed) else {}
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, status_code=refusal.status, headers=headers)

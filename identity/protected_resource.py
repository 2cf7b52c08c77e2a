"""What a resource server tells about itself (RFC 9728), and what it tells a caller whom it refuses (RFC 6750 §3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from identity.errors import IdentityError, ScopeInsufficient

WELL_KNOWN = "/.well-known/oauth-protected-resource"


@dataclass(frozen=True)
class ProtectedResource:
    """The metadata of this resource server (RFC 9728).

    Attributes:
        url: The resource identifier: the public URL. None where the server does not know it: then it has no metadata,
            and its challenges name none.
        issuer: Its authorization server.
        scopes: All scopes it knows.
        first_scopes: The scopes that a client without a token should ask for first: reading.
        name: For people.
    """

    url: str | None
    issuer: str
    scopes: tuple[str, ...]
    first_scopes: tuple[str, ...]
    name: str

    @property
    def metadata_url(self) -> str | None:
        """RFC 9728 §3.1: the well-known path is inserted between host and path of the resource."""
        if self.url is None:
            return None
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path.rstrip('/')}"

    def is_metadata_path(self, path: str) -> bool:
        """Whether a path of this server serves the metadata: with the public path, its own, or none."""
        own = self.metadata_url
        return own is not None and path in {WELL_KNOWN, f"{WELL_KNOWN}/mcp", urlsplit(own).path}

    def metadata(self) -> dict[str, Any]:
        return {
            "resource": self.url,
            "authorization_servers": [self.issuer],
            "scopes_supported": list(self.scopes),
            "bearer_methods_supported": ["header"],
            "resource_name": self.name,
        }

    def challenge(self, refusal: IdentityError) -> str:
        """The WWW-Authenticate header for a caller who is unknown or lacks a scope; it does not say why."""
        scopes: Iterable[str] = refusal.scopes if isinstance(refusal, ScopeInsufficient) else self.first_scopes
        attributes = {
            # RFC 6750 §3.1: no error code for a request without any authentication.
            **({"error": refusal.error} if refusal.error else {}),
            "scope": " ".join(scopes),
            **({"resource_metadata": self.metadata_url} if self.metadata_url else {}),
        }
        return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in attributes.items())

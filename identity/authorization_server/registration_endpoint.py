"""Dynamic client registration (RFC 7591), and reading and deleting a registration (RFC 7592).

Open to anybody who reaches the port: registering gives nothing but the right to send a person here, who is asked every
time. What it costs us is bounded: registrations of a peer, registrations in all, and how long an unused one is kept.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from identity.authorization_server.client_metadata import client_config
from identity.authorization_server.client_registry import ClientRegistry
from identity.authorization_server.client_store import RegisteredClient
from identity.authorization_server.clients import GRANT_TYPES
from identity.authorization_server.core import NO_STORE
from identity.authorization_server.errors import BodyTooLarge, ManagementRefused, MetadataRefused
from identity.authorization_server.limits import REGISTRATION, peer_of
from identity.authorization_server.pool import Pool
from identity.errors import AmbiguousJson, TokenRefused
from identity.strict_json import loads
from identity.tokens import bearer_token

LARGEST_BODY = 16_384
_ANY_ID = "to-be-made"  # K17: the id is ours to make, whatever the metadata say


def routes(pool: Pool) -> list[Route]:
    """The registration endpoint of one pool, and the address of each registration."""
    endpoint = RegistrationEndpoint(pool)
    path = pool.endpoints.path("oauth2/register")
    return [
        Route(path, endpoint.register, methods=["POST"]),
        Route(f"{path}/{{client_id}}", endpoint.read, methods=["GET"]),
        Route(f"{path}/{{client_id}}", endpoint.delete, methods=["DELETE"]),
    ]


class RegistrationEndpoint:
    """The registration endpoint.

    Args:
        pool: The pool.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def register(self, request: Request) -> Response:
        """Register a client.

        Raises:
            Throttled: This peer has registered too many.
            RegistrationsFull: All together have.
            MetadataRefused: RFC 7591 §3.2.2.
        """
        self._pool.limits.spend(REGISTRATION, peer_of(request))
        metadata = await read_json_object(request)
        config = client_config(metadata, self._pool.config, client_id=_ANY_ID)
        registered, secret, management = self._clients.register(config, "itself")
        answer = self._described(registered) | {"registration_access_token": management}
        if secret is not None:
            answer |= {"client_secret": secret, "client_secret_expires_at": 0}
        return JSONResponse(answer, 201, headers=NO_STORE)

    async def read(self, request: Request) -> Response:
        """What is registered (RFC 7592 §2.1), without the secrets, of which we keep hashes only."""
        return JSONResponse(self._described(self._managed(request)), headers=NO_STORE)

    async def delete(self, request: Request) -> Response:
        """Forget the registration and everything that people allowed it (RFC 7592 §2.3)."""
        self._pool.remove_client(self._managed(request).config.client_id)
        return Response(status_code=204, headers=NO_STORE)

    @property
    def _clients(self) -> ClientRegistry:
        return self._pool.server.clients

    def _managed(self, request: Request) -> RegisteredClient:
        client_id = request.path_params["client_id"]
        try:
            token = bearer_token(request.headers.get("authorization"))
        except TokenRefused as error:
            raise ManagementRefused("no token") from error
        store = self._clients.store
        found = store.find(client_id) if store and store.manages(client_id, token) else None
        if found is None:
            raise ManagementRefused("unknown registration or wrong token")
        return found

    def _described(self, registered: RegisteredClient) -> dict[str, Any]:
        config = registered.config
        return {
            "client_id": config.client_id,
            "client_id_issued_at": registered.created_at,
            "registration_client_uri": f"{self._pool.endpoints.registration}/{config.client_id}",
            "client_name": config.name,
            "redirect_uris": list(config.redirect_uris),
            "grant_types": [name for name, grant in GRANT_TYPES.items() if grant in config.grants],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none" if config.public else config.auth_methods[0],
            "scope": " ".join(config.scopes),
        }


async def read_json_object(request: Request) -> dict[str, Any]:
    """The JSON object in a body.

    Raises:
        BodyTooLarge: More than `LARGEST_BODY` bytes.
        MetadataRefused: Not JSON by its media type or by its text, or not an object.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise MetadataRefused("send application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge(f"more than {LARGEST_BODY} bytes")
    try:
        document = loads(bytes(body))
    except AmbiguousJson as error:
        raise MetadataRefused("the body is not JSON with one meaning") from error
    if not isinstance(document, dict):
        raise MetadataRefused("the body is a JSON object")
    return document

"""What the operator of this computer may do while the server runs: clients, keys, people.

    GET    /pools/{pool}/admin/clients              every client, without secrets
    POST   /pools/{pool}/admin/clients              add a foreign client; its secret is shown in this answer only
    DELETE /pools/{pool}/admin/clients/{id}         remove it, and end what people allowed it
    POST   /pools/{pool}/admin/keys/rotate          new signing keys, with overlap
    DELETE /pools/{pool}/admin/users/{username}     delete a person for good

Only with the operator's secret, from a program of this computer, and never in strict Cognito mode.
"""

import hmac
import ipaddress
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from identity.authorization_server.client_metadata import checked_name
from identity.authorization_server.client_store import RegisteredClient
from identity.authorization_server.clients import GRANT_TYPES
from identity.authorization_server.core import NO_STORE
from identity.authorization_server.errors import (
    AdminRequestRefused,
    NothingThere,
    OperatorRefused,
    StillConfigured,
)
from identity.authorization_server.limits import OPERATOR, peer_of
from identity.authorization_server.pool import Pool
from identity.authorization_server.pools import ClientConfig, Grant
from identity.authorization_server.registration_endpoint import read_json_object
from identity.errors import TokenRefused
from identity.tokens import bearer_token

# Signs of a browser or a proxy; a program of this computer sends none of them.
_FOREIGN_HEADERS = ("origin", "forwarded", "x-forwarded-for", "x-forwarded-host", "sec-fetch-site")
_OF_PEOPLE = frozenset({"authorization_code", "refresh_token", "device_code"})


class ClientToAdd(BaseModel):
    """The body of a request to add a client.

    Attributes:
        name: For people to read on the consent page.
        grants: Grants by their names or their RFC URNs.
        scopes: Scopes of the pool; empty means all that foreign clients may have.
        resources: What it may reach: URLs of resource servers, or their names; empty means all with a URL.
        redirect_uris: Needed for `authorization_code`.
        public: Without a secret.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=64)]
    grants: Annotated[tuple[str, ...], Field(min_length=1)]
    scopes: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    public: bool = False


class RotationWanted(BaseModel):
    """The body of a request for new keys.

    Attributes:
        compromised: Somebody else may have the old keys: sign with the new ones at once and withdraw the old ones.
            Every token that is out dies with them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    compromised: bool = False


def routes(pool: Pool, operator_secret: SecretStr) -> list[Route]:
    """The operator's endpoints of one pool."""
    endpoint, path = AdminEndpoint(pool, operator_secret), pool.endpoints.path
    return [
        Route(path("admin/clients"), endpoint.list_clients, methods=["GET"]),
        Route(path("admin/clients"), endpoint.add_client, methods=["POST"]),
        Route(path("admin/clients/{client_id:path}"), endpoint.remove_client, methods=["DELETE"]),
        Route(path("admin/keys/rotate"), endpoint.rotate_keys, methods=["POST"]),
        Route(path("admin/users/{username}"), endpoint.delete_user, methods=["DELETE"]),
    ]


class AdminEndpoint:
    """The operator's requests.

    Args:
        pool: The pool.
        operator_secret: What only the operator knows.
    """

    def __init__(self, pool: Pool, operator_secret: SecretStr) -> None:
        self._pool = pool
        self._secret = operator_secret.get_secret_value().encode()

    async def list_clients(self, request: Request) -> Response:
        """Every client of the pool."""
        self._require_operator(request)
        store = self._pool.server.clients.store
        configured = [_described(config) for config in self._pool.config.clients]
        registered = [_described_registration(one) for one in (store.all() if store else [])]
        return JSONResponse({"clients": [*configured, *registered]}, headers=NO_STORE)

    async def add_client(self, request: Request) -> Response:
        """Register a foreign client on the operator's word.

        Raises:
            AdminRequestRefused: The request says something impossible; the answer says what.
        """
        self._require_operator(request)
        wanted = _read(ClientToAdd, await read_json_object(request))
        registered, secret, _ = self._pool.server.clients.register(self._config(wanted), "operator")
        answer = _described_registration(registered)
        if secret is not None:
            answer["client_secret"] = secret
        return JSONResponse(answer, 201, headers=NO_STORE)

    async def remove_client(self, request: Request) -> Response:
        """Forget a foreign client."""
        self._require_operator(request)
        client_id = request.path_params["client_id"]
        if client_id in self._pool.server.clients.configured_ids:
            raise StillConfigured(client_id)
        if not self._pool.remove_client(client_id):
            raise NothingThere(client_id[:200])
        return Response(status_code=204, headers=NO_STORE)

    async def rotate_keys(self, request: Request) -> Response:
        """Make new signing keys."""
        self._require_operator(request)
        # RFC 9112 §6: a body of unknown length has the other header.
        sent = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
        body = await read_json_object(request) if sent else {}
        published = self._pool.keys.rotate(compromised=_read(RotationWanted, body).compromised)
        return JSONResponse({"keys": published}, headers=NO_STORE)

    async def delete_user(self, request: Request) -> Response:
        """Delete a person for good: nothing that is configured brings them back."""
        self._require_operator(request)
        if not self._pool.delete_user(request.path_params["username"]):
            raise NothingThere("no such person")
        return Response(status_code=204, headers=NO_STORE)

    def _require_operator(self, request: Request) -> None:
        peer = peer_of(request)
        try:
            here = ipaddress.ip_address(peer).is_loopback
        except ValueError:
            here = False
        own_host = self._pool.endpoints.base_url.partition("://")[2]
        if not here or request.headers.get("host") != own_host:
            raise OperatorRefused("not from a program of this computer")
        if any(name in request.headers for name in _FOREIGN_HEADERS):
            raise OperatorRefused("from a browser or through a proxy")
        try:
            presented = bearer_token(request.headers.get("authorization"))
        except TokenRefused as error:
            raise OperatorRefused("no secret") from error
        if not hmac.compare_digest(presented.encode(), self._secret):
            # Asked only after a failure: nobody can lock the operator out.
            self._pool.limits.spend(OPERATOR, peer)
            raise OperatorRefused("wrong secret")

    def _config(self, wanted: ClientToAdd) -> ClientConfig:
        pool = self._pool.config
        grants = tuple(dict.fromkeys(_grant(name) for name in wanted.grants))
        scopes = wanted.scopes or pool.foreign_scopes
        _only("scope", scopes, pool.foreign_scopes)
        if wanted.redirect_uris and "authorization_code" not in grants:
            raise AdminRequestRefused("redirect_uris go with the grant authorization_code")
        if "authorization_code" in grants and not wanted.redirect_uris:
            raise AdminRequestRefused("the grant authorization_code needs a redirect URI")
        if "refresh_token" in grants and _OF_PEOPLE.isdisjoint(set(grants) - {"refresh_token"}):
            raise AdminRequestRefused("the grant refresh_token needs one by which a person signs in")
        name = checked_name(wanted.name, (client.name for client in pool.clients))
        try:
            return ClientConfig(
                client_id="to-be-made",
                name=name,
                secret_hash=None if wanted.public else "",
                grants=grants,
                scopes=scopes,
                redirect_uris=wanted.redirect_uris,
                resources=self._resources(wanted.resources),
                foreign=True,
            )
        except ValidationError as error:
            raise AdminRequestRefused(_first_problem(error)) from error

    def _resources(self, names: tuple[str, ...]) -> tuple[str, ...]:
        servers = self._pool.config.resource_servers
        urls = {alias: row.urls for row in servers for alias in (row.name, *row.audiences) if row.urls}
        urls |= {url: (url,) for url in self._pool.config.foreign_resources}
        _only("resource", names, urls)
        return tuple(dict.fromkeys(url for name in names for url in urls[name]))


def _read(model: type[BaseModel], document: dict[str, Any]) -> Any:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise AdminRequestRefused(_first_problem(error)) from error


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    what = problem["msg"].removeprefix("Value error, ")  # pydantic's own words
    return f"{place}: {what}" if place else what


def _grant(name: str) -> Grant:
    grants: dict[str, Grant] = {**GRANT_TYPES, **{grant: grant for grant in GRANT_TYPES.values()}}
    if name not in grants:
        raise AdminRequestRefused(f"grants: one of {', '.join(sorted(set(grants.values())))}")
    return grants[name]


def _only(kind: str, names: tuple[str, ...], known: Any) -> None:
    if not set(names) <= set(known):
        raise AdminRequestRefused(f"{kind}s: one of {', '.join(sorted(known))}")


def _described(config: ClientConfig) -> dict[str, Any]:
    return {
        "client_id": config.client_id,
        "name": config.name,
        "origin": "configured",
        "public": config.public,
        "grants": list(config.grants),
        "scopes": list(config.scopes),
        "resources": list(config.resources),
        "redirect_uris": list(config.redirect_uris),
    }


def _described_registration(registered: RegisteredClient) -> dict[str, Any]:
    return _described(registered.config) | {
        "origin": registered.origin,
        "created_at": registered.created_at,
        "expires_at": registered.expires_at,
    }

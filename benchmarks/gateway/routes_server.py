"""The routes server of the stack, alone: `python -m benchmarks.gateway.routes_server HOME PORT`.

Its gate, its SDK server and its tools as the stack runs them. The API behind it answers in the same process and at
once, and the runtime front is a header and a path: both would only hide what the gateway adds.
"""

import sys
from pathlib import Path
from typing import Any

import httpx
import uvloop
from pydantic import SecretStr
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.gateway.backends import ByPath, null_targets, path_of, serve_until_input_ends
from identity.token_source import TokenRequest
from local_agentcore.blueprint import Blueprint, open_home
from mcp_servers.routes.app import create_app
from mcp_servers.routes.settings import RoutesServerSettings

PART = "mcp-routes"
ROUTE: dict[str, Any] = {
    "name": "Mauerweg north",
    "sport": "Run",
    "surface": "paved",
    "distance": 11_840.0,
    "elevation_gain": 62.0,
    "climb_category": 0,
    "start_place": "Berlin",
    "shade": "low",
    "loop": False,
    "description": "Along the former wall, flat, and quiet in the morning",
}
FOUND = {"routes": [{**ROUTE, "id": f"r{number}"} for number in range(5)], "total_count": 5, "next_cursor": None}


class OneToken:
    """A vault that has been asked before."""

    async def access_token(
        self,
        workload_token: str,
        request: TokenRequest,
        *,
        force: bool = False,
        custom_state: str | None = None,
        session_uri: str | None = None,
    ) -> str:
        """See `TokenSource.access_token`."""
        del workload_token, request, force, custom_state, session_uri
        return "a-token-for-the-api"


class Front:
    """What the runtime front does to a request, as far as the server notices."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [*scope["headers"], (b"workloadaccesstoken", b"a-workload-token")]
            scope = {**scope, "path": "/mcp", "raw_path": b"/mcp", "headers": headers}
        await self._app(scope, receive, send)


def routes_server(blueprint: Blueprint) -> ASGIApp:
    """The server as `local_agentcore.team_parts` makes it."""
    row, key = blueprint.hops.resource_server(PART), blueprint.keys.access_keys[PART]
    settings = RoutesServerSettings(
        issuer=blueprint.issuer_for(PART),
        public_url=blueprint.ports.runtime_url(PART),
        upstream_clients=tuple(sorted(row.clients(local=True))),
        table_clients=tuple(sorted(blueprint.hops.client_ids)),
        api_url="http://api-routes.invalid",
        vault_url=blueprint.ports.url("control_plane"),
        access_key_id=key.access_key_id,
        secret_access_key=SecretStr(key.secret_access_key),
    )
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json=FOUND))
    return create_app(settings, OneToken(), api_transport=answer)


if __name__ == "__main__":
    servers = null_targets() | {path_of("routes"): Front(routes_server(open_home(Path(sys.argv[1]), None)))}
    uvloop.run(serve_until_input_ends(ByPath(servers), int(sys.argv[2]), lifespan=True))

"""What stands behind the gateway in a measurement: `python -m benchmarks.gateway.backends KIND PORT`.

`null` answers as the teams' servers do, with nothing behind but JSON, at the paths of the runtime front and with the
tools that the teams publish: so the gateway meets its own policies and accepted words. `bare` is the least that a
server can do: it answers whatever comes with the same bytes.
"""

import asyncio
import json
import sys
from typing import Any

import uvicorn
import uvloop
from starlette.types import ASGIApp, Receive, Scope, Send

from local_agentcore.ports import HOST, TEAMS, runtime_name
from mcp_servers.serving.tools_lock import lock_path

MODERN = "2026-07-28"
ROUTE = {
    "id": "mauerweg-nord",
    "name": "Mauerweg north",
    "sport": "Run",
    "distance_m": 11_840.0,
    "elevation_gain_m": 62.0,
    "climb_category": 0,
    "surface": "asphalt",
    "shade": 0.35,
    "loop": False,
}
FOUND = {"routes": [{**ROUTE, "id": f"mauerweg-{number}"} for number in range(5)], "total_count": 5}
RESULT = {"content": [{"type": "text", "text": json.dumps(FOUND)}], "structuredContent": FOUND, "isError": False}


def path_of(team: str) -> str:
    """Where a team's server is reached."""
    return f"/runtimes/{runtime_name(f'mcp-{team}')}/invocations"


def listed(team: str) -> list[dict[str, Any]]:
    """What a team publishes."""
    tools: list[dict[str, Any]] = json.loads(lock_path(team).read_text("utf-8"))
    return tools


class NullTarget:
    """One team's server without a server: JSON in, JSON out."""

    def __init__(self, team: str) -> None:
        complete = {"resultType": "complete"}
        self._results = {
            "server/discover": {"supportedVersions": [MODERN], "capabilities": {"tools": {}}, **complete},
            "tools/list": {"tools": listed(team), **complete},
            "tools/call": {**RESULT, **complete},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        request = json.loads(await body_of(receive))
        answer = {"jsonrpc": "2.0", "id": request["id"], "result": self._results[request["method"]]}
        await send_json(send, json.dumps(answer, separators=(",", ":")).encode())


class Bare:
    """Answers everything with the bytes of a call's answer."""

    _answer = json.dumps({"jsonrpc": "2.0", "id": 1, "result": RESULT}, separators=(",", ":")).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await body_of(receive)
            await send_json(send, self._answer)


class ByPath:
    """Several servers behind one port; the first one's lifespan is run."""

    def __init__(self, apps: dict[str, ASGIApp]) -> None:
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._apps[path_of("routes")](scope, receive, send)
        elif scope["path"] in self._apps:
            await self._apps[scope["path"]](scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})


def null_targets() -> dict[str, ASGIApp]:
    """Every team's, by path."""
    return {path_of(team): NullTarget(team) for team in TEAMS}


async def serve_until_input_ends(app: ASGIApp, port: int, *, lifespan: bool) -> None:
    """Serve on loopback until whoever started this process is done with it."""
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=HOST,
            port=port,
            loop="uvloop",
            http="httptools",
            log_config=None,
            access_log=False,
            ws="none",
            lifespan="on" if lifespan else "off",
        )
    )
    serving = asyncio.ensure_future(server.serve())
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving


async def body_of(receive: Receive) -> bytes:
    """All of a request's body."""
    whole = bytearray()
    while True:
        message = await receive()
        whole += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(whole)


async def send_json(send: Send, body: bytes) -> None:
    """Answer with a document."""
    lines = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": lines})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    served = Bare() if sys.argv[1] == "bare" else ByPath(null_targets())
    uvloop.run(serve_until_input_ends(served, int(sys.argv[2]), lifespan=False))

"""The wall that AgentCore's isolation is on AWS: a container's port answers the runtime front alone.

A container believes the `WorkloadAccessToken` header, so whoever reaches its port chooses the identity. Here the
front proves itself with a secret that only it and this middleware know; the container itself knows nothing of it.
"""

import hmac

from starlette.types import ASGIApp, Receive, Scope, Send

FRONT_SECRET_HEADER = "x-coach-front-secret"  # noqa: S105 - the name of the header
_REFUSAL = b'{"error":"this port answers the runtime front alone"}'


class PrivatePort:
    """ASGI middleware that refuses every request without the front's secret, with 401 and before the application."""

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self._app = app
        self._secret = secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        given = [value for name, value in scope["headers"] if name == FRONT_SECRET_HEADER.encode()]
        if len(given) != 1 or not hmac.compare_digest(given[0], self._secret):
            await _refuse(scope, send)
            return
        headers = [pair for pair in scope["headers"] if pair[0] != FRONT_SECRET_HEADER.encode()]
        await self._app({**scope, "headers": headers}, receive, send)


async def _refuse(scope: Scope, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    await send({"type": "http.response.body", "body": _REFUSAL})

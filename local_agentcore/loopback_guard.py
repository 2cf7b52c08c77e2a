"""Host and Origin checks for loopback ports: a web page that rebinds its name to 127.0.0.1 gets nothing (I05, M01)."""

from starlette.types import ASGIApp, Receive, Scope, Send


class LoopbackGuard:
    """ASGI middleware: 421 for a Host that is not ours, 403 for an Origin that is not ours.

    Args:
        app: The part behind.
        hosts: Accepted Host values, with port.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = {host.encode() for host in hosts}
        self._origins = {f"http://{host}".encode() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            status = self._refusal(scope)
            if status:
                await _answer(status, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> int:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        origins = [value for name, value in scope["headers"] if name == b"origin"]
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return 421
        return 0 if all(origin in self._origins for origin in origins) else 403


async def _answer(status: int, send: Send) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"not a host of this stack\n"})

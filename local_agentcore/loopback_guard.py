"""The Host and Origin check before parts that have none of their own, because AgentCore does it for them on AWS."""

from starlette.types import ASGIApp, Receive, Scope, Send

from identity.own_hosts import OwnHosts


class LoopbackGuard:
    """ASGI middleware: 421 for a Host that is not ours, 403 for an Origin that is not ours.

    Args:
        app: The part behind.
        hosts: Accepted Host values, with port.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._own_hosts = OwnHosts.with_their_pages(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            status = self._own_hosts.refusal(scope["headers"])
            if status is not None:
                await _answer(status, send)
                return
        await self._app(scope, receive, send)


async def _answer(status: int, send: Send) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"not a host of this stack\n"})

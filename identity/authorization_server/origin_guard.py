"""The first thing a request meets: is it meant for this server, and does it come from a page of this server?

A web page elsewhere can make a browser send requests to loopback. DNS rebinding shows in the Host header, everything
else in the Origin header (I05).
"""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class OriginGuard:
    """ASGI middleware.

    Args:
        app: What it guards.
        base_url: Our origin.
        allowed_hosts: Further accepted Host headers.
    """

    def __init__(self, app: ASGIApp, *, base_url: str, allowed_hosts: tuple[str, ...] = ()) -> None:
        self._app = app
        scheme, _, netloc = base_url.partition("://")
        self._hosts = frozenset({netloc, *allowed_hosts})
        self._origins = frozenset(f"{scheme}://{host}" for host in self._hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = self._app
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if headers.getlist("host") not in [[host] for host in self._hosts]:
                app = JSONResponse({"error": "misdirected_request"}, 421)
            elif not self._from_here(headers):
                app = JSONResponse({"error": "foreign_origin"}, 403)
        await app(scope, receive, send)

    def _from_here(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin == "null":
            # Our pages say `no-referrer`, for which browsers send their own forms with Origin: null (Fetch §3.2).
            # Sandboxed frames send null too; the browser tells the two apart.
            return headers.get("sec-fetch-site") == "same-origin"
        return origin is None or origin in self._origins

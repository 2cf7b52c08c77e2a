"""The first thing a request to the authorization server meets: the Host and Origin check (I05)."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from identity.own_hosts import FOREIGN_PAGE, MISDIRECTED, OwnHosts, is_own_form


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
        self._own_hosts = OwnHosts.with_their_pages({netloc, *allowed_hosts}, scheme=scheme)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = self._app
        if scope["type"] == "http":
            status = self._own_hosts.refusal(scope["headers"])
            if status == MISDIRECTED:
                app = JSONResponse({"error": "misdirected_request"}, status)
            elif status == FOREIGN_PAGE and not is_own_form(scope["headers"]):
                app = JSONResponse({"error": "foreign_origin"}, status)
        await app(scope, receive, send)

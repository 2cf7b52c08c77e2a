"""The first thing a request to the authorization server meets: the Host and Origin check (I05)."""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from identity.own_hosts import FOREIGN_PAGE, MISDIRECTED, OwnHosts


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
            elif status == FOREIGN_PAGE and not _is_own_form(Headers(scope=scope)):
                app = JSONResponse({"error": "foreign_origin"}, status)
        await app(scope, receive, send)


def _is_own_form(headers: Headers) -> bool:
    # Our pages say `no-referrer`, for which browsers send their own forms with Origin: null (Fetch §3.2).
    # Sandboxed frames send null too; the browser tells the two apart.
    return headers.getlist("origin") == ["null"] and headers.getlist("sec-fetch-site") == ["same-origin"]

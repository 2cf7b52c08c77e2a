"""The Host and Origin check before every route (I05)."""

from starlette.types import ASGIApp, Receive, Scope, Send

from identity.consent_return.pages import error_page
from identity.own_hosts import MISDIRECTED, OwnHosts, is_own_form


class OriginGuard:
    """ASGI middleware.

    Args:
        app: What it guards.
        hosts: Accepted Host values, with port.
        scheme: Of our pages.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str], *, scheme: str) -> None:
        self._app = app
        self._own_hosts = OwnHosts.with_their_pages(hosts, scheme=scheme)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = self._app
        if scope["type"] == "http":
            status = self._own_hosts.refusal(scope["headers"])
            if status == MISDIRECTED:
                app = error_page("This address does not belong to this system.", status=status)
            elif status is not None and not is_own_form(scope["headers"]):
                app = error_page("Another page asked for this.", status=status)
        await app(scope, receive, send)

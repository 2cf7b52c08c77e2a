"""Signing out on the wish of an application (OpenID Connect RP-Initiated Logout 1.0).

    GET  logout          with an ID token of the person who is signed in: done at once; else a page asks
    POST logout          the same, by way of GET
    POST logout/confirm  the answer to that page

Signing out ends the browser session, everything that was allowed from it, and the sign-in of the ID token: its refresh
tokens are refused from then on (K14) and its access tokens within the time of the revocation list (N53).
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from authlib.common.urls import add_params_to_uri
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from identity.authorization_server import browser_pages, pages
from identity.authorization_server.browser_sessions import BrowserSession
from identity.authorization_server.errors import LogoutRefused
from identity.authorization_server.form import Parameters, read_form, read_query
from identity.authorization_server.pool import Pool
from identity.authorization_server.redirect_uris import origin
from identity.errors import TokenRefused
from identity.web_pages.headers import redirect_headers

_CONFIRM = "logout/confirm"


@dataclass(frozen=True)
class _Wish:
    client_id: str | None
    hint: dict[str, Any] | None
    return_to: str | None


def routes(pool: Pool) -> list[Route]:
    """The endpoint of one pool and its form."""
    logout = Logout(pool)
    path = pool.endpoints.path
    return [
        Route(path("logout"), logout.ask, methods=["GET"]),
        Route(path("logout"), logout.ask_by_form, methods=["POST"]),
        Route(path(_CONFIRM), logout.confirm, methods=["POST"]),
    ]


class Logout:
    """Signing out of one pool.

    Args:
        pool: The pool.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def ask(self, request: Request) -> Response:
        """Sign out if it is plain that the person wants it, else ask."""
        wish = self._wish(read_query(request))
        session = browser_pages.session_of(self._pool, request)
        person = session.sign_in.user if session is not None and session.sign_in is not None else None
        if session is None or person is None or (wish.hint is not None and wish.hint.get("sub") == person.sub):
            return self._sign_out(wish, session)
        return pages.logout_page(
            browser_pages.form_of(self._pool, request, session, _CONFIRM),
            person=person.name,
            pool=self._pool.config.name,
            form_targets=[origin(wish.return_to)] if wish.return_to else [],
        )

    async def ask_by_form(self, request: Request) -> Response:
        """The same request as a form."""
        query = urlencode((await read_form(request)).pairs)
        return RedirectResponse(f"{self._pool.endpoints.path('logout')}?{query}", 303, headers=redirect_headers())

    async def confirm(self, request: Request) -> Response:
        """What comes back from the page.

        Raises:
            FormForged: The form is not of this session.
        """
        wish = self._wish(read_query(request))
        form = await read_form(request)
        session = browser_pages.check_form(browser_pages.session_of(self._pool, request), form, _CONFIRM, request)
        if form.one("decision") != "sign_out":
            return pages.signed_out_page(pool=self._pool.config.name, signed_out=False)
        return self._sign_out(wish, session)

    def _wish(self, parameters: Parameters) -> _Wish:
        """What is asked for, when who asks is known and may have it.

        Raises:
            LogoutRefused: A repeated parameter, a forged hint, or an address that is not registered.
        """
        if parameters.repeated():
            raise LogoutRefused("a parameter occurs twice")
        token, named = parameters.one("id_token_hint"), parameters.one("client_id")
        hint = self._hint(token) if token is not None else None
        client_id = hint["aud"] if hint is not None else named
        # RP-Initiated Logout §2: the two must agree when both are there.
        if named not in {None, client_id}:
            raise LogoutRefused("client_id is not the audience of the hint")
        return_to = parameters.one("post_logout_redirect_uri")
        if return_to is None:
            return _Wish(client_id, hint, None)
        client = self._pool.server.query_client(client_id or "")
        # RP-Initiated Logout §3.1: compared as strings; no exception for loopback ports.
        if client is None or return_to not in client.config.post_logout_redirect_uris:
            raise LogoutRefused("the address to return to is not registered")
        state = parameters.one("state")
        return _Wish(client_id, hint, add_params_to_uri(return_to, [("state", state)]) if state else return_to)

    def _hint(self, token: str) -> dict[str, Any]:
        try:
            return self._pool.server.tokens.id_token_hint(token)
        except TokenRefused as error:
            raise LogoutRefused(f"hint: {error}") from error

    def _sign_out(self, wish: _Wish, session: BrowserSession | None) -> Response:
        authorizations, now = self._pool.server.authorizations, self._pool.clock()
        if wish.hint is not None and wish.client_id is not None:
            authorizations.revoke(str(wish.hint.get("origin_jti")), wish.client_id, now)
        response: Response = pages.signed_out_page(pool=self._pool.config.name)
        if wish.return_to is not None:
            response = RedirectResponse(wish.return_to, 303, headers=redirect_headers())
        if session is not None:
            if session.sign_in is not None and session.sign_in.session is not None:
                authorizations.revoke_of_session(session.sign_in.session, now)
            browser_pages.forget_session(self._pool, response, session)
        return response

"""The authorization endpoint and the two forms between a request and its code.

The request travels in the query string from page to page and is checked anew at every step; nothing about it is kept
on the server before the code is issued.
"""

import re
from http import HTTPStatus
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from identity.authorization_server import browser_pages
from identity.authorization_server.errors import ConsentRequired, LocalSignInRefused, LoginRequired, RequestUriRefused
from identity.authorization_server.form import ParameterRequest, Parameters, read_form, read_query
from identity.authorization_server.grants.authorization_code import AuthorizationCodeGrant
from identity.authorization_server.limits import peer_of
from identity.authorization_server.local_sign_in import ASSERTION
from identity.authorization_server.pages import error_page
from identity.authorization_server.pool import Pool
from identity.authorization_server.pushed_requests import PushedRequests
from identity.authorization_server.sign_in import SignIn
from identity.web_pages.headers import redirect_headers

_SECONDS = re.compile("[0-9]{1,10}")  # longer than any session; int() refuses thousands of digits


class AuthorizationEndpoint:
    """GET for browsers, POST for the key-file sign-in.

    Args:
        pool: The pool.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def get(self, request: Request) -> Response:
        """Decide what comes next: sign-in, consent, a code, or an error."""
        sent = await self._read(request, read_query(request))
        visit = self._begun(sent)
        if visit is not None:
            query = urlencode({"client_id": sent.one("client_id") or "", "request_uri": visit})
            return RedirectResponse(f"{self._pool.endpoints.authorization}?{query}", 303, headers=redirect_headers())
        parameters = self._pushed(sent)
        session = browser_pages.session_of(self._pool, request)
        sign_in = session.sign_in if session else None
        try:
            grant = self.checked(parameters, sign_in)
            if sign_in is None or _must_sign_in_again(parameters, sign_in, self._pool.clock(), grant.redirect_uri):
                _may_ask(grant, LoginRequired)
                return browser_pages.ask_to_sign_in(self._pool, request, browser_pages.sign_in_for(grant), session)
            if session is not None and self._must_consent(grant, sign_in):
                _may_ask(grant, ConsentRequired)
                return browser_pages.ask_to_consent(self._pool, request, grant, session, sign_in)
        except OAuth2Error as error:
            return self.refused(parameters, error)
        return self.answer(grant, sign_in)

    async def post(self, request: Request) -> Response:
        """Sign in with a key file and get the code at once; any other POST is sent to the pages."""
        sent = await self._read(request, await read_form(request))
        if sent.one(ASSERTION) is None:
            query = urlencode(sent.pairs)
            return RedirectResponse(f"{self._pool.endpoints.authorization}?{query}", 303, headers=redirect_headers())
        if self._pool.local_sign_in is None:
            raise LocalSignInRefused("off")
        parameters = self._pushed(sent, self._begun(sent))
        try:
            grant = self.checked(parameters, None)
        except OAuth2Error as error:
            return self.refused(parameters, error)
        return self.answer(grant, self._pool.local_sign_in.sign_in(request, grant.request.client, sent))

    async def login(self, request: Request) -> Response:
        """What comes back from the login page."""
        parameters = self._pushed(await self._read(request, read_query(request)))
        try:
            grant = self.checked(parameters, None)
        except OAuth2Error as error:
            return self.refused(parameters, error)
        asked = browser_pages.sign_in_for(grant)
        onwards = browser_pages.authorization_again(request)
        response = await browser_pages.receive_login(self._pool, request, asked, onwards)
        if response.status_code == HTTPStatus.SEE_OTHER and parameters.request_uri is not None:
            self._requests().change(parameters.request_uri, browser_pages.after_sign_in(parameters))
        return response

    async def consent(self, request: Request) -> Response:
        """What comes back from the consent page."""
        parameters = self._pushed(await self._read(request, read_query(request)))
        try:
            grant = self.checked(parameters, None)
        except OAuth2Error as error:
            return self.refused(parameters, error)
        return self.answer(grant, await browser_pages.receive_decision(self._pool, grant, request))

    async def _read(self, request: Request, parameters: Parameters) -> Parameters:
        # A client may describe itself at a URL; what follows is synchronous and has to find it read.
        await self._pool.server.clients.resolve(parameters.one("client_id"), peer=peer_of(request))
        return parameters

    def _begun(self, sent: Parameters) -> str | None:
        """The handle of a visit that begins with a pushed one (RFC 9126 §4)."""
        request_uri = self._request_uri(sent)
        return self._requests().begin(request_uri, sent.one("client_id") or "") if request_uri is not None else None

    def _pushed(self, sent: Parameters, visit: str | None = None) -> Parameters:
        """What was pushed, and nothing that the browser brought (RFC 9101 §6.3), if the request names a handle."""
        request_uri = visit or self._request_uri(sent)
        if request_uri is None:
            return sent
        return self._requests().parameters(request_uri, sent.one("client_id") or "")

    def _request_uri(self, sent: Parameters) -> str | None:
        if self._pool.pushed_requests is None or "request_uri" not in sent.datalist:
            return None
        return sent.one("request_uri") or ""

    def _requests(self) -> PushedRequests:
        if self._pool.pushed_requests is None:
            raise RequestUriRefused("off")
        return self._pool.pushed_requests

    def checked(self, parameters: Parameters, sign_in: SignIn | None) -> AuthorizationCodeGrant:
        """The grant of a request in which nothing is wrong.

        Raises:
            OAuth2Error: Something is; with a redirect URI if the client may learn of it.
        """
        oauth_request = ParameterRequest("GET", self._pool.endpoints.authorization, parameters, {})
        grant: AuthorizationCodeGrant = self._pool.server.get_consent_grant(oauth_request, sign_in)
        return grant

    def answer(self, grant: AuthorizationCodeGrant, sign_in: SignIn | None) -> Response:
        """Redirect with a code; with access_denied if nobody agreed."""
        request_uri = grant.request.parameters.request_uri
        if request_uri is not None:
            self._requests().finish(request_uri)
        response: Response = self._pool.server.create_authorization_response(grant.request, sign_in, grant)
        return response

    def refused(self, parameters: Parameters, error: OAuth2Error) -> Response:
        """Tell the client, or the person if the client cannot be trusted (RFC 6749 §4.1.2.1)."""
        if not error.redirect_uri:
            return error_page(error.get_error_description(), pool=self._pool.config.name)
        error.state = parameters.one("state")
        response: Response = self._pool.server.handle_error_response(None, error)
        return response

    def _must_consent(self, grant: AuthorizationCodeGrant, sign_in: SignIn) -> bool:
        client = grant.request.client
        if not client.config.first_party or "consent" in _prompts(grant.request.parameters):
            return True
        audiences = grant.requested_audiences()
        return not self._pool.consents.covers(sign_in.user.sub, client.client_id, audiences, grant.request.scope)


def _prompts(parameters: Parameters) -> set[str]:
    return set((parameters.one("prompt") or "").split())


def _may_ask(grant: AuthorizationCodeGrant, refusal: type[OAuth2Error]) -> None:
    # OpenID Connect Core §3.1.2.6: with prompt=none nobody is asked anything (A14).
    if "none" in _prompts(grant.request.parameters):
        raise refusal(redirect_uri=grant.redirect_uri)


def _must_sign_in_again(parameters: Parameters, sign_in: SignIn, now: float, redirect_uri: str) -> bool:
    max_age = parameters.one("max_age")
    if max_age is not None and not _SECONDS.fullmatch(max_age):
        raise InvalidRequestError("max_age is not a number of seconds.", redirect_uri=redirect_uri)
    too_old = max_age is not None and now - sign_in.auth_time > int(max_age)
    return too_old or not {"login", "select_account"}.isdisjoint(_prompts(parameters))

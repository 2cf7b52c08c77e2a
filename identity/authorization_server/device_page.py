"""Where a person connects a device (RFC 8628 §3.3): enter its code, see who asks for what, decide.

    GET  device           sign in first; then asks for the code, also for one that came with the link
    POST device           shows the client, its scopes and the code once more
    POST device/decision  allows or refuses, once

The code of a link is never taken for an answer: the person presses a button with the code before their eyes (§5.4).
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from identity.authorization_server import browser_pages, pages
from identity.authorization_server.browser_sessions import BrowserSession
from identity.authorization_server.clients import Client
from identity.authorization_server.device_codes import DeviceCodes, PendingDevice
from identity.authorization_server.errors import FormForged
from identity.authorization_server.form import read_form, read_query
from identity.authorization_server.pool import Pool
from identity.authorization_server.settings import AuthorizationServerSettings
from identity.authorization_server.sign_in import SignIn
from identity.web_pages.pieces import Form

PATH = "device"
_LOGIN = browser_pages.SignInAsked("device/login", "connecting your device")
_DECISION = "device/decision"
_UNKNOWN = "Nothing waits under this code."


def routes(pool: Pool, _settings: AuthorizationServerSettings) -> list[Route]:
    """The pages; none in strict Cognito mode, which has no device code grant."""
    if pool.device_codes is None:
        return []
    page = DevicePage(pool, pool.device_codes)
    handlers: dict[tuple[str, str], Callable[[Request], Awaitable[Response]]] = {
        ("GET", PATH): page.ask,
        ("POST", PATH): page.show,
        ("POST", _LOGIN.form): page.login,
        ("POST", _DECISION): page.decide,
    }
    return [Route(pool.endpoints.path(path), handler, methods=[method]) for (method, path), handler in handlers.items()]


class DevicePage:
    """The steps of a person.

    Args:
        pool: The pool.
        codes: What devices wait for.
    """

    def __init__(self, pool: Pool, codes: DeviceCodes) -> None:
        self._pool = pool
        self._codes = codes

    async def ask(self, request: Request) -> Response:
        """The page that asks for the code, for whoever is signed in; else the login page."""
        session = browser_pages.session_of(self._pool, request)
        if session is None or session.sign_in is None:
            return browser_pages.ask_to_sign_in(self._pool, request, _LOGIN, session)
        return self._code_page(request, session, session.sign_in, read_query(request).one("user_code") or "")

    async def login(self, request: Request) -> Response:
        """What comes back from the login page.

        Raises:
            FormForged: The form is not of this session.
            Throttled: Too many failures for this name.
        """
        query = request.url.query
        return await browser_pages.receive_login(self._pool, request, _LOGIN, f"{PATH}?{query}" if query else PATH)

    async def show(self, request: Request) -> Response:
        """Who waits under a code.

        Raises:
            FormForged: The form is not of this session, or nobody is signed in.
            DeviceCodesThrottled: Too many codes that stood for nothing.
        """
        form = await read_form(request)
        session = browser_pages.session_of(self._pool, request)
        session = browser_pages.check_form(session, form, PATH, request)
        sign_in = _signed_in(session)
        user_code = form.one("user_code") or ""
        pending = self._codes.pending(user_code, sign_in.user.sub)
        client = self._pool.server.query_client(pending.client_id) if pending else None
        if pending is None or client is None:
            return self._code_page(request, session, sign_in, user_code, wrong=_UNKNOWN)
        return self._decision_page(session, sign_in, pending, client)

    async def decide(self, request: Request) -> Response:
        """The decision about the code that was shown.

        Raises:
            FormForged: The form is not of this session or not of this code, or nobody is signed in.
            DeviceCodesThrottled: Too many codes that stood for nothing.
        """
        form = await read_form(request)
        session = browser_pages.session_of(self._pool, request)
        if session is None:
            raise FormForged("no session")
        user_code = form.one("user_code") or ""
        session.check_form_token(form.one("form_token"), _DECISION, user_code)
        sign_in = _signed_in(session)
        allowed = form.one("decision") == "allow"
        decided = (self._codes.approve if allowed else self._codes.deny)(user_code, sign_in)
        if not decided:
            return pages.error_page(_UNKNOWN, pool=self._pool.config.name)
        return pages.device_done_page(allowed=allowed, pool=self._pool.config.name)

    def _code_page(
        self, request: Request, session: BrowserSession, sign_in: SignIn, user_code: str, wrong: str | None = None
    ) -> Response:
        form = browser_pages.form_of(self._pool, request, session, PATH)
        return pages.device_code_page(
            form, person=sign_in.user.name, user_code=user_code, pool=self._pool.config.name, wrong=wrong
        )

    def _decision_page(
        self, session: BrowserSession, sign_in: SignIn, pending: PendingDevice, client: Client
    ) -> Response:
        # The token covers the code: a form that was shown for one device cannot decide about another (A11).
        token = session.form_token(_DECISION, pending.user_code)
        meanings = self._pool.config.scope_meanings
        return pages.device_decision_page(
            Form(self._pool.endpoints.path(_DECISION), token),
            browser_pages.asking(self._pool, client),
            user_code=pending.user_code,
            person=sign_in.user.name,
            meanings=[meanings[scope] for scope in pending.scope.split()],
            pool=self._pool.config.name,
        )


def _signed_in(session: BrowserSession) -> SignIn:
    if session.sign_in is None:
        raise FormForged("nobody is signed in")
    return session.sign_in

"""Login and consent: the forms, what comes back from them, and the session cookie."""

import asyncio
import logging
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from identity.authorization_server import pages, passwords, redirect_uris
from identity.authorization_server.browser_sessions import BrowserSession
from identity.authorization_server.errors import FormForged
from identity.authorization_server.form import Parameters, read_form, read_query
from identity.authorization_server.grants.authorization_code import AuthorizationCodeGrant
from identity.authorization_server.pool import Pool
from identity.authorization_server.sign_in import SignIn
from identity.web_pages.headers import redirect_headers

logger = logging.getLogger(__name__)


def session_of(pool: Pool, request: Request) -> BrowserSession | None:
    """The session of the browser that sent a request."""
    return pool.sessions.find(request.cookies.get(_cookie_name(pool)), pool.clock())


def ask_to_sign_in(
    pool: Pool, request: Request, grant: AuthorizationCodeGrant, session: BrowserSession | None, *, failed: bool
) -> Response:
    """The login page, in a session that its form is tied to."""
    session = session or pool.sessions.start(pool.clock())
    query = _query(request)
    response = pages.login_page(
        action=f"{pool.endpoints.path('login')}?{query}",
        form_token=session.form_token("login", query),
        client_name=grant.request.client.config.name,
        pool=pool.config.name,
        failed=failed,
        form_targets=[redirect_uris.origin(grant.redirect_uri)],
    )
    _set_cookie(pool, response, session)
    return response


def ask_to_consent(
    pool: Pool, request: Request, grant: AuthorizationCodeGrant, session: BrowserSession, sign_in: SignIn
) -> Response:
    """The consent page. Its form is good for this very request only."""
    query = _query(request)
    meanings = pool.config.scope_meanings
    return pages.consent_page(
        action=f"{pool.endpoints.path('consent')}?{query}",
        form_token=session.form_token("consent", query),
        client_name=grant.request.client.config.name,
        person=sign_in.user.name,
        host=redirect_uris.shown_host(grant.redirect_uri),
        meanings=[meanings[scope] for scope in grant.request.scope.split()],
        pool=pool.config.name,
        form_targets=[redirect_uris.origin(grant.redirect_uri)],
    )


async def receive_login(pool: Pool, grant: AuthorizationCodeGrant, request: Request) -> Response:
    """Check name and password; on success start a new session and go on with the request.

    Raises:
        FormForged: The form is not of this session.
        SignInThrottled: Too many failures for this name.
    """
    session = session_of(pool, request)
    form = await read_form(request)
    _check_form(session, form, "login", _query(request))
    sign_in = await _password_sign_in(pool, form)
    if sign_in is None:
        return ask_to_sign_in(pool, request, grant, session, failed=True)
    if session is not None:
        pool.sessions.end(session)
    response = RedirectResponse(_onwards(pool, request), 303, headers=redirect_headers())
    _set_cookie(pool, response, pool.sessions.start(pool.clock(), sign_in))
    return response


async def receive_decision(pool: Pool, grant: AuthorizationCodeGrant, request: Request) -> SignIn | None:
    """What the person decided on the consent page.

    Returns:
        The person if they agreed, else None.

    Raises:
        FormForged: The form is not of this session, or nobody is signed in.
    """
    session = session_of(pool, request)
    form = await read_form(request)
    _check_form(session, form, "consent", _query(request))
    if session is None or session.sign_in is None:
        raise FormForged("nobody is signed in")
    if form.one("decision") != "allow":
        return None
    client = grant.request.client
    if client.config.first_party:
        sub = session.sign_in.user.sub
        pool.consents.remember(sub, client.client_id, grant.requested_audiences(), grant.request.scope)
    return session.sign_in


async def _password_sign_in(pool: Pool, form: Parameters) -> SignIn | None:
    username, password = form.one("username") or "", form.one("password") or ""
    pool.attempts.check(username)
    # Counted before anything is awaited, or guesses that arrive together would all pass the check above.
    pool.attempts.failed(username)
    user = pool.users.by_username(username)
    # Derived in a thread: scrypt takes as long as a hundred token requests.
    right = await asyncio.to_thread(passwords.matches, password, user.password_hash if user else None)
    if user is None or not right:
        logger.warning("pool=<%s> | sign-in by password failed", pool.config.name)
        return None
    pool.attempts.succeeded(username)
    return SignIn(user, int(pool.clock()), ("pwd",))


def _check_form(session: BrowserSession | None, form: Parameters, name: str, query: str) -> None:
    if session is None:
        raise FormForged("no session")
    session.check_form_token(form.one("form_token"), name, query)


def _onwards(pool: Pool, request: Request) -> str:
    """The authorization request again, without the wish for the sign-in that just happened."""
    pairs = [
        pair for pair in read_query(request).pairs if pair not in {("prompt", "login"), ("prompt", "select_account")}
    ]
    return f"{pool.endpoints.path('oauth2/authorize')}?{urlencode(pairs)}"


def _query(request: Request) -> str:
    query: bytes = request.scope["query_string"]
    return query.decode("ascii")


def _cookie_name(pool: Pool) -> str:
    secure = pool.endpoints.base_url.startswith("https://")
    return f"{'__Host-' if secure else ''}{pool.config.name}_session"


def _set_cookie(pool: Pool, response: Response, session: BrowserSession) -> None:
    secure = pool.endpoints.base_url.startswith("https://")
    # RFC 6265bis: the __Host- prefix demands Secure and path /.
    path = "/" if secure else pool.endpoints.path("")
    response.set_cookie(_cookie_name(pool), session.id, path=path, secure=secure, httponly=True, samesite="lax")

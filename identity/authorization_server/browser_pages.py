"""Login and consent: the forms, what comes back from them, and the session cookie."""

import asyncio
import logging
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from identity.authorization_server import pages, passwords, redirect_uris
from identity.authorization_server.browser_sessions import BrowserSession
from identity.authorization_server.clients import Client
from identity.authorization_server.errors import FormForged
from identity.authorization_server.form import Parameters, read_form, read_query
from identity.authorization_server.grants.authorization_code import AuthorizationCodeGrant
from identity.authorization_server.limits import SIGN_IN
from identity.authorization_server.pool import Pool
from identity.authorization_server.sign_in import SignIn
from identity.web_pages.headers import redirect_headers
from identity.web_pages.pieces import Form

logger = logging.getLogger(__name__)


def session_of(pool: Pool, request: Request) -> BrowserSession | None:
    """The session of the browser that sent a request."""
    return pool.sessions.find(request.cookies.get(_cookie_name(pool)), pool.clock())


@dataclass(frozen=True)
class SignInAsked:
    """Why somebody has to sign in, and with which form.

    Attributes:
        form: Path of the form below the pool.
        client_name: Who wants it.
        form_targets: Origins that the redirects after the form may lead to.
    """

    form: str
    client_name: str
    form_targets: tuple[str, ...] = ()


def sign_in_for(grant: AuthorizationCodeGrant) -> SignInAsked:
    """The sign-in that an authorization request asks for."""
    return SignInAsked("login", grant.request.client.config.name, _form_targets(grant))


def ask_to_sign_in(
    pool: Pool,
    request: Request,
    asked: SignInAsked,
    session: BrowserSession | None,
    *,
    failed_for: str | None = None,
) -> Response:
    """The login page, in a session that its form is tied to."""
    session = session or pool.sessions.start(pool.clock())
    response = pages.login_page(
        form_of(pool, request, session, asked.form),
        client_name=asked.client_name,
        pool=pool.config.name,
        failed_for=failed_for,
        form_targets=asked.form_targets,
    )
    _set_cookie(pool, response, session)
    return response


def ask_to_consent(
    pool: Pool, request: Request, grant: AuthorizationCodeGrant, session: BrowserSession, sign_in: SignIn
) -> Response:
    """The consent page. Its form is good for this very request only."""
    meanings = pool.config.scope_meanings
    return pages.consent_page(
        form_of(pool, request, session, "consent"),
        asking(pool, grant.request.client),
        person=sign_in.user.name,
        host=redirect_uris.shown_host(grant.redirect_uri),
        meanings=[meanings[scope] for scope in grant.request.scope.split()],
        pool=pool.config.name,
        form_targets=_form_targets(grant),
    )


def asking(pool: Pool, client: Client) -> pages.Asking:
    """A client as the pages show it. Ours are those of the configuration; others registered themselves (A12)."""
    ours = {config.client_id: config.name for config in pool.config.clients}
    return pages.Asking(client.config.name, client.client_id in ours, tuple(ours.values()))


def form_of(pool: Pool, request: Request, session: BrowserSession, name: str) -> Form:
    """A form that goes to a page of the pool with the same query, tied to session and query."""
    query = _query(request)
    action = pool.endpoints.path(name)
    return Form(f"{action}?{query}" if query else action, session.form_token(name, query))


def forget_session(pool: Pool, response: Response, session: BrowserSession) -> None:
    """End a session here and in its browser."""
    pool.sessions.end(session)
    secure = pool.endpoints.base_url.startswith("https://")
    response.delete_cookie(
        _cookie_name(pool), path="/" if secure else pool.endpoints.path(""), secure=secure, httponly=True
    )


async def receive_login(pool: Pool, request: Request, asked: SignInAsked, onwards: str) -> Response:
    """Check name and password; on success start a new session and go on.

    Args:
        pool: The pool.
        request: The form.
        asked: As on the login page.
        onwards: Path below the pool, and query, where the person goes next.

    Raises:
        FormForged: The form is not of this session.
        Throttled: Too many failures for this name.
    """
    session = session_of(pool, request)
    form = await read_form(request)
    check_form(session, form, asked.form, request)
    sign_in = await _password_sign_in(pool, form)
    if sign_in is None:
        return ask_to_sign_in(pool, request, asked, session, failed_for=form.one("username") or "")
    if session is not None:
        pool.sessions.end(session)
    response = RedirectResponse(pool.endpoints.path(onwards), 303, headers=redirect_headers())
    _set_cookie(pool, response, pool.sessions.start(pool.clock(), sign_in))
    return response


def authorization_again(request: Request) -> str:
    """The authorization request again, without the wish for the sign-in that just happened."""
    return f"oauth2/authorize?{urlencode(after_sign_in(read_query(request)))}"


def after_sign_in(parameters: Parameters) -> list[tuple[str, str]]:
    """The parameters of an authorization request without the wish for the sign-in that just happened."""
    return [
        (name, _unfulfilled(value) if name == "prompt" else value)
        for name, value in parameters.pairs
        if (name, value) != ("max_age", "0")
    ]


def _unfulfilled(prompt: str) -> str:
    # OpenID Connect Core §3.1.2.1: a list. Empty, it counts as not sent.
    return " ".join(word for word in prompt.split() if word not in {"login", "select_account"})


async def receive_decision(pool: Pool, grant: AuthorizationCodeGrant, request: Request) -> SignIn | None:
    """What the person decided on the consent page.

    Returns:
        The person if they agreed, else None.

    Raises:
        FormForged: The form is not of this session, or nobody is signed in.
    """
    session = session_of(pool, request)
    form = await read_form(request)
    session = check_form(session, form, "consent", request)
    if session.sign_in is None:
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
    pool.limits.check(SIGN_IN, username)
    # Counted before anything is awaited, or guesses that arrive together would all pass the check above.
    pool.limits.count(SIGN_IN, username)
    user = pool.users.by_username(username)
    # Derived in a thread: scrypt takes as long as a hundred token requests.
    right = await asyncio.to_thread(passwords.matches, password, user.password_hash if user else None)
    if user is None or not right:
        logger.warning("pool=<%s> | sign-in by password failed", pool.config.name)
        return None
    pool.limits.clear(SIGN_IN, username)
    return SignIn(user, int(pool.clock()), ("pwd",))


def check_form(session: BrowserSession | None, form: Parameters, name: str, request: Request) -> BrowserSession:
    """The session that a form of this name was served to, with this query (A11).

    Raises:
        FormForged: There is none, or it was another.
    """
    if session is None:
        raise FormForged("no session")
    session.check_form_token(form.one("form_token"), name, _query(request))
    return session


def _form_targets(grant: AuthorizationCodeGrant) -> tuple[str, ...]:
    # Browsers hold form-action against the whole chain of redirects, so where the client leads next is in it.
    return (redirect_uris.origin(grant.redirect_uri), *grant.request.client.config.onward_origins)


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

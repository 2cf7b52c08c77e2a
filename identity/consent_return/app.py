"""The consent return as an ASGI application: routes, and one place where errors become pages."""

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from identity.consent_return.accounts import Accounts
from identity.consent_return.code_flow import CodeFlow
from identity.consent_return.errors import (
    ConnectionsUnlisted,
    ConsentReturnError,
    PresenceUnproven,
    RequestMalformed,
    SignInFailed,
)
from identity.consent_return.landing import Landing
from identity.consent_return.origin_guard import OriginGuard
from identity.consent_return.own_session import OwnSessions
from identity.consent_return.pages import unlisted_page
from identity.consent_return.settings import ConsentReturnSettings
from identity.consent_return.sign_in import SignInRoutes
from identity.consent_return.vault_calls import Consents, consents_of
from identity.consent_return.visit import Desk, wrong
from identity.hop_trace import HopSpans
from identity.signing_keys import JwksCache
from identity.web_pages.headers import SafeAnswers

logger = logging.getLogger(__name__)
_ISSUER_TIMEOUT_S = 10.0


def create_app(
    settings: ConsentReturnSettings,
    *,
    clock: Callable[[], float] = time.time,
    http: httpx.AsyncClient | None = None,
    keys: JwksCache | None = None,
    consents: Consents | None = None,
) -> ASGIApp:
    """The consent return.

    Args:
        settings: Addresses, client and key.
        clock: Epoch seconds.
        http: For the issuer's endpoints; made when not given.
        keys: The issuer's signing keys; read from the issuer when not given.
        consents: The vault; reached with the settings' key when not given.
    """
    issuer_http = http or httpx.AsyncClient(timeout=_ISSUER_TIMEOUT_S, follow_redirects=False, trust_env=False)
    vault = consents or consents_of(settings)
    desk = Desk(
        settings=settings,
        sessions=OwnSessions(lifetime_s=settings.session_lifetime_s, clock=clock),
        flow=CodeFlow(settings, issuer_http, keys or JwksCache(settings.issuer), clock),
        consents=vault,
        now=clock,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await issuer_http.aclose()
        if consents is None:
            vault.close()

    # Starlette types handlers by Exception; ours is only ever called with what it is registered for.
    app = Starlette(
        routes=_routes(desk),
        exception_handlers={ConsentReturnError: _answer_error},  # type: ignore[dict-item]  # as above
        lifespan=lifespan,
    )
    hosts = frozenset({urlsplit(settings.base_url).netloc, *settings.allowed_hosts})
    guarded = OriginGuard(app, hosts, scheme=urlsplit(settings.base_url).scheme)
    return HopSpans(SafeAnswers(guarded), part="consent_return")


def _routes(desk: Desk) -> list[Route]:
    landing, sign_in, accounts = Landing(desk), SignInRoutes(desk), Accounts(desk)
    return [
        Route("/", accounts.list_all, methods=["GET"]),
        Route("/return", landing.arrive, methods=["GET"]),
        Route("/callback", sign_in.callback, methods=["GET"]),
        Route("/sign-in", sign_in.sign_in, methods=["GET"]),
        Route("/sign-out", sign_in.sign_out, methods=["POST"]),
        Route("/disconnect", accounts.ask, methods=["GET"]),
        Route("/disconnect", accounts.disconnect, methods=["POST"]),
    ]


async def _answer_error(request: Request, error: ConsentReturnError) -> Response:
    logger.warning("path=<%s>, reason=<%s: %s> | refused", request.url.path, type(error).__name__, error)
    if isinstance(error, ConnectionsUnlisted):
        return unlisted_page()
    if isinstance(error, RequestMalformed):
        return wrong(str(error))
    if isinstance(error, PresenceUnproven):
        text = "This takes your password, or a confirmation typed in the terminal. Nothing was done."
        return wrong(text, status=403)
    if isinstance(error, SignInFailed):
        return wrong("The sign-in did not succeed, so nothing was done. Please begin again.", status=502)
    return wrong("This form was not made for this browser, or it is too old. Nothing was done.", status=403)

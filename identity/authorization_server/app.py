"""The ASGI application of the authorization server."""

import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from identity.authorization_server.admin_endpoint import routes as admin_routes
from identity.authorization_server.authorization_endpoint import AuthorizationEndpoint
from identity.authorization_server.core import NO_STORE
from identity.authorization_server.database import forget_expired, open_database
from identity.authorization_server.device_endpoint import routes as device_routes
from identity.authorization_server.device_page import routes as device_page_routes
from identity.authorization_server.discovery import discovery_document
from identity.authorization_server.errors import RequestRefused
from identity.authorization_server.introspection import routes as introspection_routes
from identity.authorization_server.key_rotation import JWKS_MAX_AGE_S
from identity.authorization_server.keys import LoadKeys, load_or_create_keys
from identity.authorization_server.logout import routes as logout_routes
from identity.authorization_server.origin_guard import OriginGuard
from identity.authorization_server.pages import error_page
from identity.authorization_server.par_endpoint import routes as par_routes
from identity.authorization_server.pool import Pool, open_pool
from identity.authorization_server.registration_endpoint import routes as registration_routes
from identity.authorization_server.revocation import routes as revocation_routes
from identity.authorization_server.revocation_list import routes as revocation_list_routes
from identity.authorization_server.settings import AuthorizationServerSettings
from identity.authorization_server.token_endpoint import TokenEndpoint
from identity.hop_trace import HopSpans
from identity.web_pages.headers import SafeAnswers

logger = logging.getLogger(__name__)


def create_app(
    settings: AuthorizationServerSettings,
    *,
    clock: Callable[[], float] = time.time,
    load_keys: LoadKeys = load_or_create_keys,
) -> ASGIApp:
    """Open database and keys and build the application; its lifespan ends by closing the database.

    Args:
        settings: Where and for whom.
        clock: Epoch seconds.
        load_keys: Finds the private keys of a pool in the keys folder.

    Raises:
        ConfigurationRefused: Keys are exposed, or a client is named like a person.
    """
    # Authlib's grants write whole token responses to their debug logs.
    logging.getLogger("authlib").setLevel(logging.INFO)
    connection = open_database(settings.database)
    forget_expired(connection, clock())
    pools = [open_pool(config, settings, connection, clock=clock, load_keys=load_keys) for config in settings.pools]
    routes = [route for pool in pools for route in _routes(pool, settings)]
    # Starlette types handlers by Exception; ours is only ever called with what it is registered for.
    app = Starlette(
        routes=routes,
        exception_handlers={RequestRefused: _answer_refusal, HTTPException: _answer_wrong_address},  # type: ignore[dict-item]  # Starlette types it for Exception only
        lifespan=partial(_closing, connection),
    )
    guarded = OriginGuard(app, base_url=settings.base_url, allowed_hosts=settings.allowed_hosts)
    return HopSpans(SafeAnswers(guarded), part="authorization_server")


def _routes(pool: Pool, settings: AuthorizationServerSettings) -> list[Route]:
    path, name = pool.endpoints.path, pool.config.name
    authorization, tokens = AuthorizationEndpoint(pool), TokenEndpoint(pool)
    document = discovery_document(
        pool.config,
        pool.endpoints,
        strict_cognito=settings.strict_cognito,
        key_file=pool.local_sign_in is not None,
        registration=settings.registers_clients,
    )
    routes = [
        Route(f"/{name}/.well-known/openid-configuration", _document(document)),
        Route(f"/{name}/.well-known/jwks.json", _key_set(pool)),
        Route(path("oauth2/authorize"), authorization.get, methods=["GET"]),
        Route(path("oauth2/authorize"), authorization.post, methods=["POST"]),
        Route(path("login"), authorization.login, methods=["POST"]),
        Route(path("consent"), authorization.consent, methods=["POST"]),
        Route(path("oauth2/sign-in-nonce"), tokens.sign_in_nonce, methods=["POST"]),
        Route(path("oauth2/token"), tokens.token, methods=["POST"]),
        Route(path("oauth2/userInfo"), tokens.userinfo, methods=["GET", "POST"]),
        *device_page_routes(pool, settings),
        *revocation_routes(pool),
    ]
    if not settings.strict_cognito:
        # RFC 8414 §3.1: the well-known part goes before the issuer's path.
        routes.append(Route(f"/.well-known/oauth-authorization-server/{name}", _document(document)))
        routes += [
            *revocation_list_routes(pool),
            *device_routes(pool),
            *introspection_routes(pool),
            *logout_routes(pool),
            *par_routes(pool),
        ]
        if settings.registers_clients:
            routes += registration_routes(pool)
        if settings.operator_secret is not None:
            routes += admin_routes(pool, settings.operator_secret)
    return routes


def _document(content: dict[str, object]) -> Callable[[Request], Awaitable[Response]]:
    # Endpoints change only with a restart.
    async def serve(_request: Request) -> Response:
        return JSONResponse(content, headers={"Cache-Control": "public, max-age=60"})

    return serve


def _key_set(pool: Pool) -> Callable[[Request], Awaitable[Response]]:
    async def serve(_request: Request) -> Response:
        headers = {"Cache-Control": f"public, max-age={JWKS_MAX_AGE_S}"}
        return JSONResponse(pool.keys.public_keys(), headers=headers)

    return serve


async def _answer_refusal(request: Request, refusal: RequestRefused) -> Response:
    logger.warning("path=<%s>, reason=<%s: %s> | refused request", request.url.path, type(refusal).__name__, refusal)
    if _is_for_a_person(request):
        page = error_page(refusal.explanation, pool=request.url.path.split("/")[2], status=refusal.status)
        page.headers.update(refusal.headers)
        return page
    body = {"error": refusal.error, "error_description": refusal.explanation}
    return JSONResponse(body, refusal.status, headers={**NO_STORE, **refusal.headers})


async def _answer_wrong_address(request: Request, error: HTTPException) -> Response:
    if _is_for_a_person(request):
        text = "There is no such page." if error.status_code == HTTPStatus.NOT_FOUND else "Pages here work another way."
        # Whoever wrote the address does not get to name the page: no pool.
        answer: Response = error_page(text, pool="", status=error.status_code)
    else:
        answer = JSONResponse({"error": "invalid_request"}, error.status_code, headers=NO_STORE)
    answer.headers.update(error.headers or {})
    return answer


def _is_for_a_person(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


@asynccontextmanager
async def _closing(connection: sqlite3.Connection, _app: Starlette) -> AsyncIterator[None]:
    yield
    connection.close()

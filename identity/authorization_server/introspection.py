"""Introspection (RFC 7662): is this token still good? Asked by who holds it rightly, answered to nobody else.

A confidential client learns of its own tokens, and of access tokens addressed to what it represents. Everything else,
be it foreign, expired, revoked or nonsense, is `active: false` without another word (RFC 7662 §2.2, §4).
"""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from identity.authorization_server.client_endpoint import client_route
from identity.authorization_server.clients import Client
from identity.authorization_server.core import NO_STORE, PoolServer
from identity.authorization_server.form import Parameters
from identity.authorization_server.pool import Pool
from identity.authorization_server.revocation import is_access_token
from identity.errors import TokenRefused

_TOLD = ("iss", "sub", "aud", "client_id", "scope", "exp", "iat", "jti", "username", "act", "auth_time", "amr")


def routes(pool: Pool) -> list[Route]:
    """The endpoint of one pool."""

    def answer(client: Client, parameters: Parameters) -> Response:
        # RFC 7662 §2.1: whoever asks is authenticated; the name of a public client proves nothing.
        if client.config.public:
            raise InvalidClientError("Introspection is for clients that can prove their identity.", status_code=401)
        token = parameters.one("token")
        if token is None:
            raise InvalidRequestError("token is missing.")
        facts = _access_token(pool.server, token, client) if is_access_token(token) else None
        facts = facts or _refresh_token(pool.server, token, client) or {"active": False}
        return JSONResponse(facts, headers=NO_STORE)

    return [client_route(pool, "oauth2/introspect", answer)]


def _access_token(server: PoolServer, token: str, client: Client) -> dict[str, Any] | None:
    try:
        principal = server.presented(token, audiences=server.audiences)
    except TokenRefused:
        return None
    # A foreign client may name the URLs of servers, and is none of them: anybody may become one (RFC 7662 §4).
    addressed = not client.config.foreign and not server.targets.represented_by(client).isdisjoint(principal.audiences)
    if principal.client_id != client.client_id and not addressed:
        return None
    told = {name: principal.claims[name] for name in _TOLD if name in principal.claims}
    return {"active": True, "token_type": "Bearer", **told}


def _refresh_token(server: PoolServer, token: str, client: Client) -> dict[str, Any] | None:
    authorization = server.authorizations.of_live_refresh_token(token, client.client_id, server.clock())
    user = server.users.by_subject(authorization.sub) if authorization else None
    if authorization is None or user is None:
        return None
    return {
        "active": True,
        "iss": server.issuer,
        "client_id": authorization.client_id,
        "sub": user.sub,
        "username": user.username,
        "scope": authorization.scope,
        "exp": authorization.expires_at,
        "auth_time": authorization.auth_time,
        "amr": list(authorization.amr),
    }

"""Revocation (RFC 7009): a client gives up a token of its own.

A token that the person's sign-in stands behind ends with the whole sign-in. A token that was made for the client by
exchange, or for the client itself, ends alone: a workload must not be able to sign people out.
"""

from authlib.oauth2.rfc6749 import InvalidRequestError
from starlette.responses import Response
from starlette.routing import Route

from identity.authorization_server.client_endpoint import client_route
from identity.authorization_server.clients import Client
from identity.authorization_server.core import NO_STORE
from identity.authorization_server.form import Parameters
from identity.authorization_server.pool import Pool
from identity.errors import TokenRefused

_DOTS_OF_A_JWS = 2


def is_access_token(token: str) -> bool:
    """Whether a token has the form of ours that are no refresh tokens. `token_type_hint` is not needed for that."""
    return token.count(".") == _DOTS_OF_A_JWS


def routes(pool: Pool) -> list[Route]:
    """The endpoint of one pool."""

    def answer(client: Client, parameters: Parameters) -> Response:
        token = parameters.one("token")
        if token is None:
            raise InvalidRequestError("token is missing.")
        if is_access_token(token):
            _revoke_access_token(pool, token, client)
        else:
            _revoke_refresh_token(pool, token, client)
        return Response(status_code=200, headers=NO_STORE)

    return [client_route(pool, "oauth2/revoke", answer)]


def _revoke_refresh_token(pool: Pool, token: str, client: Client) -> None:
    sub = pool.server.authorizations.revoke_refresh_token(token, client.client_id, pool.clock())
    if sub is not None and not client.config.public:
        # A service that gives up its grant was disconnected: whoever connects it again is asked again. Signing out of
        # an application on one's own device is no such thing.
        pool.consents.forget(sub, client.client_id)


def _revoke_access_token(pool: Pool, token: str, client: Client) -> None:
    server, now = pool.server, pool.clock()
    try:
        principal = server.presented(token, audiences=server.audiences, clients=frozenset({client.client_id}))
    except TokenRefused:
        return  # RFC 7009 §2.2: a token that is not good, or not the client's, is no error
    authorization = server.authorizations.live(str(principal.claims.get("origin_jti")), now)
    if authorization is not None and authorization.client_id == client.client_id:
        server.authorizations.revoke(authorization.id, client.client_id, now)
    else:
        server.authorizations.revoke_token(principal.jti, principal.expires_at)

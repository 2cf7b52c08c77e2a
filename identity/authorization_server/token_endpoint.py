"""Token, userinfo and sign-in nonces."""

import base64
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from identity import hop_trace
from identity.authorization_server.core import NO_STORE
from identity.authorization_server.form import ParameterRequest, read_form
from identity.authorization_server.issuer_proof import issuer_proof
from identity.authorization_server.limits import CLIENT_SECRET, peer_of
from identity.authorization_server.pool import Pool
from identity.errors import ScopeInsufficient, TokenRefused
from identity.tokens import bearer_token


class TokenEndpoint:
    """The token endpoint of one pool and its neighbours.

    Args:
        pool: The pool.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def token(self, request: Request) -> Response:
        """Answer a token request (RFC 6749 §3.2)."""
        oauth_request = await self._read(request, self._pool.endpoints.token)
        response = self._pool.server.create_token_response(oauth_request)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            # Counted after the fact: a client that knows its secret is never kept out by somebody who does not.
            self._pool.limits.spend(CLIENT_SECRET, _claimed_client(oauth_request))
        if oauth_request.client is not None:
            hop_trace.note("client_id", oauth_request.client.client_id)
        return response

    async def userinfo(self, request: Request) -> Response:
        """Who signed in, for tokens that are addressed to the issuer itself (OpenID Connect Core §5.3)."""
        try:
            token = bearer_token(request.headers.get("authorization"))
            server = self._pool.server
            principal = server.presented(token, audiences=frozenset({server.issuer}))
            principal.require(["openid"])
        except (TokenRefused, ScopeInsufficient) as error:
            challenge = f'Bearer error="{error.error}"' if error.error else "Bearer"
            return JSONResponse({"error": error.error}, error.status, {"WWW-Authenticate": challenge, **NO_STORE})
        user = self._pool.users.by_subject(principal.subject)
        name = user.name if user else None
        return JSONResponse({"sub": principal.subject, "username": principal.username, "name": name}, headers=NO_STORE)

    async def sign_in_nonce(self, request: Request) -> Response:
        """A nonce for the key-file sign-in."""
        if self._pool.local_sign_in is None:
            return Response(status_code=404)
        parameters = await read_form(request)
        client = self._pool.server.query_client(parameters.one("client_id") or "")
        nonce = self._pool.local_sign_in.new_nonce(request, client)
        key = self._pool.keys.signing_key("id")
        proof = issuer_proof(self._pool.endpoints.issuer, parameters.one("challenge"), key)
        return JSONResponse({"nonce": nonce, **proof}, headers=NO_STORE)

    async def _read(self, request: Request, url: str) -> ParameterRequest:
        parameters = await read_form(request)
        await self._pool.server.clients.resolve(parameters.one("client_id"), peer=peer_of(request))
        return ParameterRequest(request.method, url, parameters, dict(request.headers))


def _claimed_client(request: ParameterRequest) -> str:
    """Under which name failures are counted: the same for names that exist and names that do not (K21)."""
    credentials = request.headers.get("authorization", "").partition(" ")[2]
    try:
        in_header = base64.b64decode(credentials).decode("latin-1").partition(":")[0]
    except ValueError:
        in_header = ""
    return request.parameters.one("client_id") or in_header

"""The pushed authorization request endpoint (RFC 9126 §2): everything is checked before the browser moves."""

from authlib.oauth2.rfc6749 import InvalidRequestError
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from identity.authorization_server.client_endpoint import client_route
from identity.authorization_server.clients import Client
from identity.authorization_server.core import NO_STORE
from identity.authorization_server.form import ParameterRequest, Parameters
from identity.authorization_server.local_sign_in import ASSERTION
from identity.authorization_server.pool import Pool
from identity.authorization_server.pushed_requests import LIFETIME_S, PushedRequests

_PROOFS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


def routes(pool: Pool) -> list[Route]:
    """The endpoint of one pool; none where pushed requests are off."""
    pushed = pool.pushed_requests
    if pushed is None:
        return []

    def answer(client: Client, parameters: Parameters) -> Response:
        return _push(pool, pushed, client, parameters)

    return [client_route(pool, "oauth2/par", answer)]


def _push(pool: Pool, pushed: PushedRequests, client: Client, parameters: Parameters) -> Response:
    # RFC 9126 §2.1: a request_uri cannot stand for another; a sign-in belongs to the authorization endpoint.
    if not {"request_uri", ASSERTION}.isdisjoint(parameters.datalist):
        raise InvalidRequestError("request_uri and sign-ins cannot be pushed.")
    kept = [(name, value) for name, value in parameters.pairs if name not in _PROOFS | {"client_id"}]
    pairs = [("client_id", client.client_id), *kept]
    checked = Parameters(pairs, request_uri="pushed")
    pool.server.get_consent_grant(ParameterRequest("GET", pool.endpoints.authorization, checked, {}), None)
    body = {"request_uri": pushed.push(client.client_id, pairs), "expires_in": LIFETIME_S}
    return JSONResponse(body, 201, headers=NO_STORE)

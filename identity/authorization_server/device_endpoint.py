"""The device authorization endpoint (RFC 8628 §3.1): where a program without a browser begins."""

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from identity.authorization_server.client_endpoint import client_route
from identity.authorization_server.clients import DEVICE_CODE, Client
from identity.authorization_server.core import NO_STORE
from identity.authorization_server.device_codes import DeviceCodes
from identity.authorization_server.form import Parameters
from identity.authorization_server.pool import Pool


def routes(pool: Pool) -> list[Route]:
    """The endpoint of one pool; none where device codes are off."""
    codes = pool.device_codes
    if codes is None:
        return []

    def answer(client: Client, parameters: Parameters) -> Response:
        return _begin(pool, codes, client, parameters)

    return [client_route(pool, "oauth2/device_authorization", answer)]


def _begin(pool: Pool, codes: DeviceCodes, client: Client, parameters: Parameters) -> Response:
    if not client.check_grant_type(DEVICE_CODE):
        raise UnauthorizedClientError
    scope = client.get_allowed_scope(parameters.one("scope"))
    if scope is None:
        raise InvalidScopeError
    targets = pool.server.targets.requested(parameters)
    pool.server.require_edges(client, targets, "device_code")
    audiences = tuple(target.audience for target in targets) or (pool.server.issuer,)
    begun = codes.start(client.client_id, scope, audiences)
    page = pool.endpoints.device_page
    body = {
        "device_code": begun.device_code,
        "user_code": begun.user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={begun.user_code}",
        "expires_in": begun.expires_in,
        "interval": begun.interval,
    }
    return JSONResponse(body, headers=NO_STORE)

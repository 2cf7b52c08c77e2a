"""Endpoints that clients call themselves: one form, one client that proved its identity, one answer."""

from collections.abc import Callable

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from identity import hop_trace
from identity.authorization_server.clients import Client
from identity.authorization_server.form import ParameterRequest, Parameters, read_form
from identity.authorization_server.limits import peer_of
from identity.authorization_server.pool import Pool

Answer = Callable[[Client, Parameters], Response]


def client_route(pool: Pool, relative: str, answer: Answer) -> Route:
    """A POST endpoint below the pool that answers authenticated clients.

    Args:
        pool: The pool.
        relative: Its path below the pool.
        answer: Makes the answer; an OAuth2Error that it raises becomes an OAuth error response (RFC 6749 §5.2).
    """
    path = pool.endpoints.path(relative)
    url = f"{pool.endpoints.base_url}{path}"

    async def endpoint(request: Request) -> Response:
        parameters = await read_form(request)
        await pool.server.clients.resolve(parameters.one("client_id"), peer=peer_of(request))
        oauth_request = ParameterRequest(request.method, url, parameters, dict(request.headers))
        try:
            if parameters.repeated():
                raise InvalidRequestError("A parameter occurs twice.")
            client = pool.server.authenticate_client(oauth_request)
            hop_trace.note("client_id", client.client_id)
            return answer(client, parameters)
        except OAuth2Error as error:
            error.redirect_uri = None  # whoever calls is told, nobody is sent anywhere
            refused: Response = pool.server.handle_error_response(oauth_request, error)
            return refused

    return Route(path, endpoint, methods=["POST"])

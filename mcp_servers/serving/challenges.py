"""What a refused request is told: as much as a client needs to come back properly, and nothing about why."""

from starlette.responses import JSONResponse, Response

from identity.errors import IdentityError, KeysUnavailable
from identity.protected_resource import ProtectedResource
from mcp_servers.serving.errors import MethodNotAllowed, RequestRefused


def refuse_caller(resource: ProtectedResource, refusal: IdentityError) -> Response:
    """The answer to a caller who is unknown or lacks a scope; the body is empty."""
    if isinstance(refusal, KeysUnavailable):
        return Response(status_code=refusal.status, headers={"Retry-After": "1"})
    return Response(status_code=refusal.status, headers={"WWW-Authenticate": resource.challenge(refusal)})


def refuse_request(refusal: RequestRefused) -> Response:
    """The answer to a request that is wrong whoever sends it."""
    error = {"code": refusal.code, "message": refusal.message}
    headers = {"Allow": "POST"} if isinstance(refusal, MethodNotAllowed) else {}
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, status_code=refusal.status, headers=headers)

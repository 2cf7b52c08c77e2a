"""The gate of a resource server: what stands between the network and the MCP server.

The MCP SDK's own check has no audience, no scopes per tool and no body limit before authentication, so this gate
replaces it. Order: host and origin, method, bearer, size, shape, scope. Nothing is buffered for an unknown caller.
"""

import logging
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from identity.errors import IdentityError, ScopeInsufficient, TokenMalformed, TokenRefused
from identity.hop_trace import note, record_caller
from identity.own_hosts import FOREIGN_PAGE, MISDIRECTED, OwnHosts
from identity.protected_resource import ProtectedResource
from identity.tokens import Principal, Verifier, bearer_token
from mcp_servers.serving.caller import InboundCall, current_call
from mcp_servers.serving.challenges import refuse_caller, refuse_request
from mcp_servers.serving.errors import ForeignOrigin, MethodNotAllowed, RequestRefused, WrongHost
from mcp_servers.serving.rpc_body import RpcCall, read_body, rpc_call

logger = logging.getLogger(__name__)

WORKLOAD_TOKEN_HEADER = "WorkloadAccessToken"  # noqa: S105 - the name of a header


class ResourceServerGate:
    """ASGI middleware around an MCP server.

    Args:
        app: The MCP server.
        verifier: Checks the bearer.
        resource: What refused callers are told.
        tool_scopes: The scope of each tool.
        own_hosts: Under which the server is reached.
        max_body_bytes: Larger bodies are refused.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        verifier: Verifier,
        resource: ProtectedResource,
        tool_scopes: Mapping[str, str],
        own_hosts: OwnHosts,
        max_body_bytes: int,
    ) -> None:
        self._app = app
        self._verifier = verifier
        self._resource = resource
        self._tool_scopes = tool_scopes
        self._own_hosts = own_hosts
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            refusal = await self._answer(request, send)
        except ClientDisconnect:
            return
        if refusal is not None:
            await refusal(scope, receive, send)

    async def _answer(self, request: Request, send: Send) -> Response | None:
        """Pass a good request on; the response for any other."""
        try:
            self._check_hosts(request)
            if request.method == "GET" and self._resource.is_metadata_path(request.url.path):
                return JSONResponse(self._resource.metadata())
            principal = await self._caller(request.headers)
            if request.method != "POST":
                raise MethodNotAllowed
            body = await read_body(request, self._max_body_bytes)
            self._require_scope(principal, rpc_call(body, request.headers))
        except RequestRefused as refusal:
            logger.warning("reason=<%s> | refused request", type(refusal).__name__)
            return refuse_request(refusal)
        except IdentityError as refusal:
            return refuse_caller(self._resource, refusal)
        await self._pass_on(request, principal, body, send)
        return None

    def _check_hosts(self, request: Request) -> None:
        status = self._own_hosts.refusal(request.headers.raw)
        if status == MISDIRECTED:
            raise WrongHost
        if status == FOREIGN_PAGE:
            raise ForeignOrigin

    async def _caller(self, headers: Headers) -> Principal:
        try:
            token = bearer_token(_authorization(headers))
        except TokenRefused as refusal:
            logger.warning(
                "resource=<%s>, reason=<%s: %s> | refused token",
                self._resource.url,
                type(refusal).__name__,
                refusal,
            )
            raise
        principal = await self._verifier.verify_async(token)
        record_caller(principal, token)
        return principal

    def _require_scope(self, principal: Principal, call: RpcCall) -> None:
        """RFC 6750 §3.1; the challenge repeats what was granted, so that stepping up loses nothing."""
        if call.tool is None:
            return
        note("tool", call.tool if call.tool in self._tool_scopes else "unknown")
        needed = self._tool_scopes.get(call.tool)
        if needed is not None and needed not in principal.scopes:
            logger.warning("tool=<%s>, scope=<%s> | refused for lack of scope", call.tool, needed)
            raise ScopeInsufficient({needed, *principal.scopes.intersection(self._resource.scopes)})

    async def _pass_on(self, request: Request, principal: Principal, body: bytes, send: Send) -> None:
        call = InboundCall(principal, request.headers.get(WORKLOAD_TOKEN_HEADER))
        reset = current_call.set(call)
        try:
            await self._app(request.scope, _replay(body, request.receive), send)
        finally:
            current_call.reset(reset)


def _authorization(headers: Headers) -> str | None:
    values = headers.getlist("authorization")
    if len(values) > 1:
        raise TokenMalformed("several Authorization headers")
    return values[0] if values else None


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body once more, exactly as it was judged, then whatever comes next: the disconnect."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again

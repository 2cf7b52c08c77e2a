"""The order in which a request is looked at.

Host and origin, path, bearer, rate, verb, size, shape, session: nothing is read from a stranger, or buffered for one.
Then the method. Plain ASGI: a framework would cost as much as the rest of the way.
"""

import logging

from starlette.types import Receive, Scope, Send

from identity.errors import IdentityError, KeysUnavailable, SignInExpired, TokenExpired
from identity.own_hosts import FOREIGN_PAGE, MISDIRECTED, OwnHosts
from identity.protected_resource import ProtectedResource
from local_agentcore.gateway.answers import Answer, octets
from local_agentcore.gateway.body import read_body
from local_agentcore.gateway.errors import (
    ClientGone,
    ForeignOrigin,
    MethodNotAllowed,
    NotAcceptable,
    PathUnknown,
    RequestRefused,
    SessionUnknown,
    WrongHost,
)
from local_agentcore.gateway.exchanges import Exchange
from local_agentcore.gateway.headers import RequestHeaders
from local_agentcore.gateway.inbound import Caller, InboundAuthorizer
from local_agentcore.gateway.inspection import EXPLANATIONS, TOOLS, Inspection
from local_agentcore.gateway.interceptors.interception import Answering
from local_agentcore.gateway.presence import CallsUnderWay
from local_agentcore.gateway.rate_limits import RateLimits
from local_agentcore.gateway.rpc import RpcMessage, Versions, read_message
from local_agentcore.gateway.sessions import Sessions, owner_of

logger = logging.getLogger(__name__)
PATH = "/mcp"
INSPECTED = {EXPLANATIONS: "POST", TOOLS: "GET"}
SESSION_HEADER = "mcp-session-id"
CANCELLED = -32800


class Door:
    """Answers requests, or says why not.

    Args:
        resource: Metadata and challenges.
        own_hosts: Under which the gateway is reached.
        inbound: Who may come in.
        limits: How often.
        versions: Of MCP.
        sessions: None: none are kept.
        methods: What is done inside.
        inspection: Answers questions beside MCP; None: nobody does.
        under_way: Calls that a notification may cancel.
        max_body_bytes: Larger bodies are refused.
    """

    def __init__(
        self,
        *,
        resource: ProtectedResource,
        own_hosts: OwnHosts,
        inbound: InboundAuthorizer,
        limits: RateLimits,
        versions: Versions,
        sessions: Sessions | None,
        methods: Answering,
        inspection: Inspection | None = None,
        under_way: CallsUnderWay,
        max_body_bytes: int,
    ) -> None:
        self._resource = resource
        self._own_hosts = own_hosts
        self._inbound = inbound
        self._limits = limits
        self._versions = versions
        self._sessions = sessions
        self._methods = methods
        self._inspection = inspection
        self._under_way = under_way
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = Answer(send)
        message: RpcMessage | None = None
        try:
            headers = RequestHeaders(scope["headers"])
            self._check_hosts(headers)
            if scope["method"] == "GET" and self._resource.is_metadata_path(scope["path"]):
                await answer.last(octets(self._resource.metadata()), headers={"Cache-Control": "max-age=300"})
                return
            caller = await self._admitted(scope, headers)
            if scope["path"] != PATH:
                await self._inspect(scope, caller, headers, receive, answer)
                return
            if scope["method"] == "DELETE":
                await self._end_session(caller, headers, answer)
                return
            _check_verb(scope["method"], headers)
            body = await read_body(receive, headers, self._max_body_bytes)
            message = read_message(body, headers, self._versions)
            session = self._session(caller, headers)
            await self._serve(Exchange(caller, message, headers, session, receive, answer, body))
        except RequestRefused as refusal:
            logger.info("reason=<%s> | refused request", type(refusal).__name__)
            await _refuse_request(answer, refusal, message)
        except IdentityError as refusal:
            await self._refuse_caller(answer, refusal)
        except ClientGone:
            await _farewell(answer, message)

    def _check_hosts(self, headers: RequestHeaders) -> None:
        status = self._own_hosts.refusal(headers.raw)
        if status == MISDIRECTED:
            raise WrongHost
        if status == FOREIGN_PAGE:
            raise ForeignOrigin

    async def _admitted(self, scope: Scope, headers: RequestHeaders) -> Caller:
        if scope["path"] != PATH and (self._inspection is None or scope["path"] not in INSPECTED):
            raise PathUnknown
        caller = await self._inbound.caller(headers)
        self._limits.take(caller.principal)
        return caller

    async def _inspect(
        self, scope: Scope, caller: Caller, headers: RequestHeaders, receive: Receive, answer: Answer
    ) -> None:
        assert self._inspection is not None  # noqa: S101 - the path is known only with it
        if scope["method"] != INSPECTED[scope["path"]]:
            raise MethodNotAllowed
        if scope["path"] == TOOLS:
            told = await self._inspection.tools()
        else:
            told = await self._inspection.explain(
                caller.principal, await read_body(receive, headers, self._max_body_bytes)
            )
        await answer.last(octets(told), headers={"Cache-Control": "no-store"})

    def _session(self, caller: Caller, headers: RequestHeaders) -> str | None:
        """The session that a request names; it must be the caller's own."""
        name = headers.get(SESSION_HEADER)
        if name is None:
            return None
        if self._sessions is None:
            raise SessionUnknown
        self._sessions.require(name, owner_of(caller.principal))
        return name

    async def _end_session(self, caller: Caller, headers: RequestHeaders, answer: Answer) -> None:
        name = self._session(caller, headers)
        if name is None or self._sessions is None:
            raise SessionUnknown
        self._sessions.end(name, owner_of(caller.principal))
        await answer.empty(204)

    async def _serve(self, exchange: Exchange) -> None:
        if exchange.message.id is not None:
            await self._methods.answer(exchange)
            return
        if exchange.message.method == "notifications/cancelled" and exchange.session is not None:
            cancelled = exchange.message.params.get("requestId")
            if isinstance(cancelled, str | int):
                self._under_way.cancel((exchange.session, cancelled))
        await exchange.answer.empty(202)

    async def _refuse_caller(self, answer: Answer, refusal: IdentityError) -> None:
        """RFC 6750 §3 and RFC 9728 §5.1; the body is empty."""
        if isinstance(refusal, KeysUnavailable):
            await answer.empty(refusal.status, {"Retry-After": "1"})
            return
        if isinstance(refusal, SignInExpired):
            refusal = TokenExpired("ended while the request was under way")
        await answer.empty(refusal.status, {"WWW-Authenticate": self._resource.challenge(refusal)})


def _check_verb(verb: str, headers: RequestHeaders) -> None:
    if verb != "POST":
        raise MethodNotAllowed
    accepted = headers.get("accept", "*/*")
    if not any(kind in accepted for kind in ("application/json", "application/*", "*/*")):
        raise NotAcceptable


async def _refuse_request(answer: Answer, refusal: RequestRefused, message: RpcMessage | None) -> None:
    error = {"code": refusal.code, "message": refusal.message}
    if refusal.data is not None:
        error["data"] = refusal.data
    document = {"jsonrpc": "2.0", "id": None if message is None else message.id, "error": error}
    status = refusal.status
    if message is not None and message.era == "handshake" and refusal.handshake_status is not None:
        status = refusal.handshake_status
    await answer.last(octets(document), status=status, headers=refusal.headers)


async def _farewell(answer: Answer, message: RpcMessage | None) -> None:
    """The end of an answer for which nobody waits any more; on a connection that is gone it reaches nobody."""
    if message is not None:
        error = {"code": CANCELLED, "message": "Request cancelled"}
        await answer.last(octets({"jsonrpc": "2.0", "id": message.id, "error": error}))

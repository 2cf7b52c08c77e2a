"""REST API Gateway on a laptop: ASGI request → v1 event → authorizer → the deployed handler → ASGI response.

Order and answers are those of the REST flavour of API Gateway. What it refuses it answers itself, with a constant
challenge and no detail: 401, 403, 413, 414, 421, 429, 500, 502.
"""

import base64
import logging
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from json import dumps
from typing import Any
from urllib.parse import quote

from apis.serving.authorizer import ApiAuthorizer
from apis.serving.errors import (
    BodyIncomplete,
    DecisionUnavailable,
    KeyUnknown,
    PayloadTooLarge,
    Unauthorized,
    UsageExceeded,
)
from apis.serving.gateway_event import HttpRequest, RouteTable, gateway_event, method_arn
from apis.serving.invocation import Handler, lambda_handler
from apis.serving.problem import PROBLEM_JSON, problem
from apis.serving.usage_plan import HEADER, UsagePlan
from identity.errors import KeysUnavailable
from identity.own_hosts import OwnHosts

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Before = Callable[[Mapping[str, Any]], Awaitable[None]]

MAX_BODY_BYTES = 10 * 1024 * 1024  # API Gateway, REST
MAX_PAYLOAD_BYTES = 6 * 1024 * 1024  # Lambda, for the event of a synchronous invocation and for its answer
KEY_REFUSED = "ForbiddenException"
MAX_METHOD_ARN_BYTES = 1600  # API Gateway, REST: longer is a 414

# The Powertools resolver keeps the current event on a class that all resolvers of the process share.
_ONE_HANDLER_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, ready to send."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """What handlers may use of the Lambda context."""

    aws_request_id: str
    function_name: str = "local"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:local"


@dataclass(frozen=True, slots=True)
class LocalRestApi:
    """The ASGI application of one API.

    Attributes:
        handler: The Lambda handler.
        routes: The operations of its OpenAPI document.
        authorizer: Asked for every request that has an Authorization header, except to public operations.
        own_hosts: Under which this API is reached.
        usage_plan: Of the API keys; None where none is needed.
        before: Awaited with every event that is admitted, before the handler runs: for slow work that would keep
            the handlers of all APIs waiting. On AWS there is no such thing, and a handler must not need it.
    """

    handler: Handler
    routes: RouteTable
    authorizer: ApiAuthorizer
    own_hosts: OwnHosts
    usage_plan: UsagePlan | None = None
    before: Before | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await _send(await self._answer(scope, receive), send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        refused = self.own_hosts.refusal(scope["headers"])
        if refused is not None:
            return _refusal(refused)
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        try:
            body = await _read_body(headers, receive)
        except PayloadTooLarge:
            return _refusal(413)
        except BodyIncomplete:
            return _refusal(400)  # nobody reads it; the handler must not take half a file for a file
        path = _encoded_path(scope)
        if "%2f" in path.lower():
            return _refusal(404)  # a slash inside a segment would name another operation once decoded (M16)
        route = self.routes.match(scope["method"], path)
        if route is None:
            # REST API Gateway knows the operation before it knows the caller, and says this for unknown ones.
            return _refusal(403, "Missing Authentication Token")
        client = scope.get("client") or ("", 0)
        query = scope["query_string"].decode("latin-1")
        request = HttpRequest(scope["method"], path, query, headers, body, client[0])
        event = gateway_event(request, route)
        return _refusal(413) if _exceeds_lambda(event, body) else await self._admit(event, public=route.public)

    async def _admit(self, event: dict[str, Any], *, public: bool) -> Answer:
        refusal = None if public else await self._authorize(event)
        refusal = refusal or self._meter(event)
        if refusal is None and self.before is not None:
            await self.before(event)
        return refusal or self._invoke(event)

    async def _authorize(self, event: dict[str, Any]) -> Answer | None:
        """The refusal of the authorizer, or None: then the event says who calls."""
        if not _has_authorization(event):
            # Authorization is the identity source: without it REST does not call the authorizer.
            self.authorizer.audit_missing()
            return _unauthorized()
        arn = method_arn(event)
        if len(arn.encode()) > MAX_METHOD_ARN_BYTES:
            return _refusal(414)
        try:
            policy = await self.authorizer.authorize({**event, "type": "REQUEST", "methodArn": arn})
        except Unauthorized:
            return _unauthorized()
        except (DecisionUnavailable, KeysUnavailable):
            return _refusal(500)  # what REST makes of any other error of its authorizer
        admitted = authorizer_context(policy)
        if admitted is None:
            return _refusal(403)
        event["requestContext"]["authorizer"] = admitted
        return None

    def _meter(self, event: Mapping[str, Any]) -> Answer | None:
        """The refusal of the usage plan, or None. After the authorizer: a key stands for nobody (P16)."""
        if self.usage_plan is None:
            return None
        try:
            self.usage_plan.use(
                next((value for name, value in event["headers"].items() if name.lower() == HEADER), None)
            )
        except KeyUnknown:
            refusal = _refusal(403, "Forbidden")
            # API Gateway's word for a key that it does not take; a denial of the authorizer has another.
            return Answer(403, (*refusal.headers, ("x-amzn-errortype", KEY_REFUSED)), refusal.body)
        except UsageExceeded as exceeded:
            refusal = _refusal(429)
            return Answer(429, (*refusal.headers, ("retry-after", str(exceeded.retry_after_s))), refusal.body)
        return None

    def _invoke(self, event: dict[str, Any]) -> Answer:
        request_id = event["requestContext"]["requestId"]
        with _ONE_HANDLER_AT_A_TIME:
            response = lambda_handler(self.handler)(event, LambdaContext(request_id))
        try:
            answer = _convert(response, request_id)
        except (AttributeError, KeyError, TypeError, ValueError) as err:
            # API Gateway takes nothing else than a proxy response; what is there instead may be data.
            logger.error("request=<%s>, error=<%s> | malformed proxy response", request_id, type(err).__name__)  # noqa: TRY400 - see above
            return _refusal(502)
        if len(answer.body) > MAX_PAYLOAD_BYTES:
            logger.error("request=<%s>, bytes=<%d> | answer is larger than Lambda's", request_id, len(answer.body))
            return _refusal(502)
        return answer


def authorizer_context(policy: Mapping[str, Any]) -> dict[str, str] | None:
    """What the handler sees of the authorizer's answer: flat and all text; None if the policy does not allow."""
    statements = policy["policyDocument"]["Statement"]
    if not statements or any(statement["Effect"] != "Allow" for statement in statements):
        return None
    context = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in (policy.get("context") or {}).items()
    }
    return {"principalId": policy["principalId"], **context}


def _exceeds_lambda(event: Mapping[str, Any], body: bytes) -> bool:
    """Whether the event is too large. It is JSON around the body: text grows by its escapes, bytes by base64."""
    return len(body) > MAX_PAYLOAD_BYTES // 2 and len(dumps(event)) > MAX_PAYLOAD_BYTES


def _has_authorization(event: Mapping[str, Any]) -> bool:
    return any(name.lower() == "authorization" for name in event["headers"])


def _encoded_path(scope: Scope) -> str:
    """The path as the client wrote it: REST API Gateway does not decode it."""
    raw: bytes | None = scope.get("raw_path")
    return quote(scope["path"]) if raw is None else raw.decode("latin-1")


async def _read_body(headers: Iterable[tuple[str, str]], receive: Receive) -> bytes:
    declared = next((value for name, value in headers if name == "content-length"), "0")
    if not (declared.isascii() and declared.isdigit()) or int(declared) > MAX_BODY_BYTES:
        raise PayloadTooLarge
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyIncomplete
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise PayloadTooLarge
        if not message.get("more_body"):
            return bytes(body)


def _refusal(status: int, detail: str = "") -> Answer:
    body = dumps(problem(status, detail)).encode()
    return Answer(status, (("content-type", PROBLEM_JSON),), body)


def _unauthorized() -> Answer:
    refusal = _refusal(401)
    # One constant answer for every reason: which check failed is nobody's business (RFC 6750 §3).
    return Answer(401, (*refusal.headers, ("www-authenticate", "Bearer")), refusal.body)


def _convert(response: Mapping[str, Any], request_id: str) -> Answer:
    """The handler's proxy response; values of ``multiValueHeaders`` win over ``headers`` of the same name."""
    multi = {name.lower(): list(values) for name, values in (response.get("multiValueHeaders") or {}).items()}
    single = {name.lower(): [value] for name, value in (response.get("headers") or {}).items()}
    fields = {**single, **multi, "x-amzn-requestid": [request_id]}
    fields.pop("content-length", None)
    headers = tuple((name, str(value)) for name, values in fields.items() for value in values)
    text = response.get("body") or ""
    body = base64.b64decode(text) if response.get("isBase64Encoded") else text.encode()
    return Answer(int(HTTPStatus(response["statusCode"])), headers, body)


async def _send(answer: Answer, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return

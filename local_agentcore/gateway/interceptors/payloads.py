"""What interceptors are called with and what they answer: version 1.0 of AWS's payloads for MCP."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from local_agentcore.gateway.errors import InterceptorUnusable
from local_agentcore.gateway.exchanges import Exchange
from local_agentcore.gateway.rpc import MOST_DEPTH, RpcMessage, depth

VERSION = "1.0"
# What frames an answer is written by the gateway alone.
_FRAMING = frozenset(
    {"connection", "content-encoding", "content-length", "content-type", "transfer-encoding", "trailer"}
)
HeaderName = Annotated[str, StringConstraints(pattern=re.compile(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"))]
HeaderValue = Annotated[str, StringConstraints(pattern=re.compile(r"^[\x20-\x7e]*$"), max_length=8192)]
Body = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Response:
    """An answer on its way out.

    Attributes:
        body: One JSON-RPC response.
    """

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any] = field(repr=False)


class _Shape(BaseModel):
    # Members that this version does not know are passed over, as a newer interceptor may send some.
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, hide_input_in_errors=True)


class _TransformedRequest(_Shape):
    body: Body | None = None


class _TransformedResponse(_Shape):
    status_code: Annotated[int, Field(ge=200, le=599, strict=True)] | None = None
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)
    body: Body | None = None


class _Mcp(_Shape):
    request: _TransformedRequest | None = Field(default=None, alias="transformedGatewayRequest")
    response: _TransformedResponse | None = Field(default=None, alias="transformedGatewayResponse")


class _Output(_Shape):
    version: Literal["1.0"] = Field(alias="interceptorOutputVersion")
    mcp: _Mcp


def request_payload(exchange: Exchange, *, headers: bool) -> dict[str, Any]:
    """What a REQUEST interceptor is called with.

    Args:
        exchange: The request.
        headers: Whether it sees the caller's headers, tokens included.
    """
    request: dict[str, Any] = {"path": "/mcp", "httpMethod": "POST", "body": _document(exchange.message)}
    if headers:
        request["headers"] = {name.title(): value for name, value in exchange.headers.items()}
    mcp = {"rawGatewayRequest": {"body": exchange.body.decode()}, "gatewayRequest": request}
    return {"interceptorInputVersion": VERSION, "mcp": mcp}


def response_payload(exchange: Exchange, response: Response, *, headers: bool, body: bool) -> dict[str, Any]:
    """What a RESPONSE interceptor is called with.

    Args:
        exchange: The request, as the target got it.
        response: The answer.
        headers: Whether it sees the caller's headers.
        body: Whether it sees the body of the answer.
    """
    payload = request_payload(exchange, headers=headers)
    answer: dict[str, Any] = {"statusCode": response.status, "headers": dict(response.headers)}
    payload["mcp"]["gatewayResponse"] = {**answer, "body": response.body} if body else answer
    return payload


def transformed_request(written: bytes, message: RpcMessage) -> RpcMessage | Response:
    """What a REQUEST interceptor wants: the request that goes on, or an answer at once.

    Args:
        written: Its answer.
        message: The request that it was shown.

    Raises:
        InterceptorUnusable: Its answer is none.
    """
    mcp = _read(written).mcp
    if mcp.response is not None:
        if mcp.response.body is None:
            raise InterceptorUnusable("an answer without a body")
        # Before the gateway's own: an interceptor that answers is believed even if it gives a request too.
        return _response(mcp.response, message, Response(200, {}, mcp.response.body))
    if mcp.request is None:
        raise InterceptorUnusable("neither a request nor an answer")
    if mcp.request.body is None or mcp.request.body == _document(message):
        return message
    return _changed(mcp.request.body, message)


def transformed_response(written: bytes, message: RpcMessage, response: Response) -> Response:
    """What a RESPONSE interceptor wants to be answered; what it leaves out stays as it was.

    Raises:
        InterceptorUnusable: Its answer is none.
    """
    transformed = _read(written).mcp.response
    if transformed is None:
        raise InterceptorUnusable("no answer")
    return _response(transformed, message, response)


def _read(written: bytes) -> _Output:
    try:
        return _Output.model_validate_json(written)
    except ValidationError as error:
        raise InterceptorUnusable("no output of version 1.0") from error


def _changed(body: Body, message: RpcMessage) -> RpcMessage:
    """The changed request. It answers the same question: what was checked before depends on method and id."""
    params = body.get("params", {})
    same = (body.get("jsonrpc"), body.get("id"), body.get("method")) == ("2.0", message.id, message.method)
    if not same or not isinstance(params, dict) or depth(body) > MOST_DEPTH:
        raise InterceptorUnusable("another request than the one it was given")
    return RpcMessage(message.era, message.id, message.method, params)


def _response(transformed: _TransformedResponse, message: RpcMessage, before: Response) -> Response:
    body = before.body if transformed.body is None else transformed.body
    if (body.get("jsonrpc"), body.get("id")) != ("2.0", message.id) or ("result" in body) == ("error" in body):
        raise InterceptorUnusable("no response to the request that it was given")
    headers = {name: value for name, value in transformed.headers.items() if name.lower() not in _FRAMING}
    kept = {
        name: value for name, value in before.headers.items() if name.lower() not in {one.lower() for one in headers}
    }
    return Response(transformed.status_code or before.status, {**kept, **headers}, body)


def _document(message: RpcMessage) -> dict[str, Any]:
    document = {"jsonrpc": "2.0", "id": message.id, "method": message.method}
    return {**document, "params": message.params} if message.params else document


def read_body(octets: bytes) -> dict[str, Any]:
    """The JSON-RPC response that the gateway wrote."""
    document: dict[str, Any] = json.loads(octets)
    return document

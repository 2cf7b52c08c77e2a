"""An HTTP request as the REST API of API Gateway hands it to a Lambda function: proxy event, payload v1.

``resource`` is the route template that the path matches among the OpenAPI document's paths, as on AWS: the
authorizer makes its Cedar action of method and template, so a request without a template never gets that far.
"""

import base64
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

BEARER = "bearer"  # name of the security scheme
STAGE = "v1"
API_ID = "local"
ACCOUNT = "000000000000"
REGION = "us-east-1"
_PARAMETER = re.compile(r"\{([^{}/]+)\}")
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What the shim has read: ``path`` as the client encoded it, header names in any case, the body complete."""

    method: str
    path: str
    query_string: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the API and the parameters that a path gives it.

    Attributes:
        public: Whether the operation wants no token: authorization NONE at API Gateway.
    """

    template: str
    parameters: Mapping[str, str]
    public: bool = False


class RouteTable:
    """The operations of an OpenAPI document. Templates without parameters win, as in the resolver."""

    def __init__(self, operations: Iterable[tuple[str, str]], public: Iterable[tuple[str, str]] = ()) -> None:
        """Takes (method, template) pairs in the order of the document, and which of them want no token."""
        self._public = frozenset(public)
        self.operations = tuple(sorted(operations, key=lambda operation: "{" in operation[1]))
        self._patterns = [(method, template, _pattern(template)) for method, template in self.operations]

    @property
    def with_token(self) -> tuple[tuple[str, str], ...]:
        """Those that an authorizer is asked about."""
        return tuple(operation for operation in self.operations if operation not in self._public)

    @classmethod
    def from_openapi(cls, paths: Mapping[str, Mapping[str, Any]]) -> "RouteTable":
        """Reads the ``paths`` object of an OpenAPI document."""
        operations = {
            (method.upper(), template): operation
            for template, item in paths.items()
            for method, operation in item.items()
            if method.upper() in _METHODS
        }
        return cls(operations, (each for each, operation in operations.items() if wants_no_token(operation)))

    def match(self, method: str, path: str) -> Route | None:
        """Finds the operation; a trailing slash makes no difference, as in the resolver."""
        for own_method, template, pattern in self._patterns:
            if own_method == method and (found := pattern.fullmatch(path.rstrip("/") or "/")):
                names = _PARAMETER.findall(template)
                values = map(unquote, found.groups())
                public = (method, template) in self._public
                return Route(template, dict(zip(names, values, strict=True)), public=public)
        return None


def wants_no_token(operation: Mapping[str, Any]) -> bool:
    """Whether an OpenAPI operation has security of its own, and no bearer among it."""
    return "security" in operation and not any(BEARER in each for each in operation["security"])


def action_name(method: str, template: str) -> str:
    """The Cedar action of an operation, for example ``get /routes/{route_id}``."""
    return f"{method.lower()} {template}"


def gateway_event(request: HttpRequest, route: Route) -> dict[str, Any]:
    """Builds the event, still without ``requestContext.authorizer``."""
    headers = _multi((name.title(), value) for name, value in request.headers)
    query = _multi(parse_qsl(request.query_string, keep_blank_values=True))
    body, encoded = _body_text(request.body)
    return {
        "resource": route.template,
        "path": request.path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(route.parameters) or None,
        "stageVariables": None,
        "body": body or None,
        "isBase64Encoded": encoded,
        "requestContext": _request_context(request, route),
    }


def method_arn(event: Mapping[str, Any]) -> str:
    """The ``methodArn`` of an authorizer event."""
    context = event["requestContext"]
    return (
        f"arn:aws:execute-api:{REGION}:{context['accountId']}:{context['apiId']}/{context['stage']}"
        f"/{event['httpMethod']}{event['path']}"
    )


def body_bytes(event: Mapping[str, Any]) -> bytes:
    """The request body as it was sent, for handlers that take files."""
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def header(event: Mapping[str, Any], name: str) -> str | None:
    """One header in any case; None if it is absent or sent twice, because two values have no single meaning."""
    found = [
        value for own_name, values in _headers(event).items() if own_name.lower() == name.lower() for value in values
    ]
    return found[0] if len(found) == 1 else None


def _headers(event: Mapping[str, Any]) -> Mapping[str, list[str]]:
    """All values of each header; an authorizer's event may have single ones only."""
    multi: Mapping[str, list[str]] | None = event.get("multiValueHeaders")
    return multi or {name: [value] for name, value in (event.get("headers") or {}).items()}


def _request_context(request: HttpRequest, route: Route) -> dict[str, Any]:
    now = time.time()
    request_id = str(uuid.uuid4())
    return {
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "domainName": next((value for name, value in request.headers if name.lower() == "host"), API_ID),
        "domainPrefix": API_ID,
        "extendedRequestId": request_id,
        "httpMethod": request.method,
        "identity": _identity(request),
        "path": f"/{STAGE}{request.path}",
        "protocol": "HTTP/1.1",
        "requestId": request_id,
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "requestTimeEpoch": int(now * 1000),
        "resourceId": API_ID,
        "resourcePath": route.template,
        "stage": STAGE,
    }


def _identity(request: HttpRequest) -> dict[str, str | None]:
    """What REST knows of a caller: nothing of IAM or of Cognito's identities, since we use neither."""
    return {
        "accessKey": None,
        "accountId": None,
        "caller": None,
        "cognitoAuthenticationProvider": None,
        "cognitoAuthenticationType": None,
        "cognitoIdentityId": None,
        "cognitoIdentityPoolId": None,
        "principalOrgId": None,
        "sourceIp": request.source_ip,
        "user": None,
        "userAgent": next((value for name, value in request.headers if name.lower() == "user-agent"), None),
        "userArn": None,
    }


def _pattern(template: str) -> re.Pattern[str]:
    """Literal parts escaped, each parameter one path segment. ``re.split`` alternates literal and parameter."""
    parts = _PARAMETER.split(template)
    return re.compile("".join("([^/]+)" if i % 2 else re.escape(part) for i, part in enumerate(parts)))


def _multi(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _body_text(body: bytes) -> tuple[str, bool]:
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True

"""Calls the operations of an API as its Lambda function is called: an event in, a proxy response out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from apis.serving.asgi import LambdaContext
from apis.serving.caller import user_partition
from apis.serving.gateway_event import HttpRequest, RouteTable, gateway_event
from apis.serving.resolver import route_table

ISSUER = "http://issuer.test/coach"


@dataclass(frozen=True)
class Answer:
    """Status, JSON body (None for none) and headers by name in small letters."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass
class DirectApi:
    """One athlete's view of a resolver, without gateway and authorizer: those are tested elsewhere."""

    app: APIGatewayRestResolver
    subject: str = "athlete"
    routes: RouteTable = field(init=False)

    def __post_init__(self) -> None:
        self.routes = route_table(self.app)

    @property
    def partition(self) -> str:
        return user_partition(ISSUER, self.subject)

    def call(
        self,
        method: str,
        path: str,
        *,
        content: bytes = b"",
        json_body: Any = None,
        headers: dict[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Answer:
        body = content if json_body is None else json.dumps(json_body).encode()
        sent = tuple((headers or {}).items())
        request = HttpRequest(method, path, urlencode(query or {}, doseq=True), sent, body, "127.0.0.1")
        route = self.routes.match(method, path)
        assert route is not None, path
        event = gateway_event(request, route)
        event["requestContext"]["authorizer"] = {
            "iss": ISSUER,
            "sub": self.subject,
            "client_id": "mcp-activities-exchange",
            "scope": "activities/read activities/write",
        }
        answer = self.app.resolve(event, LambdaContext("request"))  # type: ignore[arg-type] # what the shim passes
        text = answer.get("body") or "null"
        found = {name.lower(): values[0] for name, values in answer["multiValueHeaders"].items()}
        return Answer(int(answer["statusCode"]), json.loads(text), found)

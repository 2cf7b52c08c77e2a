"""A REST API of API Gateway before a Lambda function, as `httpx` reaches it: by its stage's URL or a custom domain."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import httpx

from tests.support.entry_modules import LambdaContext
from tests.support.rest_event import HOST, Recorded

STAGE = "prod"


@dataclass
class RestGateway(httpx.BaseTransport):
    """Makes events of requests and responses of what the function answers.

    Attributes:
        handler: The function.
        binary: Whether every body counts as binary.
    """

    handler: Callable[[dict[str, Any], Any], dict[str, Any]]
    binary: bool = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0]
        if request.url.host == HOST:
            assert path.startswith(f"/{STAGE}/"), f"403 Missing Authentication Token: {path}"
            path = path.removeprefix(f"/{STAGE}")  # with a custom domain, its base path stays
        recorded = Recorded(
            "",
            f"{request.method} {path}",
            0,
            query=parse_qsl(request.url.query.decode(), keep_blank_values=True),
            body=request.read(),
            encoded=self.binary,
            caller=None,
        )
        event = recorded.event("consent-return")
        sent = [(name.decode(), value.decode()) for name, value in request.headers.raw]
        event["multiValueHeaders"] = {name: [v for n, v in sent if n == name] for name, _ in sent}
        event["headers"] = dict(sent)
        answer = self.handler(event, LambdaContext())
        headers = [(name, value) for name, values in answer["multiValueHeaders"].items() for value in values]
        body = answer["body"]
        content = base64.b64decode(body) if answer["isBase64Encoded"] else body.encode()
        return httpx.Response(answer["statusCode"], headers=headers, content=content)

"""REST v1 events of Lambda proxy integrations, written down in AWS's own words and not by our shim.

The shape is that of API Gateway's developer guide; `tests/fixtures/rest_events/golden.json` is one of them.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

Pairs = Sequence[tuple[str, str]]

HOST = "abcdef1234.execute-api.eu-central-1.amazonaws.com"
ISSUER = "http://issuer.test/coach"
BINARY = "application/octet-stream"  # the only binary media type of the APIs' settings at API Gateway


@dataclass(frozen=True)
class Recorded:
    """One request to an API, and the status that answers it.

    Attributes:
        name: What it shows.
        operation: Method and route template.
        status: Of the answer.
        parameters: Of the path, as they are meant; the event has them encoded.
        query: Decoded, in order.
        headers: As the client sent them.
        body: As the client sent it.
        encoded: Whether API Gateway takes the body for binary; by its media type if not said.
        trailing: What follows the path.
        caller: Subject of the athlete; None for a public operation.
        keeps: By name, where in the answer a value stands that later events have as ``{NAME}``: a path of members
            separated by slashes, or ``header:name``.
    """

    name: str
    operation: str
    status: int
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Pairs = ()
    headers: Pairs = ()
    body: bytes = b""
    encoded: bool | None = None
    trailing: str = ""
    caller: str | None = "maya"
    keeps: Mapping[str, str] = field(default_factory=dict)

    def document(self, team: str) -> dict[str, Any]:
        """What the fixture file holds."""
        return {"name": self.name, "status": self.status, "keeps": dict(self.keeps), "event": self.event(team)}

    def event(self, team: str) -> dict[str, Any]:
        method, template = self.operation.split(" ")
        path = template
        for name, value in self.parameters.items():
            path = path.replace(f"{{{name}}}", value if value.startswith("{") else quote(value, safe=""))
        path += self.trailing
        headers = _grouped([*_SENT_BY_EVERYBODY, *self.headers, *([] if self.caller is None else [_BEARER])])
        query = _grouped(self.query)
        body, encoded = self._body()
        return {
            "resource": template,
            "path": path,
            "httpMethod": method,
            "headers": _last(headers),
            "multiValueHeaders": headers,
            "queryStringParameters": _last(query) or None,
            "multiValueQueryStringParameters": query or None,
            "requestContext": self._context(team, method, template, path),
            "pathParameters": dict(self.parameters) or None,
            "stageVariables": None,
            "body": body,
            "isBase64Encoded": encoded,
        }

    def _body(self) -> tuple[str | None, bool]:
        if not self.body:
            return None, False
        binary = any(name.lower() == "content-type" and value == BINARY for name, value in self.headers)
        if binary if self.encoded is None else self.encoded:
            return base64.b64encode(self.body).decode(), True
        return self.body.decode(), False

    def _context(self, team: str, method: str, template: str, path: str) -> dict[str, Any]:
        context: dict[str, Any] = {
            "accountId": "123456789012",
            "apiId": "abcdef1234",
            "domainName": HOST,
            "domainPrefix": "abcdef1234",
            "extendedRequestId": "JJbxmEJZIAMFYzg=",
            "httpMethod": method,
            "identity": _IDENTITY,
            "path": f"/prod{path}",
            "protocol": "HTTP/1.1",
            "requestId": "4a2cf3a6-6f0c-4d5d-a2c3-1d0b54d0a5f1",
            "requestTime": "20/May/2026:10:00:00 +0000",
            "requestTimeEpoch": 1779271200000,
            "resourceId": "ab12cd",
            "resourcePath": template,
            "stage": "prod",
        }
        if self.caller is not None:
            # What our authorizer answers, flat and as text, and how long it took, as a number.
            context["authorizer"] = {
                "client_id": f"mcp-{team}-exchange",
                "integrationLatency": 41,
                "iss": ISSUER,
                "principalId": self.caller,
                "scope": f"{team}/read {team}/write",
                "sub": self.caller,
                "username": self.caller,
            }
        return context


_SENT_BY_EVERYBODY = (
    ("accept", "application/json"),
    ("Host", HOST),
    ("User-Agent", "python-httpx/0.28.1"),
    ("X-Amzn-Trace-Id", "Root=1-5e669199-5413d2ae47bd5b1d2ed9b6b8"),
    ("X-Forwarded-For", "192.0.2.7"),
    ("X-Forwarded-Port", "443"),
    ("X-Forwarded-Proto", "https"),
)
_BEARER = ("authorization", "Bearer not-a-real-token")
_IDENTITY: dict[str, str | None] = {
    "accessKey": None,
    "accountId": None,
    "caller": None,
    "cognitoAuthenticationProvider": None,
    "cognitoAuthenticationType": None,
    "cognitoIdentityId": None,
    "cognitoIdentityPoolId": None,
    "principalOrgId": None,
    "sourceIp": "192.0.2.7",
    "user": None,
    "userAgent": "python-httpx/0.28.1",
    "userArn": None,
}


def _grouped(pairs: Pairs) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _last(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: each[-1] for name, each in values.items()}

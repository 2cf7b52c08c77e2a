"""The activities API as a Lambda function in this process: an event goes in, a response comes out, no network."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from apis.activities.handler import build_resolver
from apis.activities.library import ActivityLibrary
from apis.serving.asgi import LambdaContext
from apis.serving.caller import user_partition
from apis.serving.cursor import CursorSeal
from apis.serving.gateway_event import HttpRequest, gateway_event
from apis.serving.invocation import Handler
from apis.serving.resolver import route_table
from apis.serving.sqlite_store import SqliteStore

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
ISSUER = "http://127.0.0.1/coach"
OK = 200


class Unanswered(RuntimeError):
    """A measured call was refused: its time means nothing."""


@dataclass(eq=False)
class ActivitiesApi:
    """The deployed handler over one SQLite file, called as one athlete after the other."""

    database: Path
    store: SqliteStore = field(init=False)

    def __post_init__(self) -> None:
        self.store = SqliteStore(self.database)
        resolver = build_resolver(self.store, CursorSeal(b"a key of the benchmarks"), clock=lambda: NOW)
        self._handle: Handler = resolver.resolve
        self._routes = route_table(resolver)

    def library(self, athlete: str) -> ActivityLibrary:
        """What the athlete's requests read and write."""
        return ActivityLibrary(self.store, user_partition(ISSUER, athlete))

    def event(self, athlete: str, method: str, path: str, body: bytes = b"", **query: Any) -> dict[str, Any]:
        """A request as API Gateway hands it to the function, its authorizer's word included."""
        route = self._routes.match(method, path)
        if route is None:
            raise Unanswered(path)
        headers = (("Content-Type", "application/octet-stream"),)
        event = gateway_event(HttpRequest(method, path, urlencode(query), headers, body, "127.0.0.1"), route)
        scope = "activities/read activities/write"
        caller = {"iss": ISSUER, "sub": athlete, "client_id": "mcp-activities-exchange", "scope": scope}
        event["requestContext"]["authorizer"] = caller | {"username": athlete}
        return event

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """The body of the response.

        Raises:
            Unanswered: Any status but 200.
        """
        response = self._handle(event, LambdaContext("bench"))
        if response["statusCode"] != OK:
            raise Unanswered(str(response["statusCode"]))
        body: dict[str, Any] = json.loads(response["body"])
        return body

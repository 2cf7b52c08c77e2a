"""One HTTP API at work: the call of a tool as a request, and the answer as the result of the tool."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from identity.hop_trace import outgoing_headers
from local_agentcore.gateway.answers import octets
from local_agentcore.gateway.connections import TargetAnswer, TargetConnection, TargetMessage
from local_agentcore.gateway.errors import MethodUnknown, OperationRefused, TargetBroken, TargetRefused
from local_agentcore.gateway.openapi.operations import ApiOperation
from local_agentcore.gateway.openapi.quoting import quoted
from local_agentcore.gateway.openapi.requests import request_for
from local_agentcore.gateway.rpc import RequestId
from local_agentcore.gateway.settings import ApiTargetSettings

UNAUTHORIZED = 401
FORBIDDEN = 403
BAD_REQUEST = 400
KEY_REFUSED = "ForbiddenException"  # API Gateway: no key, or none of the usage plan
_FIXED_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}


class ApiTarget:
    """Calls the operations of one API.

    Args:
        settings: Its place, operations and credential.
        connection: Its pooled client.
    """

    def __init__(self, settings: ApiTargetSettings, connection: TargetConnection) -> None:
        self.settings = settings
        self.connection = connection

    @property
    def name(self) -> str:
        return self.settings.name

    @asynccontextmanager
    async def sent(
        self,
        token: str | None,
        request_id: RequestId,
        method: str,
        params: Mapping[str, Any],
        more_headers: Mapping[str, str] | None = None,  # noqa: ARG002 - mirrors are for servers that speak MCP
    ) -> AsyncIterator["ApiAnswer"]:
        """The answer to a call. See `targets.CallTarget.sent`.

        Args:
            token: The API key, or an access token.
            request_id: Of the caller.
            method: `tools/call`; an API has nothing else.
            params: With the tool's own name and the arguments.
            more_headers: Not used.

        Raises:
            InvalidParams: The arguments do not fit; nothing was sent.
            TargetFailure: No answer, or one that says no.
        """
        if method != "tools/call":
            raise MethodUnknown
        operation = self.settings.operations[params["name"]]
        headers, query = self._credential(token)
        request = request_for(operation, params["arguments"], query)
        lines = {**request.headers, **_FIXED_HEADERS, **outgoing_headers(), **headers}
        if request.body is not None:
            lines["Content-Type"] = "application/json"
        url = f"{self.settings.endpoint}{request.target}"
        async with self.connection.asked(request.method, url, request.body, lines) as answer:
            self._require_success(answer)
            yield ApiAnswer(answer, operation, request_id)

    def _credential(self, token: str | None) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and query parameters that carry it."""
        key = self.settings.api_key
        if token is None:
            return {}, {}
        if key is None:
            return {"Authorization": f"Bearer {token}"}, {}
        value = f"{key.prefix} {token}" if key.prefix else token
        return ({key.parameter: value}, {}) if key.location == "HEADER" else ({}, {key.parameter: value})

    def _require_success(self, answer: TargetAnswer) -> None:
        if answer.status < BAD_REQUEST:
            return
        named = (answer.header("x-amzn-errortype") or "").partition(":")[0]
        if answer.status == FORBIDDEN and self.settings.api_key is not None and named == KEY_REFUSED:
            raise TargetRefused(UNAUTHORIZED)  # the key, not the caller: the vault may have a new one
        raise OperationRefused(answer.status)


class ApiAnswer:
    """A success of an API.

    Args:
        answer: Its head has arrived.
        operation: That was asked for.
        request_id: Of the caller.
    """

    def __init__(self, answer: TargetAnswer, operation: ApiOperation, request_id: RequestId) -> None:
        self._answer = answer
        self._operation = operation
        self._request_id = request_id

    async def messages(self) -> AsyncGenerator[TargetMessage | None, None]:
        """The result, as a server of MCP would give it.

        Raises:
            TargetBroken: Not JSON, too much of it, or not what the document promises.
        """
        body = await self._answer.whole()
        result = self._result(body) if body or self._operation.output else {"content": []}
        message = {"jsonrpc": "2.0", "id": self._request_id, "result": {**result, "isError": False}}
        yield TargetMessage(message, octets(message))

    def _result(self, body: bytes) -> dict[str, Any]:
        if self._answer.media_type != "application/json":
            raise TargetBroken("not JSON")
        promised = self._operation.output
        try:
            document = json.loads(body)
            if promised is not None and not promised.is_valid(document):
                raise TargetBroken("not what its document promises")
            document = quoted(document, promised)
        except (ValueError, RecursionError) as error:
            raise TargetBroken("not JSON") from error
        result: dict[str, Any] = {"content": [{"type": "text", "text": json.dumps(document, ensure_ascii=False)}]}
        return result if self._operation.output is None else {**result, "structuredContent": document}

"""A lambda target: each of its tools is a call of one function with the tool's arguments as the event.

Which tool was called, the function reads from `context.client_context.custom`. The names of these members are those
of AWS's developer guide; nothing here was observed on AWS, and neither was what AWS makes of an answer: here it
becomes text, and structured content too where the tool has an output schema.
"""

import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from local_agentcore.gateway.answers import octets
from local_agentcore.gateway.circuit import Circuit
from local_agentcore.gateway.connections import TargetMessage
from local_agentcore.gateway.errors import (
    FunctionFailed,
    FunctionSilent,
    MethodUnknown,
    TargetBroken,
    TargetFailure,
    TargetSilent,
)
from local_agentcore.gateway.functions.local_function import LocalFunction
from local_agentcore.gateway.rpc import RequestId
from local_agentcore.gateway.schema_checks import checker, require_fit
from local_agentcore.gateway.settings import FunctionTargetSettings
from local_agentcore.gateway.tools import SEPARATOR


class FunctionTarget:
    """Calls one function.

    Args:
        settings: Its tools and names.
        function: The callable.
        circuit: Leaves a failing function alone.

    Raises:
        SchemaUnusable: A schema of a tool is none.
    """

    def __init__(
        self, settings: FunctionTargetSettings, function: LocalFunction, circuit: Circuit | None = None
    ) -> None:
        self.settings = settings
        self._function = function
        self._circuit = circuit or Circuit()
        tools = {str(tool["name"]): tool for tool in settings.static_tools or ()}
        self._inputs = {name: checker(tool["inputSchema"]) for name, tool in tools.items()}
        self._outputs = {name: checker(tool["outputSchema"]) for name, tool in tools.items() if "outputSchema" in tool}

    @property
    def name(self) -> str:
        return self.settings.name

    @asynccontextmanager
    async def sent(
        self,
        token: str | None,  # noqa: ARG002 - a function is called with the gateway's own role
        request_id: RequestId,
        method: str,
        params: Mapping[str, Any],
        more_headers: Mapping[str, str] | None = None,  # noqa: ARG002 - mirrors are for servers that speak MCP
    ) -> AsyncIterator["FunctionAnswer"]:
        """The answer to a call. See `targets.CallTarget.sent`.

        Raises:
            InvalidParams: The arguments do not fit; the function was not called.
            TargetFailure: No answer.
        """
        if method != "tools/call":
            raise MethodUnknown
        tool = str(params["name"])
        require_fit(self._inputs[tool], params["arguments"])
        self._circuit.enter()
        try:
            answer = await self._answer(tool, request_id, params["arguments"])
        except TargetFailure:
            self._circuit.failed()
            raise
        self._circuit.succeeded()
        yield FunctionAnswer(request_id, answer)

    async def _answer(self, tool: str, request_id: RequestId, arguments: Mapping[str, Any]) -> dict[str, Any]:
        try:
            written = await self._function.invoke(arguments, self._custom(tool, request_id))
        except FunctionSilent as error:
            raise TargetSilent("the function takes too long") from error
        except FunctionFailed as error:
            raise TargetBroken(f"function {error}") from error
        result: dict[str, Any] = {"content": [{"type": "text", "text": written.decode()}], "isError": False}
        promised = self._outputs.get(tool)
        if promised is None:
            return result
        document = json.loads(written)
        if not promised.is_valid(document):
            raise TargetBroken("not what its schema promises")
        return {**result, "structuredContent": document}

    def _custom(self, tool: str, request_id: RequestId) -> dict[str, str]:
        return {
            "bedrockAgentCoreMessageVersion": "1.0",
            "bedrockAgentCoreAwsRequestId": str(uuid.uuid4()),
            "bedrockAgentCoreMcpMessageId": str(request_id),
            "bedrockAgentCoreGatewayId": self.settings.gateway_id,
            "bedrockAgentCoreTargetId": self.settings.target_id,
            "bedrockAgentCoreToolName": f"{self.name}{SEPARATOR}{tool}",
        }


class FunctionAnswer:
    """What a function answered.

    Args:
        request_id: Of the caller.
        result: Of the tool.
    """

    def __init__(self, request_id: RequestId, result: Mapping[str, Any]) -> None:
        self._message = {"jsonrpc": "2.0", "id": request_id, "result": result}

    async def messages(self) -> AsyncGenerator[TargetMessage | None, None]:
        """The result, as a server of MCP would give it."""
        yield TargetMessage(self._message, octets(self._message))

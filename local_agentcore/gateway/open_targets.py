"""The targets of a running gateway: each opened for what it is, all closed with it."""

import ssl
from collections.abc import Mapping

from local_agentcore.gateway.connections import TargetConnection
from local_agentcore.gateway.errors import FunctionUnknown
from local_agentcore.gateway.functions.function_target import FunctionTarget
from local_agentcore.gateway.functions.local_function import Handler, LocalFunction, function_name
from local_agentcore.gateway.openapi.api_target import ApiTarget
from local_agentcore.gateway.settings import ApiTargetSettings, FunctionTargetSettings, GatewaySettings, TargetSettings
from local_agentcore.gateway.targets import CallTarget, Target


class OpenTargets:
    """Opens on the event loop on which it is made: pools belong to it.

    Args:
        settings: Of the gateway.
        functions: Name of a function to its callable.

    Raises:
        FunctionUnknown: A target or interceptor names one that is not among these.
        SchemaUnusable: A tool of a function has a schema that is none.
    """

    def __init__(self, settings: GatewaySettings, functions: Mapping[str, Handler]) -> None:
        self._settings = settings
        self._functions = functions
        self._connections: list[TargetConnection] = []
        self._opened: list[LocalFunction] = []
        self._tls = ssl.create_default_context()
        self.targets: tuple[CallTarget, ...] = tuple(self._target(target) for target in settings.targets)

    def function(self, arn: str, *, used_by: str, timeout_s: float) -> LocalFunction:
        """The callable behind an ARN, with threads of its own.

        Raises:
            FunctionUnknown: There is none.
        """
        require_function(self._functions, arn, used_by=used_by)
        handler = self._functions[function_name(arn)]
        opened = LocalFunction(arn, handler, timeout_s=timeout_s, most_bytes=self._settings.most_answer_bytes)
        self._opened.append(opened)
        return opened

    async def close(self) -> None:
        """Close every connection; functions that run are not waited for."""
        for connection in self._connections:
            await connection.close()
        for function in self._opened:
            function.close()

    def _target(self, target: TargetSettings) -> CallTarget:
        if isinstance(target, FunctionTargetSettings):
            timeout_s = self._settings.function_timeout_s
            return FunctionTarget(target, self.function(target.endpoint, used_by=target.name, timeout_s=timeout_s))
        connection = TargetConnection(target, self._settings, self._tls)
        self._connections.append(connection)
        return ApiTarget(target, connection) if isinstance(target, ApiTargetSettings) else Target(target, connection)


def require_functions(settings: GatewaySettings, functions: Mapping[str, Handler]) -> None:
    """Check that every function that a gateway would call is there.

    Raises:
        FunctionUnknown: One is not.
    """
    for target in settings.targets:
        if isinstance(target, FunctionTargetSettings):
            require_function(functions, target.endpoint, used_by=f"target {target.name}")
    for interceptor in settings.interceptors:
        require_function(functions, interceptor.function_arn, used_by="an interceptor")


def require_function(functions: Mapping[str, Handler], arn: str, *, used_by: str) -> None:
    """Check that a function is there.

    Raises:
        FunctionUnknown: It is not.
    """
    if function_name(arn) not in functions:
        raise FunctionUnknown(function_name(arn), used_by)

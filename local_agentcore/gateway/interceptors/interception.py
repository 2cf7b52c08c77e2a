"""The place of interceptors: after the policies have let a call through, and before its answer goes out.

A REQUEST interceptor sees only what is allowed. What it makes of the request is decided about again, for it may have
changed tool or arguments; AWS's order of the two is unverified. It may answer itself, and then nothing else is called.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from gateway_config.gateway import Interceptor
from local_agentcore.gateway.answers import octets
from local_agentcore.gateway.calls import ToolCalls
from local_agentcore.gateway.errors import (
    AnswerNotPassed,
    FunctionFailed,
    FunctionSilent,
    InterceptorUnusable,
    RequestNotPassed,
)
from local_agentcore.gateway.exchanges import Exchange
from local_agentcore.gateway.functions.local_function import LocalFunction
from local_agentcore.gateway.interceptors.held_answer import HeldAnswer
from local_agentcore.gateway.interceptors.payloads import (
    Response,
    read_body,
    request_payload,
    response_payload,
    transformed_request,
    transformed_response,
)

logger = logging.getLogger(__name__)
_NOTHING: Mapping[str, str] = {}


class Answering(Protocol):
    """Answers requests: `methods.Methods`, or that with interceptors around it."""

    async def answer(self, exchange: Exchange) -> None:
        """See `Methods.answer`."""
        ...


@dataclass(frozen=True)
class InterceptorFunction:
    """An interceptor and the function that it is."""

    settings: Interceptor
    function: LocalFunction

    async def invoke(self, payload: Mapping[str, Any]) -> bytes:
        """See `LocalFunction.invoke`."""
        return await self.function.invoke(payload, _NOTHING)


class InterceptedMethods:
    """Methods with interceptors around them.

    Args:
        methods: What is done inside.
        calls: Decides about calls before an interceptor sees them.
        interceptors: In the order in which they run.
    """

    def __init__(self, methods: Answering, calls: ToolCalls, interceptors: tuple[InterceptorFunction, ...]) -> None:
        self._methods = methods
        self._calls = calls
        self._on_request = [one for one in interceptors if "REQUEST" in one.settings.points]
        self._on_response = [one for one in interceptors if "RESPONSE" in one.settings.points]

    async def answer(self, exchange: Exchange) -> None:
        """See `Methods.answer`.

        Raises:
            RequestNotPassed, AnswerNotPassed: An interceptor gave no usable answer.
        """
        passed = await self._requested(exchange) if self._on_request else exchange
        if isinstance(passed, Response):
            await exchange.answer.last(octets(passed.body), status=passed.status, headers=passed.headers)
        elif self._on_response:
            await self._answered(passed)
        else:
            await self._methods.answer(passed)

    async def _requested(self, exchange: Exchange) -> Exchange | Response:
        """The request that goes on, or the answer at once."""
        called = exchange.message.method == "tools/call"
        record = await self._calls.permitted(exchange) if called else None
        outcome = "interceptor-failed"
        try:
            passed = await self._through(exchange)
            outcome = "intercepted"
        finally:
            if record is not None and (outcome != "intercepted" or isinstance(passed, Response)):
                record.outcome = outcome
                record.write()
        return passed

    async def _through(self, exchange: Exchange) -> Exchange | Response:
        for one in self._on_request:
            payload = request_payload(exchange, headers=one.settings.pass_request_headers)
            try:
                wanted = transformed_request(await one.invoke(payload), exchange.message)
            except (FunctionFailed, FunctionSilent, InterceptorUnusable) as error:
                self._tell(one, error)
                raise RequestNotPassed from error
            if isinstance(wanted, Response):
                return wanted
            if wanted is not exchange.message:
                exchange = replace(exchange, message=wanted, rewritten=True)
        return exchange

    async def _answered(self, exchange: Exchange) -> None:
        held = HeldAnswer()
        await self._methods.answer(replace(exchange, answer=held))
        response = Response(held.status, held.headers, read_body(held.message))
        for one in self._on_response:
            settings = one.settings
            payload = response_payload(
                exchange, response, headers=settings.pass_request_headers, body=not settings.without_response_body
            )
            try:
                response = transformed_response(await one.invoke(payload), exchange.message, response)
            except (FunctionFailed, FunctionSilent, InterceptorUnusable) as error:
                self._tell(one, error)
                raise AnswerNotPassed from error
        await exchange.answer.last(octets(response.body), status=response.status, headers=response.headers)

    def _tell(self, one: InterceptorFunction, error: Exception) -> None:
        kind = type(error).__name__
        logger.error(
            "function=<%s>, reason=<%s: %s> | interceptor gave no usable answer", one.function.name, kind, error
        )

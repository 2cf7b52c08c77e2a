"""One invocation of a Lambda function of ours: what becomes of a crash.

Left to itself, the Lambda runtime would write the exception's text into the log, and it may quote an athlete's data.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from apis.serving.errors import InvocationFailed
from apis.serving.problem import proxy_problem

logger = logging.getLogger(__name__)

T = TypeVar("T")
Handler = Callable[[dict[str, Any], Any], Mapping[str, Any]]
_BAD_GATEWAY = 502  # what API Gateway answers when a function fails


def lambda_handler(resolve: Handler) -> Handler:
    """The handler of an API's function, behind API Gateway and behind the laptop's shim alike.

    Args:
        resolve: Answers a REST v1 event with a proxy response. If it crashes, the answer is a 502 with a constant
            text (R08).
    """
    failing = lambda_function(resolve)

    def handler(event: dict[str, Any], context: Any) -> Mapping[str, Any]:
        try:
            return failing(event, context)
        except InvocationFailed:
            return proxy_problem(_BAD_GATEWAY)

    return handler


def lambda_function(
    run: Callable[[dict[str, Any], Any], T], *, passing: tuple[type[Exception], ...] = ()
) -> Callable[[dict[str, Any], Any], T]:
    """A function whose failure AWS must see: API Gateway makes a 500 of an authorizer's, a schedule tries again.

    Args:
        run: Does the work.
        passing: Errors whose text AWS reads.

    Returns:
        The function. It raises `InvocationFailed` in place of whatever else goes wrong.
    """

    def handler(event: dict[str, Any], context: Any) -> T:
        try:
            return run(event, context)
        except passing:
            raise
        except Exception as err:  # noqa: BLE001 - process boundary
            kind = type(err).__name__
            logger.error("request=<%s>, error=<%s> | handler failed", context.aws_request_id, kind)  # noqa: TRY400 - without the text
            raise InvocationFailed(kind) from None

    return handler

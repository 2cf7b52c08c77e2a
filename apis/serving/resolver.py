"""The Powertools resolver as all four APIs use it, with its known traps closed.

A handler function returns a pydantic model or a ``Response[T]`` (a bare ``Response`` does not validate) and raises
``ApiError`` for what the client must know. There is no handler for ``Exception``: it would swallow Powertools' own
404 and 422; what crashes leaves the Lambda function, and the gateway answers a generic 502.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from json import dumps
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError, ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
    ResponseValidationError,
)
from aws_lambda_powertools.event_handler.openapi.params import Header
from pydantic import BaseModel

from apis.serving.caller import Caller
from apis.serving.errors import ApiError, FieldError
from apis.serving.gateway_event import BEARER, RouteTable
from apis.serving.idempotency import LONGEST_KEY
from apis.serving.json_bodies import JsonBodies
from apis.serving.openapi_document import API_KEY, SECURITY_SCHEMES
from apis.serving.problem import PROBLEM_JSON, problem, problem_of, proxy_problem

M = TypeVar("M", bound=BaseModel)
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=LONGEST_KEY,
        description="The same request again with the same key gets the first answer and is not done twice.",
    ),
]

_LONGEST_FIELD_NAME = 100
# These messages of pydantic quote what was sent.
_ECHOING = frozenset({"union_tag_invalid", "json_invalid", "string_unicode"})
_UNKNOWN_FIELD = "extra_forbidden"


class RestResolver(APIGatewayRestResolver):
    """Powertools' resolver for paths as REST API Gateway hands them over: still encoded."""

    def resolve(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Answers a REST v1 event."""
        if "%2f" in event["path"].lower():
            # Decoded, it would name another operation than the one that the caller was admitted to (M16).
            return proxy_problem(HTTPStatus.NOT_FOUND)
        return super().resolve({**event, "path": unquote(event["path"])}, context)


def new_resolver(*, title: str, metered: bool = False) -> APIGatewayRestResolver:
    """Makes a REST v1 resolver that validates requests and responses and answers problem documents.

    Args:
        title: Of the API.
        metered: Whether a usage plan wants an API key of every caller.
    """
    _hush_powertools()
    # debug=False, or POWERTOOLS_DEV in the environment would answer stack traces.
    app = RestResolver(
        enable_validation=True, response_validation_error_http_code=HTTPStatus.INTERNAL_SERVER_ERROR, debug=False
    )
    app._request_validation_middleware = JsonBodies()  # noqa: SLF001 - Powertools has no other way to read bodies
    needed = (BEARER, API_KEY) if metered else (BEARER,)
    app.configure_openapi(
        title=title,
        version="1",
        security_schemes=cast("Any", {name: SECURITY_SCHEMES[name] for name in needed}),  # made models when needed
        security=[{name: [] for name in needed}],
    )
    app.exception_handler(ApiError)(_refuse)
    app.exception_handler(RequestValidationError)(_refuse_fields)
    app.exception_handler(ResponseValidationError)(_own_fault)
    app.exception_handler([UnicodeDecodeError])(_refuse_bytes)
    app.exception_handler(RequestUnsupportedContentType)(_refuse_content_type)
    app.exception_handler(NotFoundError)(_refuse_path)
    app.exception_handler(ServiceError)(_refuse_service_error)
    return app


def _hush_powertools() -> None:
    """Keeps what was sent and what is stored out of the logs (R08): the gateway's side names the error by its type."""
    logging.getLogger("aws_lambda_powertools").setLevel(logging.INFO)  # below, it writes every handler's arguments
    logging.getLogger("aws_lambda_powertools.event_handler.api_gateway").addFilter(_tells_no_exception)


def _tells_no_exception(record: logging.LogRecord) -> bool:
    return record.exc_info is None


def caller_of(app: APIGatewayRestResolver) -> Caller:
    """Who makes the current request."""
    return Caller.from_event(app.current_event.raw_event)


def route_table(app: APIGatewayRestResolver) -> RouteTable:
    """The operations of the resolver's own OpenAPI document."""
    document = app.get_openapi_schema().model_dump(by_alias=True, exclude_none=True)
    return RouteTable.from_openapi(document["paths"])


def published_route_table(openapi: Path) -> RouteTable:
    """The operations of a committed OpenAPI document: making it anew costs a start a tenth of a second.

    A test holds every committed document against its resolver.
    """
    return RouteTable.from_openapi(json.loads(openapi.read_text(encoding="utf-8"))["paths"])


def _answer(document: dict[str, Any]) -> Response[str]:
    return Response(status_code=document["status"], content_type=PROBLEM_JSON, body=dumps(document))


def _refuse(error: ApiError) -> Response[str]:
    return _answer(problem_of(error))


def _refuse_fields(error: RequestValidationError) -> Response[str]:
    """What is wrong where; never the value that was sent."""
    return _answer(problem(422, "The request does not have the documented form.", errors=_fields(error.errors())))


def _fields(findings: Sequence[Any]) -> list[FieldError]:
    """What was expected where."""
    return [
        FieldError(
            field=".".join(str(part) for part in _place(finding))[:_LONGEST_FIELD_NAME],
            message=finding["type"] if finding["type"] in _ECHOING else finding["msg"],
        )
        for finding in findings
    ]


def _place(finding: Any) -> Sequence[Any]:
    """Names a field as the client wrote it: without the leading ``query``, ``path`` or ``body``.

    The name of a field that nobody knows is the client's own text, so only the object it was found in is named.
    """
    loc: tuple[Any, ...] = finding["loc"][:-1] if finding["type"] == _UNKNOWN_FIELD else finding["loc"]
    return loc[1:] or loc


def _own_fault(_: ResponseValidationError) -> Response[str]:
    return _answer(problem(500))


def _refuse_bytes(_: UnicodeDecodeError) -> Response[str]:
    return _answer(problem(400, "The body must be UTF-8 text."))


def _refuse_content_type(_: RequestUnsupportedContentType) -> Response[str]:
    return _answer(problem(415, "Send application/json."))


def _refuse_path(_: NotFoundError) -> Response[str]:
    return _answer(problem(404, "There is no such operation."))


def _refuse_service_error(error: ServiceError) -> Response[str]:
    return _answer(problem(error.status_code, str(error.msg)))


def created(answer: M, *, dry_run: bool) -> Response[M]:
    """201 with the new object, 200 for a dry run."""
    status = HTTPStatus.OK if dry_run else HTTPStatus.CREATED
    return Response(status_code=status.value, content_type="application/json", body=answer)

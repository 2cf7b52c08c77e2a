"""The OpenAPI document of an API: what its handlers say, and what the gateway before them answers.

Powertools documents the handlers. It knows nothing of the authorizer, of problem documents and of what API Gateway
refuses by itself, and describes validation errors in a form that ours do not have; all of that is put right here, once
for every API. The documents are committed; a test makes them anew and compares.
"""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

from apis.serving.errors import ApiError
from apis.serving.gateway_event import BEARER, wants_no_token
from apis.serving.json_bodies import JSON
from apis.serving.problem import PROBLEM_JSON, title_of
from apis.serving.usage_plan import HEADER as API_KEY_HEADER

API_KEY: Final = "apiKey"
SECURITY_SCHEMES: Final[dict[str, dict[str, Any]]] = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "an access token made for this API",
    },
    API_KEY: {
        "type": "apiKey",
        "name": API_KEY_HEADER,
        "in": "header",
        "description": "meters the caller; it never authorizes",
    },
}
# What may be answered to any request, by the gateway or on the way to the handler.
_ALWAYS: Final = (401, 403, 413, 414, 421, 500, 502)
_ALWAYS_IN_PUBLIC: Final = tuple(status for status in _ALWAYS if status not in {401, 414})
_WITH_PARAMETERS: Final = (422,)
_WITH_PATH_PARAMETERS: Final = (404,)
_WITH_JSON: Final = (400, 415, 422)
_WITH_API_KEY: Final = (429,)
_HEADERS: Final[dict[int, dict[str, Any]]] = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"const": "Bearer", "type": "string"}}},
    429: {"Retry-After": {"description": "seconds", "required": True, "schema": {"minimum": 1, "type": "integer"}}},
}
_PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "RFC 9457. `errors` names fields, never the values that were sent.",
    "type": "object",
    "additionalProperties": False,
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_PRECONDITION_REQUIRED: Final = "428"
_OF_POWERTOOLS: Final = ("HTTPValidationError", "ResponseValidationError", "ValidationError")


def answers(
    *refusals: type[ApiError],
    statuses: tuple[HTTPStatus, ...] = (HTTPStatus.OK,),
    headers: dict[str, Any] | None = None,
    links: dict[str, Any] | None = None,
) -> dict[int, OpenAPIResponse]:
    """The `responses` of an operation: its successes, and what it refuses for reasons of its own.

    Args:
        refusals: Errors that its handler raises.
        statuses: Of its successes; they have the handler's return type, and 204 has nothing.
        headers: Of its successes.
        links: From its successes to other operations.
    """
    documented: dict[int, OpenAPIResponse] = {}
    for status in statuses:
        success: dict[str, Any] = {"description": status.phrase, "headers": headers, "links": links}
        if status is HTTPStatus.NO_CONTENT:
            success["content"] = {}
        documented[status.value] = {name: value for name, value in success.items() if value is not None}  # type: ignore[assignment] # the keys are those of the type
    for error in refusals:
        documented[error.status] = {"description": title_of(error.status), "content": {}}
    return documented


def openapi_document(app: APIGatewayRestResolver) -> dict[str, Any]:
    """The complete document of a resolver's operations."""
    document: dict[str, Any] = json.loads(app.get_openapi_json_schema())
    used: set[int] = set()
    for operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            _put_right(parameter, operation)
        refused = _refused_statuses(document, operation)
        operation["responses"] = _without_refusals(operation) | {
            str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(refused)
        }
        used |= refused
    components = document["components"]
    schemas = {name: schema for name, schema in components["schemas"].items() if name not in _OF_POWERTOOLS}
    components["schemas"] = {**schemas, "Problem": _PROBLEM}
    components["responses"] = {str(status): _refusal(status) for status in sorted(used)}
    return document


def _put_right(parameter: dict[str, Any], operation: dict[str, Any]) -> None:
    """Says of a parameter what Powertools does not: nothing outside a body can be null, and 428 asks for If-Match."""
    schema = parameter["schema"]
    given = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(given) == 1:
        parameter["schema"] = {name: value for name, value in schema.items() if name != "anyOf"} | given[0]
    if parameter["in"] == "header":
        parameter["name"] = parameter["name"].title()
    if parameter["name"] == "If-Match" and _PRECONDITION_REQUIRED in operation["responses"]:
        parameter["required"] = True


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (operation for path in document["paths"].values() for operation in path.values())


def _without_refusals(operation: dict[str, Any]) -> dict[str, Any]:
    successes = {code: each for code, each in operation["responses"].items() if int(code) < HTTPStatus.BAD_REQUEST}
    for each in successes.values():
        if not each.get("content"):
            each.pop("content", None)
    return successes


def _refused_statuses(document: dict[str, Any], operation: dict[str, Any]) -> set[int]:
    parameters = operation.get("parameters", ())
    content = operation.get("requestBody", {}).get("content", {})
    security = operation.get("security", document.get("security", []))
    # 422 and 500 are put there by Powertools, whatever the operation takes.
    own = {int(code) for code in operation["responses"] if int(code) >= HTTPStatus.BAD_REQUEST} - {422}
    return {
        *own,
        *(_ALWAYS if not wants_no_token(operation) else _ALWAYS_IN_PUBLIC),
        *(_WITH_PARAMETERS if parameters else ()),
        *(_WITH_PATH_PARAMETERS if any(each["in"] == "path" for each in parameters) else ()),
        *(_WITH_JSON if JSON in content else ()),
        *(_WITH_API_KEY if any(API_KEY in each for each in security) else ()),
    }


def _refusal(status: int) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": title_of(status),
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    return response | ({"headers": _HEADERS[status]} if status in _HEADERS else {})

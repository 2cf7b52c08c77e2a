"""Request bodies: JSON objects, where an operation declares a body at all.

Powertools alone would also take forms, would crash on a multipart body without a boundary, on numbers of thousands of
digits, on deep nesting and on half a surrogate pair, and would take a list of one object for the object.
"""

import json
from typing import Any, NoReturn

from aws_lambda_powertools.event_handler.middlewares.openapi_validation import OpenAPIRequestValidationMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)

from apis.serving.gateway_event import body_bytes, header

JSON = "application/json"


class JsonBodies(OpenAPIRequestValidationMiddleware):
    """Powertools' validation of requests, with bodies read as above."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Powertools left the types out

    def _get_body(self, app: Any) -> dict[str, Any]:
        """The body as an object.

        Raises:
            RequestUnsupportedContentType: Declared as something other than JSON.
            RequestValidationError: Nothing, no JSON, or no object.
            UnicodeDecodeError: Not UTF-8.
        """
        event = app.current_event.raw_event
        if media_type(event) not in {"", JSON}:
            raise RequestUnsupportedContentType("a body must be JSON", errors=[])
        text = body_bytes(event).decode()
        try:
            body = json.loads(text, parse_constant=_refuse_constant)
            if "\\u" in text:
                json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair could not be stored
        except (ValueError, RecursionError) as err:
            raise RequestValidationError([_finding("json_invalid")]) from err
        if not isinstance(body, dict):
            raise RequestValidationError([_finding("an object is expected")])
        return body


def media_type(event: dict[str, Any]) -> str:
    """Media type of the body without parameters, in small letters; empty if none is declared."""
    return (header(event, "content-type") or "").partition(";")[0].strip().lower()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finding(problem: str) -> dict[str, Any]:
    return {"type": problem, "loc": ("body",), "msg": problem}

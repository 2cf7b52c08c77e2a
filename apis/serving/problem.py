"""RFC 9457 problem documents: the one form of every refusal of the APIs."""

from collections.abc import Sequence
from http import HTTPStatus
from json import dumps
from typing import Any

from apis.serving.errors import ApiError, FieldError

PROBLEM_JSON = "application/problem+json"
# Python renamed these in 3.13; the names are those of RFC 9110 in every version.
_RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}


def problem(status: int, detail: str = "", *, errors: Sequence[FieldError] = ()) -> dict[str, Any]:
    """Builds the document. ``type`` is ``about:blank``: title and status say everything (RFC 9457 §4.2.1)."""
    document: dict[str, Any] = {"type": "about:blank", "title": title_of(status), "status": status}
    if detail:
        document["detail"] = detail
    if errors:
        document["errors"] = [{"field": error.field, "message": error.message} for error in errors]
    return document


def proxy_problem(status: int) -> dict[str, Any]:
    """The document as the proxy response of a Lambda function."""
    return {
        "statusCode": status,
        "multiValueHeaders": {"Content-Type": [PROBLEM_JSON]},
        "body": dumps(problem(status)),
        "isBase64Encoded": False,
    }


def title_of(status: int) -> str:
    """The name of a status."""
    return _RENAMED.get(status) or HTTPStatus(status).phrase


def problem_of(error: ApiError) -> dict[str, Any]:
    """The document of an error that a handler raised."""
    return problem(error.status, error.detail, errors=error.errors)

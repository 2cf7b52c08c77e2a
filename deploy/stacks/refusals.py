"""What API Gateway refuses by itself is answered as the functions do: a problem document (RFC 9457), no detail."""

import json
from typing import Final

from aws_cdk import aws_apigateway as apigateway

from deploy.stacks.base import FitnessStack

# Kind of refusal to status and title; what is not here falls under the last two.
REFUSALS: Final = {
    "ACCESS_DENIED": (403, "Forbidden"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "Internal Server Error"),
    "AUTHORIZER_FAILURE": (500, "Internal Server Error"),
    # The handlers' status for the same, so that a validator refuses nothing in another way.
    "BAD_REQUEST_BODY": (422, "Unprocessable Content"),
    "BAD_REQUEST_PARAMETERS": (422, "Unprocessable Content"),
    "INTEGRATION_FAILURE": (502, "Bad Gateway"),
    "INTEGRATION_TIMEOUT": (504, "Gateway Timeout"),
    "INVALID_API_KEY": (403, "Forbidden"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Forbidden"),
    "QUOTA_EXCEEDED": (429, "Too Many Requests"),
    "REQUEST_TOO_LARGE": (413, "Content Too Large"),
    "THROTTLED": (429, "Too Many Requests"),
    "UNAUTHORIZED": (401, "Unauthorized"),
    "DEFAULT_4XX": (400, "Bad Request"),
    "DEFAULT_5XX": (500, "Internal Server Error"),
}


# What the laptop's API Gateway says beside the title; others say nothing.
DETAILS: Final = {"INVALID_API_KEY": "Forbidden", "MISSING_AUTHENTICATION_TOKEN": "Missing Authentication Token"}


def refusals(stack: FitnessStack, name: str, api: apigateway.CfnRestApi) -> list[apigateway.CfnGatewayResponse]:
    """One gateway response for each kind."""
    return [_refusal(stack, name, api, kind) for kind in REFUSALS]


def _refusal(stack: FitnessStack, name: str, api: apigateway.CfnRestApi, kind: str) -> apigateway.CfnGatewayResponse:
    status, _ = REFUSALS[kind]
    headers = {"gatewayresponse.header.Content-Type": "'application/problem+json'"}
    if kind == "UNAUTHORIZED":
        # A Lambda function's own challenge would arrive under another name.
        headers["gatewayresponse.header.WWW-Authenticate"] = "'Bearer'"
    return apigateway.CfnGatewayResponse(
        stack,
        f"{name}-{kind.lower().replace('_', '-')}",
        rest_api_id=api.ref,
        response_type=kind,
        # The status of the defaults is that of the refusal.
        status_code=None if kind.startswith("DEFAULT") else str(status),
        response_parameters=headers,
        response_templates={"application/json": _document(kind)},
    )


def _document(kind: str) -> str:
    if kind.startswith("DEFAULT"):
        return '{"type": "about:blank", "title": $context.error.messageString}'
    status, title = REFUSALS[kind]
    document = {"type": "about:blank", "title": title, "status": status}
    return json.dumps({**document, "detail": DETAILS[kind]} if kind in DETAILS else document)

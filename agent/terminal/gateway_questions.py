"""Asks the running gateway about its policies and tools, with the athlete's own token for it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

import httpx

from agent.terminal.access import GATEWAY, GATEWAY_SCOPES
from agent.terminal.errors import StackFailed, UsageWrong
from agent.terminal.plain_text import one_line
from agent.terminal.signed_in_stack import SignedInStack

REFUSED = 400


def ask_gateway(
    stack: SignedInStack, athlete: str, path: str, question: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The answer to one question.

    Args:
        stack: Running.
        athlete: As whom.
        path: Beside the gateway's MCP endpoint.
        question: Its body; None: there is none.

    Raises:
        UsageWrong: The gateway does not take the question; its words say why.
        StackFailed: There is no gateway, or it does not answer.
    """
    if stack.endpoints.gateway is None:
        raise StackFailed("the gateway is not part of the running stack")
    token = stack.access(athlete).developer_token(GATEWAY, GATEWAY_SCOPES)
    url = urljoin(stack.endpoints.gateway, path)
    try:
        response = stack.http.request(
            "GET" if question is None else "POST", url, json=question, headers={"Authorization": f"Bearer {token}"}
        )
        document: dict[str, Any] = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise StackFailed("the gateway does not answer") from error
    if response.status_code == REFUSED:
        raise UsageWrong(one_line(str(document.get("error", {}).get("data", "the question is not understood"))))
    if response.is_error:
        raise StackFailed(f"the gateway answers {response.status_code}")
    return document

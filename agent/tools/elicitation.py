"""What a server asks back instead of answering: the page of a consent goes to the athlete, a form is never filled in.

    error -32042               servers and gateways before 2026-07-28, and ours of that age
    URL elicitation            InputRequiredResult of 2026-07-28
    form elicitation           declined: no person is asked for a password or key by a server (V20)

Strands would write the URL of either into the text that the model reads, and into the log.
"""

from collections.abc import Coroutine
from typing import Any, TypeVar

from mcp.shared.exceptions import MCPError
from mcp.types import ElicitRequestParams, ElicitRequestURLParams, ElicitResult

from agent.tools.bearer import current_call

T = TypeVar("T")
URL_ELICITATION_REQUIRED = -32042  # MCP 2025-11-25, elicitation


class PageRequired(Exception):
    """The server answers only after the athlete was on a page; the current call has its URL."""


async def without_pages(answer: Coroutine[Any, Any, T]) -> T:
    """The answer of a call; a page that it asks for is noted on the current call.

    Raises:
        PageRequired: Instead of the error that holds the URL.
    """
    try:
        return await answer
    except MCPError as error:
        if error.error.code != URL_ELICITATION_REQUIRED:
            raise
        url = _first_url(error.error.data)
    _note(url)
    raise PageRequired  # outside the `except`: a log of this must not hold the other


async def elicited(context: Any, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG001 - names of the protocol
    """Answers every elicitation at once: the turn ends with the page, and is asked again after the consent."""
    if not isinstance(params, ElicitRequestURLParams):
        return ElicitResult(action="decline")
    _note(params.url)
    return ElicitResult(action="cancel")


def _note(url: str | None) -> None:
    call = current_call.get()
    if call is not None:
        call.page = call.page or url or ""


def _first_url(data: object) -> str | None:
    elicitations = data.get("elicitations") if isinstance(data, dict) else None
    for each in elicitations if isinstance(elicitations, list) else []:
        if isinstance(each, dict) and isinstance(each.get("url"), str):
            return str(each["url"])
    return None

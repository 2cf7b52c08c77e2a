"""Consent at another party: its page is for the athlete's eyes, the rest for the model.

A tool result that asks for consent is taken apart before the model sees it: the URL goes to the athlete as an event,
what stays says only who needs which consent (V13, V18).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from strands.tools.mcp.mcp_types import MCPToolResult
from strands.types.tools import ToolResult

from identity.safe_page import is_safe_page

KIND = "consent_required"
MESSAGE = "The athlete has to agree first, on a page that they are shown. Nothing was done."
UNSAFE = "It asked for consent on a page that is not safe to open, so the athlete was not sent there."
LONGEST_NAME = 128
MOST_SCOPES = 32


@dataclass(frozen=True)
class ConsentRequest:
    """What the athlete is asked.

    Attributes:
        provider: Who needs it, as the vault names it.
        url: The page where it is given.
    """

    provider: str
    url: str = field(repr=False)
    scopes: tuple[str, ...]


def taken_apart(result: ToolResult, error: object) -> tuple[ToolResult, ConsentRequest | None]:
    """What the model may see of a result, and what the athlete is asked.

    Args:
        result: Of a tool call.
        error: The `error` member of its structured content, if there is one.

    Returns:
        The result itself and None, if it asks for no consent.
    """
    if not isinstance(error, Mapping) or error.get("kind") != KIND:
        return result, None
    url, provider = str(error.get("url") or ""), str(error.get("provider") or "")[:LONGEST_NAME]
    scopes = tuple(str(scope)[:LONGEST_NAME] for scope in _listed(error.get("scopes"))[:MOST_SCOPES])
    if url and not is_safe_page(url):
        return _error_result(result, {"kind": "upstream_unavailable", "message": UNSAFE}), None
    told = {"kind": KIND, "provider": provider, "scopes": list(scopes), "message": MESSAGE}
    return _error_result(result, told), ConsentRequest(provider, url, scopes) if url else None


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _error_result(result: ToolResult, error: dict[str, Any]) -> ToolResult:
    document = {"error": error}
    return MCPToolResult(
        status="error",
        toolUseId=result["toolUseId"],
        content=[{"text": json.dumps(document)}],
        structuredContent=document,
    )

"""Error results, and what answers of the team's API have in common."""

import json
from typing import Any

from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel, ConfigDict

from identity.untrusted_text import plain
from mcp_servers.serving.errors import ToolFailure

TEXT_LENGTH = 500


class Output(BaseModel):
    """What a tool returns. Unknown fields are dropped; errors never show the value, which may be a health value."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, coerce_numbers_to_str=True)


class OpenOutput(Output):
    """Likewise, passing on what the API adds."""

    model_config = ConfigDict(extra="allow")


def error_result(failure: ToolFailure) -> CallToolResult:
    """A failed call as a result that the model can act on, never a protocol error."""
    error: dict[str, str | int] = {"kind": failure.kind, "message": failure.message}
    if failure.retry_after_s is not None:
        error["retry_after_s"] = failure.retry_after_s
    text = json.dumps({"error": error}, ensure_ascii=False)
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


def clean(document: Any) -> Any:
    """A JSON document of the team's API with every text made `plain`, at most 500 characters each."""
    if isinstance(document, str):
        return plain(document, TEXT_LENGTH)
    if isinstance(document, list):
        return [clean(item) for item in document]
    if isinstance(document, dict):
        return {name: clean(value) for name, value in document.items()}
    return document

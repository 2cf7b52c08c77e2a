"""Error results, and text that somebody else wrote."""

import json
import unicodedata
from typing import Any

from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel, ConfigDict

from mcp_servers.serving.errors import ToolFailure

# Around text of others. The characters are removed from the text itself: no fence is closed from inside.
FENCE_OPEN, FENCE_CLOSE = "⟦", "⟧"
NAME_LENGTH = 120
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


def plain(text: str, limit: int = NAME_LENGTH) -> str:
    """Text without control, formatting or fence characters, one line, at most `limit` characters.

    Formatting characters (category Cf) are the invisible and the direction-changing ones (M11).
    """
    visible = "".join(
        " " if unicodedata.category(character) in {"Cc", "Zl", "Zp"} else character
        for character in text[: 4 * limit]
        if unicodedata.category(character) not in {"Cf", "Cs", "Co", "Cn"} and character not in FENCE_OPEN + FENCE_CLOSE
    )
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def fenced(text: str, limit: int) -> str:
    """Text of others, marked as such: data, never instructions."""
    return f"{FENCE_OPEN}{plain(text, limit)}{FENCE_CLOSE}"


def clean(document: Any) -> Any:
    """A JSON document of the team's API with every text made `plain`, at most 500 characters each."""
    if isinstance(document, str):
        return plain(document, TEXT_LENGTH)
    if isinstance(document, list):
        return [clean(item) for item in document]
    if isinstance(document, dict):
        return {name: clean(value) for name, value in document.items()}
    return document

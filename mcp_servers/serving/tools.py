"""How a team declares a tool, and what of it is published."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations
from pydantic import BaseModel

# Most of a definition's size is pydantic's titles, which repeat the names.
_NOISE = frozenset({"title"})


@dataclass(frozen=True)
class TeamTool:
    """One tool.

    Attributes:
        function: Its signature is the input schema, its docstring the prompt text, its return model the output schema.
        scope: Needed to see and to call it.
        writes: Changes something.
        repeatable: Calling it again with the same arguments changes nothing more.
        needs_user: Refuses client-credentials tokens, which have no user.
        audience: `programs`: not offered to a language model.
    """

    function: Callable[..., Awaitable[BaseModel]]
    scope: str
    writes: bool = False
    repeatable: bool = True
    needs_user: bool = True
    audience: Literal["model", "programs"] = "model"

    @property
    def name(self) -> str:
        return self.function.__name__

    def published(self) -> Tool:
        """As the MCP SDK serves it. All four annotations are explicit: the defaults of the protocol are alarming."""
        annotations = ToolAnnotations(
            read_only_hint=not self.writes,
            destructive_hint=False,
            idempotent_hint=self.repeatable,
            open_world_hint=False,
        )
        meta = {"scopes": [self.scope], "audience": self.audience}
        tool = Tool.from_function(self.function, annotations=annotations, meta=meta, structured_output=True)
        tool.description = " ".join(tool.description.split())
        tool.parameters = _concise(tool.parameters)
        if tool.fn_metadata.output_schema is not None:
            tool.fn_metadata.output_schema = _concise(tool.fn_metadata.output_schema)
        return tool


def _concise(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema without the generated titles, and with `type` lists for optional values.

    A property may still be called `title`.
    """
    result: dict[str, Any] = {}
    options = schema.get("anyOf")
    if options and all(option.keys() == {"type"} for option in options):
        schema = {**schema, "type": [option["type"] for option in options]}
        schema.pop("anyOf")
    for key, value in schema.items():
        if key in _NOISE and isinstance(value, str):
            continue
        if key in {"properties", "$defs"}:
            result[key] = {name: _concise(inner) for name, inner in value.items()}
        else:
            result[key] = _concise_value(value)
    return result


def _concise_value(value: Any) -> Any:
    if isinstance(value, dict):
        return _concise(value)
    if isinstance(value, list):
        return [_concise_value(item) for item in value]
    return value

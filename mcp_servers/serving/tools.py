"""How a team declares a tool, and what of it is published."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations
from pydantic import BaseModel

from mcp_servers.serving.schemas import published_input, published_output


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
        tool.parameters = published_input(tool.parameters)
        if tool.fn_metadata.output_schema is not None:
            tool.fn_metadata.output_schema = published_output(tool.fn_metadata.output_schema)
        return tool

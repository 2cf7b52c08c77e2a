"""A tool as the gateway offers it: `target___tool`, and what the gateway knows about it beyond its document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp.shared.inbound import find_invalid_x_mcp_header, x_mcp_header_map

from local_agentcore.gateway.settings import TargetSettings

SEPARATOR = "___"
SEARCH_TOOL = "x_amz_bedrock_agentcore_search"


@dataclass(frozen=True, slots=True)
class GatewayTool:
    """One tool of one target.

    Attributes:
        name: As callers name it.
        own_name: As the target names it.
        scopes: What a token for the target needs for this tool.
        reads_only: The target says that calling it twice does nothing twice.
        document: As it is listed to callers.
        header_parameters: Path of an argument to the Mcp-Param header that mirrors it.
    """

    name: str
    target: TargetSettings
    own_name: str
    scopes: tuple[str, ...]
    reads_only: bool
    document: Mapping[str, Any] = field(repr=False, compare=False)
    header_parameters: Mapping[tuple[str, ...], str] = field(repr=False, compare=False)

    @property
    def needs_consent_elsewhere(self) -> bool:
        """What the caller may do there is agreed at another issuer, not told by their token for the gateway."""
        return self.target.credential is not None and self.target.credential.flow == "USER_FEDERATION"


def gateway_tool(target: TargetSettings, listed: Mapping[str, Any]) -> GatewayTool | None:
    """The tool behind an entry of a target's list; None if the entry is none, or could never be called.

    Args:
        target: Who listed it.
        listed: The entry, as it came; hints in it choose what is asked for, never what is allowed.
    """
    own_name, schema = listed.get("name"), listed.get("inputSchema")
    if not isinstance(own_name, str) or not own_name or not isinstance(schema, dict):
        return None
    scopes = _scopes(target, listed)
    if scopes is None:
        return None
    name = f"{target.name}{SEPARATOR}{own_name}"
    annotations = listed.get("annotations")
    return GatewayTool(
        name=name,
        target=target,
        own_name=own_name,
        scopes=scopes,
        reads_only=isinstance(annotations, dict) and annotations.get("readOnlyHint") is True,
        document={**listed, "name": name},
        header_parameters=x_mcp_header_map(schema) if find_invalid_x_mcp_header(schema) is None else {},
    )


def _scopes(target: TargetSettings, listed: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The scopes that a tool needs; all of its target if that does not say; None if it needs others than those.

    Never none at all: an issuer that is asked for no scope may give every one that there is.
    """
    if target.credential is None:
        return ()
    meta = listed.get("_meta")
    published = meta.get("scopes") if isinstance(meta, dict) else None
    if not isinstance(published, list) or not published:
        return target.credential.scopes
    scopes = tuple(scope for scope in target.credential.scopes if scope in published)
    return scopes if len(scopes) == len(published) else None

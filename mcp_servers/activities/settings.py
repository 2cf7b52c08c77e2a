"""Settings of the activities server, prefix `MCP_ACTIVITIES_`."""

from pydantic_settings import SettingsConfigDict

from identity.token_source import Flow
from mcp_servers.serving.settings import MEBIBYTE, McpServerSettings


class ActivitiesServerSettings(McpServerSettings):
    """See `McpServerSettings`; the names follow the hop table."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="MCP_ACTIVITIES_")

    team: str = "activities"
    audience: str = "mcp-activities"
    api_provider: str = "mcp-activities-exchange"
    api_flow: Flow = "ON_BEHALF_OF_TOKEN_EXCHANGE"
    api_audience: str = "api-activities"
    # An upload comes as base64, a third larger than its file; the longest recordings are some 30 MB.
    max_body_bytes: int = 48 * MEBIBYTE
    api_timeout_s: float = 60.0
    port: int = 8711

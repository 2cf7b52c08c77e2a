"""Settings of the support server, prefix `MCP_SUPPORT_`."""

from pydantic_settings import SettingsConfigDict

from identity.token_source import Flow
from mcp_servers.serving.settings import McpServerSettings


class SupportServerSettings(McpServerSettings):
    """See `McpServerSettings`; the names follow the hop table."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="MCP_SUPPORT_")

    team: str = "support"
    audience: str = "mcp-support"
    api_provider: str = "mcp-support-exchange"
    api_flow: Flow = "ON_BEHALF_OF_TOKEN_EXCHANGE"
    api_audience: str = "api-support"
    port: int = 8714

"""Settings of the routes server, prefix `MCP_ROUTES_`."""

from pydantic_settings import SettingsConfigDict

from identity.token_source import Flow
from mcp_servers.serving.settings import McpServerSettings


class RoutesServerSettings(McpServerSettings):
    """See `McpServerSettings`; the names follow the hop table."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="MCP_ROUTES_")

    team: str = "routes"
    audience: str = "mcp-routes"
    api_provider: str = "mcp-routes-exchange"
    api_flow: Flow = "M2M"
    api_audience: str = "api-routes"
    port: int = 8712

"""Settings of the socials server, prefix `MCP_SOCIALS_`."""

from pydantic_settings import SettingsConfigDict

from identity.token_source import Flow
from mcp_servers.serving.settings import McpServerSettings


class SocialsServerSettings(McpServerSettings):
    """See `McpServerSettings`; the names follow the hop table."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="MCP_SOCIALS_")

    team: str = "socials"
    audience: str = "mcp-socials"
    api_provider: str = "mcp-socials-exchange"
    api_flow: Flow = "ON_BEHALF_OF_TOKEN_EXCHANGE"
    api_audience: str = "api-socials"
    port: int = 8713

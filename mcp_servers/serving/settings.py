"""Settings that every MCP server has. Each team adds its names; only its `__main__` reads the environment."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from identity.token_source import Flow
from identity.tokens import Profile

MEBIBYTE = 1024 * 1024


class McpServerSettings(BaseSettings):
    """One deployed server.

    Attributes:
        team: Names server, scopes and trace part.
        issuer: Exact issuer of the access tokens that are accepted.
        profile: Shape of that issuer's tokens.
        audience_required: False only for client credentials on Cognito, which carry no `aud`.
        audience: Logical name of this server; `public_url` is its second audience.
        public_url: Where clients connect: the runtime front's URL, and the `resource` of the metadata. None where the
            server cannot know it, as in AgentCore Runtime: then tokens for the logical name alone are accepted, and the
            platform tells clients about the resource.
        upstream_clients: Client ids that may call.
        table_clients: Every client id of the hop table. Others may call too where it is given, by `public_url`:
            programs of strangers, registered with the issuer.
        api_url: Root of the team's API.
        api_provider: Credential provider at the vault for the API's tokens.
        api_flow: How the token is got; M2M where no user is involved.
        api_audience: Whom the token is made for.
        api_key_provider: Credential provider of the API key that meters the calls; empty where the API wants none.
        api_timeout_s: For one API call, all in all.
        vault_url: Data plane of the token vault; None: AWS's own.
        region: Of the vault.
        access_key_id: This workload's key at the vault; None: the role that the process runs under.
        secret_access_key: Its secret.
        allowed_hosts: Host header values, lower case; `:*` stands for any port. Empty where a platform stands before
            the server and names it as it likes: no browser reaches that port, and an Origin is refused.
        allowed_origins: Origin header values, likewise. Empty: no web page calls this server.
        max_body_bytes: Larger requests are refused before they are buffered.
        traces_endpoint: OTLP over HTTP, full URL for traces; None: they go nowhere.
        host: Address to listen on.
        port: Port to listen on.
    """

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True)

    team: str
    issuer: str
    profile: Profile = "rfc9068"
    audience_required: bool = True
    audience: str
    public_url: str | None = None
    upstream_clients: tuple[str, ...]
    table_clients: tuple[str, ...] = ()
    api_url: str
    api_provider: str
    api_flow: Flow = "ON_BEHALF_OF_TOKEN_EXCHANGE"
    api_audience: str
    api_key_provider: str = ""
    api_timeout_s: float = 10.0
    vault_url: str | None = None
    region: str = "us-east-1"
    access_key_id: str | None = None
    secret_access_key: SecretStr | None = None
    allowed_hosts: tuple[str, ...] = ("127.0.0.1:*", "localhost:*", "[::1]:*")
    allowed_origins: tuple[str, ...] = ()
    max_body_bytes: int = MEBIBYTE
    traces_endpoint: str | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    host: str = "127.0.0.1"
    port: int

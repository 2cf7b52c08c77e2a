"""What the coach is told when it starts.

Prompts and answers are health data, and Strands writes them into span events unless the environment holds
`OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_unredacted_attributes=` before it is imported. Whoever starts the process sets
it: the stack on the laptop, the runtime's environment on AWS. `python -m agent.app` refuses to start without it.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from gateway_config.model import Target, read_gateway_access, read_targets
from identity.secret_settings import SecretSettings
from identity.tokens import Profile, Trust

TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
REDACTION_OPT_IN = "gen_ai_unredacted_attributes="


class AgentSettings(SecretSettings):
    """Settings of the agent's container."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="COACH_", populate_by_name=True)

    tools: Literal["gateway", "direct"] = "gateway"  # direct: each team's server, with the coach's own client there
    model: str = "offline"  # offline, bedrock:ID, anthropic:ID, openai:ID@URL, ollama:ID, llamacpp@URL
    issuer: str  # exact issuer of the athletes' tokens
    audiences: frozenset[str] = frozenset({"coach"})
    upstream_clients: frozenset[str] = frozenset({"terminal", "developer"})  # from hops.yaml
    profile: Profile = "rfc9068"  # "cognito" on AWS
    host: str = "127.0.0.1"  # only the runtime front may reach the container
    port: int = 8080  # AgentCore's contract for HTTP
    vault_url: str | None = None  # AgentCore Identity data plane; None: AWS's own
    region: str = "us-east-1"
    vault_access_key_id: SecretStr | None = None  # this workload's key; None: the role that the runtime runs under
    vault_secret_access_key: SecretStr | None = None
    consent_return_url: str | None = None  # where a browser goes after a consent; None: no team needs one
    consent_state_key: SecretStr | None = None  # seals customState; the consent-return page has the same
    consent_ttl_s: float = 600.0  # a question waits this long for the athlete's consent
    target_values: Mapping[str, str] = Field(
        default_factory=dict
    )  # what gateway_config/targets leave open: URL:mcp-routes …
    memory_id: str | None = None  # of AgentCore Memory; None: a conversation ends with this process
    max_sessions: int = 500  # conversations kept in memory; the least recently used goes first
    approval_ttl_s: float = 300.0  # a write waits this long for the athlete
    turn_limit: int = 6  # model calls per question
    traces_endpoint: str | None = Field(default=None, validation_alias=TRACES_ENDPOINT)  # OTLP over HTTP; None: nowhere
    opt_in: str = Field(default="", validation_alias="OTEL_SEMCONV_STABILITY_OPT_IN")

    @property
    def trust(self) -> Trust:
        """Whose tokens are accepted at /invocations."""
        return Trust(issuer=self.issuer, audiences=self.audiences, clients=self.upstream_clients, profile=self.profile)

    @property
    def traces_are_redacted(self) -> bool:
        """Whether Strands leaves prompts and answers out of its spans."""
        return REDACTION_OPT_IN in self.opt_in.split(",")

    def targets(self) -> list[Target]:
        """The teams' servers, from `gateway_config/targets`.

        Raises:
            gateway_config.errors.ConfigError: A placeholder has no value.
        """
        return read_targets(self.target_values)

    def gateway(self) -> Target:
        """The gateway, from `gateway_config/`.

        Raises:
            gateway_config.errors.ConfigError: As above.
        """
        return read_gateway_access(self.target_values)

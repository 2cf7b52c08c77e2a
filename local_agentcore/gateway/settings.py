"""Settings of the gateway: what its configuration and the stack say, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from gateway_config.gateway import ClaimRule, Interceptor
from identity.token_source import Flow
from identity.tokens import Trust
from local_agentcore.gateway.openapi.operations import ApiOperation
from local_agentcore.gateway.rate_limits import Rate
from local_agentcore.gateway.rpc import Versions

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class InboundSettings:
    """The customJWTAuthorizer.

    Attributes:
        trust: Issuer, audiences and clients.
        allowed_scopes: A token needs one of them; empty: any will do.
        custom_claims: All of them must hold.
        advertised_scopes: For the metadata document.
    """

    trust: Trust
    allowed_scopes: frozenset[str] = frozenset()
    custom_claims: tuple[ClaimRule, ...] = ()
    advertised_scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CredentialSettings:
    """An OAuth credential provider of a target.

    Attributes:
        provider: Its name at the vault.
        flow: M2M carries no user; the others act for the caller.
        scopes: All that may be asked for.
        audiences: Whom the token is for.
        return_url: Where the browser goes after a consent; with USER_FEDERATION.
    """

    provider: str
    flow: Flow
    scopes: tuple[str, ...]
    audiences: tuple[str, ...]
    return_url: str | None = None


@dataclass(frozen=True)
class ApiKeySettings:
    """An API-key credential provider of a target. The key is the gateway's own, whoever calls.

    Attributes:
        provider: Its name at the vault.
        location: Where the key goes.
        parameter: Header or query parameter that carries it.
        prefix: Written before it, with a blank between them; empty for none.
    """

    provider: str
    location: Literal["HEADER", "QUERY_PARAMETER"]
    parameter: str
    prefix: str = ""


@dataclass(frozen=True)
class TargetSettings:
    """One target behind the gateway: an MCP server, unless it is of a class below.

    Attributes:
        name: Prefix of its tools.
        endpoint: Where it is; nothing a caller sends changes that.
        credential: None if the target wants none.
        static_tools: The tools as a committed list, in MCP's shape; None to ask the target.
        dynamic: Its list is for each caller's own; it is asked again for every listing.
        resource_priority: Of two targets with one resource URI the lower answers.
    """

    name: str
    endpoint: str
    credential: CredentialSettings | None
    static_tools: tuple[Mapping[str, Any], ...] | None = None
    dynamic: bool = False
    resource_priority: int = 1000

    @property
    def origin(self) -> str:
        """The only place that sees this target's tokens."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}".lower()


@dataclass(frozen=True, kw_only=True)
class ApiTargetSettings(TargetSettings):
    """An HTTP API behind the gateway.

    Attributes:
        operations: Name of a tool, without the target's before it, to its operation.
        api_key: None if it wants none.
    """

    operations: Mapping[str, ApiOperation] = field(repr=False, hash=False)
    api_key: ApiKeySettings | None = None


@dataclass(frozen=True, kw_only=True)
class FunctionTargetSettings(TargetSettings):
    """A function behind the gateway; the endpoint is its ARN, whose name picks a callable.

    Attributes:
        gateway_id, target_id: What it is told of who calls.
    """

    gateway_id: str
    target_id: str


@dataclass(frozen=True)
class GatewaySettings:
    """One gateway.

    Attributes:
        name: Of the gateway; for people.
        url: Public URL, which is the `resource` of its metadata document.
        hosts: Values of the Host header under which it is reached.
        origins: Web pages that may call it.
        workload: Its workload identity at the vault.
        search: Offer the search tool.
        session_timeout_s: Of sessions; None for none.
        interceptors: In the order in which they run.
        page_size: Tools on a page of a listing; None lists all at once.
        private_targets: `host:port` of targets that may be on this machine or in its network, and may speak http.
        debug: exceptionLevel DEBUG: callers learn why a target failed.
        call_timeout_s: For one call, from the request to the last byte of the answer.
        silence_s: Longest time without a byte from a target.
        function_timeout_s: For one call of a function that is a target.
        interceptor_timeout_s: For one call of a function that is an interceptor.
        listing_lifetime_s: Age at which a target's list is asked for again.
        listing_ttl_s: How long a caller may keep a list.
        most_answer_bytes: Longer answers of a target are cut off and refused.
        consent_state_key: Ties a consent to the caller; the consent-return page has the same.
        consent_wait_s: How long a call waits for a consent that its client says is given.
    """

    name: str
    url: str
    hosts: frozenset[str]
    inbound: InboundSettings
    targets: tuple[TargetSettings, ...]
    workload: str
    vault_url: str
    region: str
    access_key_id: str
    secret_access_key: SecretStr = field(repr=False)
    origins: frozenset[str] = frozenset()
    private_targets: frozenset[str] = frozenset()
    interceptors: tuple[Interceptor, ...] = ()
    instructions: str | None = None
    versions: Versions = field(default_factory=lambda: Versions(("2025-06-18", "2025-11-25", "2026-07-28")))
    search: bool = True
    session_timeout_s: float | None = 3600.0
    page_size: int | None = 100
    streaming: bool = True
    debug: bool = False
    max_body_bytes: int = MEBIBYTE
    call_timeout_s: float = 120.0
    silence_s: float = 30.0
    connect_timeout_s: float = 3.0
    function_timeout_s: float = 30.0
    interceptor_timeout_s: float = 5.0
    most_answer_bytes: int = 8 * MEBIBYTE
    listing_lifetime_s: float = 300.0
    listing_ttl_s: float = 30.0
    consent_state_key: SecretStr | None = field(default=None, repr=False)
    consent_wait_s: float = 4.0
    principal_rate: Rate = field(default_factory=lambda: Rate(per_s=20.0, burst=100))
    client_rate: Rate = field(default_factory=lambda: Rate(per_s=500.0, burst=2000))

"""The gateway as its own process sees it: CreateGateway, typed.

`read_gateway` is what the local gateway starts from; the request itself, for boto3, is `GatewayConfig.gateway_request`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from gateway_config.documents import FOLDER, checked, document
from gateway_config.gateway_shapes import ClaimShape, GatewayShape, InterceptorShape

GATEWAY_FILE = "gateway.yaml"
PolicyMode = Literal["LOG_ONLY", "ENFORCE"]
InterceptionPoint = Literal["REQUEST", "RESPONSE"]


@dataclass(frozen=True)
class ClaimRule:
    """A claim that an accepted token must carry.

    Attributes:
        is_list: Whether the claim is a list of texts; else it is one text.
        operator: EQUALS compares texts; CONTAINS and CONTAINS_ANY look into lists.
        values: One, except for CONTAINS_ANY.
    """

    name: str
    is_list: bool
    operator: Literal["EQUALS", "CONTAINS", "CONTAINS_ANY"]
    values: tuple[str, ...]


@dataclass(frozen=True)
class InboundAuthorizer:
    """Whose tokens the gateway accepts. An empty tuple asks for nothing.

    Attributes:
        discovery_url: OpenID configuration of the issuer.
        audiences: One of them must be in `aud`.
        clients: One of them must be `client_id`.
        scopes: At least one of them must be in `scope`.
        claims: All of them must hold.
        advertised_scopes: Scope as the resource metadata spells it to scope as tokens do.
    """

    discovery_url: str
    audiences: tuple[str, ...]
    clients: tuple[str, ...]
    scopes: tuple[str, ...]
    claims: tuple[ClaimRule, ...]
    advertised_scopes: Mapping[str, str]


@dataclass(frozen=True)
class Interceptor:
    """A Lambda function that sees requests, answers or both.

    Attributes:
        function_arn: Locally the name at its end picks a Python callable.
        pass_request_headers: Whether it sees the caller's headers, tokens included.
        without_response_body: Whether answers come without their body.
    """

    function_arn: str
    points: frozenset[InterceptionPoint]
    pass_request_headers: bool
    without_response_body: bool


@dataclass(frozen=True)
class PolicyEngineUse:
    """Which policies decide, and whether they refuse (ENFORCE) or only say that they would (LOG_ONLY)."""

    engine_arn: str
    mode: PolicyMode


@dataclass(frozen=True)
class Gateway:
    """One gateway.

    Attributes:
        supported_versions: MCP versions, of both eras.
        instructions: What `initialize` tells clients; None for nothing.
        semantic_search: Whether there is a search tool.
        session_timeout_s: Sessions of the older era; None: AWS's default.
        streams_responses: Whether answers may come as events.
        pages_tools: Whether `tools/list` comes in pages.
        policy_engine: None: no policy decides.
        debug_errors: Whether callers are told details of failures.
        interceptors: In the order of the file.
    """

    name: str
    authorizer: InboundAuthorizer
    supported_versions: tuple[str, ...]
    instructions: str | None
    semantic_search: bool
    session_timeout_s: int | None
    streams_responses: bool
    pages_tools: bool
    policy_engine: PolicyEngineUse | None
    debug_errors: bool
    interceptors: tuple[Interceptor, ...]


def read_gateway(values: Mapping[str, str], folder: Path = FOLDER) -> Gateway:
    """Read the gateway alone; secrets are not needed.

    Args:
        folder: Where the files are.
        values: Placeholder without its marks to value.

    Raises:
        ConfigError: The file is missing, not YAML, or does not fit; a placeholder has no value.
    """
    shape = checked(TypeAdapter(GatewayShape), document(folder, GATEWAY_FILE, values), GATEWAY_FILE)
    jwt, mcp, engine = shape.authorizer_configuration.custom_jwt, shape.protocol_configuration.mcp, shape.policy_engine
    return Gateway(
        name=shape.name,
        authorizer=InboundAuthorizer(
            discovery_url=jwt.discovery_url,
            audiences=jwt.allowed_audience,
            clients=jwt.allowed_clients,
            scopes=jwt.allowed_scopes,
            claims=tuple(_claim(claim) for claim in jwt.custom_claims),
            advertised_scopes=jwt.advertised_scope_mapping,
        ),
        supported_versions=mcp.supported_versions,
        instructions=mcp.instructions,
        semantic_search=mcp.search_type == "SEMANTIC",
        session_timeout_s=mcp.session_configuration.timeout_s if mcp.session_configuration else None,
        streams_responses=bool(mcp.streaming_configuration and mcp.streaming_configuration.enable_response_streaming),
        pages_tools=not mcp.disable_mcp_list_tools_pagination,
        policy_engine=PolicyEngineUse(engine.arn, engine.mode) if engine else None,
        debug_errors=shape.exception_level == "DEBUG",
        interceptors=tuple(_interceptor(one) for one in shape.interceptors),
    )


def _claim(shape: ClaimShape) -> ClaimRule:
    match = shape.match
    values = match.value.texts if match.value.texts is not None else (match.value.text or "",)
    return ClaimRule(shape.name, shape.value_type == "STRING_ARRAY", match.operator, values)


def _interceptor(shape: InterceptorShape) -> Interceptor:
    given = shape.input_configuration
    return Interceptor(
        function_arn=shape.interceptor.function.arn,
        points=frozenset(shape.interception_points),
        pass_request_headers=bool(given and given.pass_request_headers),
        without_response_body=bool(given and given.payload_filter),
    )

"""Reads `gateway_config/`: the one source of targets, credential providers, workload identities and hops.

The files have the shapes of the AWS calls that they stand for. `${KIND:name}` marks what differs between a laptop
and an account: `${URL:mcp-routes}`, `${ISSUER:coach}`, `${SECRET:client}`, `${REGION}`, `${ACCOUNT}`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from gateway_config.errors import ConfigInvalid, ConfigUnreadable, PlaceholderUnknown
from gateway_config.hops import Hops

T = TypeVar("T")
FOLDER = Path(__file__).parent
_PLACEHOLDER = re.compile(r"\$\{([A-Z]+(?::[a-z0-9-]+)?)\}")
OutboundGrant = Literal["TOKEN_EXCHANGE", "CLIENT_CREDENTIALS", "AUTHORIZATION_CODE"]


@dataclass(frozen=True)
class Target:
    """A team's MCP server, as the agent or the gateway sees it.

    Attributes:
        provider: Name of the credential provider at the vault.
        grant: How the token for it is got.
        audience: Logical audience to ask for.
    """

    name: str
    endpoint: str
    provider: str
    grant: OutboundGrant
    scopes: tuple[str, ...]
    audience: str


@dataclass(frozen=True)
class GatewayConfig:
    """Everything, with placeholders resolved.

    Attributes:
        workload_identities: Requests of CreateWorkloadIdentity.
        credential_providers: Requests of CreateOauth2CredentialProvider.
        api_key_providers: Requests of CreateApiKeyCredentialProvider.
        target_requests: Requests of CreateGatewayTarget, without gatewayIdentifier.
    """

    hops: Hops
    workload_identities: list[dict[str, Any]]
    credential_providers: list[dict[str, Any]]
    api_key_providers: list[dict[str, Any]]
    target_requests: list[dict[str, Any]]

    @property
    def targets(self) -> list[Target]:
        return [_target(request) for request in self.target_requests]


def read_hops(folder: Path = FOLDER) -> Hops:
    """Read and check the hop table alone.

    Raises:
        ConfigError: The file is missing, not YAML, or does not fit.
    """
    return _checked(TypeAdapter(Hops), _yaml(folder / "hops.yaml"), "hops.yaml")


def read_targets(values: Mapping[str, str], folder: Path = FOLDER) -> list[Target]:
    """Read the targets alone: what the agent needs.

    Args:
        folder: Where the files are.
        values: Placeholder to value; secrets are not needed.

    Raises:
        ConfigError: A file is missing, not YAML, or does not fit; a placeholder has no value.
    """
    requests = [_resolved(_yaml(path), values, path.name) for path in sorted((folder / "targets").glob("*.yaml"))]
    return [_target(request) for request in requests]


def read_config(values: Mapping[str, str], folder: Path = FOLDER) -> GatewayConfig:
    """Read everything.

    Args:
        folder: Where the files are.
        values: Placeholder without its marks (`URL:mcp-routes`, `REGION`) to value.

    Raises:
        ConfigError: A file is missing, not YAML, or does not fit; a placeholder has no value.
    """
    targets = sorted((folder / "targets").glob("*.yaml"))
    return GatewayConfig(
        hops=read_hops(folder),
        workload_identities=_requests(folder / "workload_identities.yaml", values),
        credential_providers=_requests(folder / "credential_providers.yaml", values),
        api_key_providers=_requests(folder / "api_key_providers.yaml", values),
        target_requests=[_resolved(_yaml(path), values, path.name) for path in targets],
    )


def filled(text: str, values: Mapping[str, str]) -> str:
    """One text of the hop table with its placeholders resolved.

    Raises:
        PlaceholderUnknown: A placeholder has no value.
    """
    return _PLACEHOLDER.sub(lambda match: _value(match[1], values, text), text)


def _requests(path: Path, values: Mapping[str, str]) -> list[dict[str, Any]]:
    return _checked(TypeAdapter(list[dict[str, Any]]), _resolved(_yaml(path), values, path.name), path.name)


def _yaml(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader, see below
    except (OSError, yaml.YAMLError) as error:
        raise ConfigUnreadable(f"{path.name}: {error}") from error


_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _resolved(document: Any, values: Mapping[str, str], place: str) -> Any:
    if isinstance(document, dict):
        return {key: _resolved(value, values, f"{place}: {key}") for key, value in document.items()}
    if isinstance(document, list):
        return [_resolved(value, values, f"{place}[{index}]") for index, value in enumerate(document)]
    if isinstance(document, str):
        return _PLACEHOLDER.sub(lambda match: _value(match[1], values, place), document)
    return document


def _value(placeholder: str, values: Mapping[str, str], place: str) -> str:
    if placeholder not in values:
        raise PlaceholderUnknown(f"{place}: nothing is known for ${{{placeholder}}}")
    return values[placeholder]


def _target(request: Mapping[str, Any]) -> Target:
    try:
        credential = request["credentialProviderConfigurations"][0]["credentialProvider"]["oauthCredentialProvider"]
        return Target(
            name=request["name"],
            endpoint=request["targetConfiguration"]["mcp"]["mcpServer"]["endpoint"],
            provider=credential["providerArn"].rpartition("/")[2],
            grant=credential["grantType"],
            scopes=tuple(credential["scopes"]),
            audience=credential["customParameters"]["audience"],
        )
    except (KeyError, IndexError, TypeError) as error:
        raise ConfigInvalid(f"target {request.get('name')}: {error} is missing") from error


def _checked(adapter: TypeAdapter[T], document: Any, place: str) -> T:
    try:
        return adapter.validate_python(document)
    except ValidationError as error:
        raise ConfigInvalid(f"{place}: {error}") from error

"""Every file of the configuration, as it is written and filled for one deployment; what cannot be read is a finding."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from gateway_config.documents import FILE_PLACEHOLDER, Steps, T, checked, document, names, placeholders, text
from gateway_config.errors import ConfigError
from gateway_config.gateway import GATEWAY_FILE
from gateway_config.gateway_target import TARGETS
from gateway_config.hops import Hops
from gateway_config.lint.findings import Finding, Rule, ours
from gateway_config.lint.values import Where, value_of
from gateway_config.model import REQUEST, REQUESTS, read_hops
from gateway_config.tool_policy import POLICIES, ToolPolicy, read_tool_policies

ENGINE_FILE = "policy_engine.yaml"
WORKLOADS_FILE = "workload_identities.yaml"
PROVIDERS_FILE = "credential_providers.yaml"
API_KEYS_FILE = "api_key_providers.yaml"
READER = Rule("reader", ours("the reader of gateway_config"), "Write what the reader asks for.")
PLACEHOLDER = Rule(
    "placeholder",
    ours("hops.yaml names what deployments have"),
    "Use ${REGION}, ${ACCOUNT}, ${GATEWAY_ARN}, ${POLICY_ENGINE_ARN}, or ${URL:…}, ${ISSUER:…}, ${SECRET:…} of a name"
    " in hops.yaml.",
)


@dataclass
class Configuration:
    """The files that could be read, with values in place of their placeholders.

    Attributes:
        where: Whose values.
        values: Placeholder without its marks to value.
        targets: File to request of CreateGatewayTarget.
        unreadable: Files that could not be read or filled, with what is wrong.
    """

    folder: Path
    where: Where
    hops: Hops | None = None
    values: dict[str, str] = field(default_factory=dict)
    gateway: dict[str, Any] | None = None
    engine: dict[str, Any] | None = None
    workloads: list[dict[str, Any]] = field(default_factory=list)
    providers: list[dict[str, Any]] = field(default_factory=list)
    api_keys: list[dict[str, Any]] = field(default_factory=list)
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: tuple[ToolPolicy, ...] = ()
    unreadable: list[Finding] = field(default_factory=list)

    def target_names(self) -> Mapping[str, str]:
        """Name of each target to its file."""
        return {str(request.get("name")): file for file, request in self.targets.items()}


def read_configuration(folder: Path, where: Where) -> Configuration:
    """Read all files that can be read."""
    found = Configuration(folder, where)
    try:
        found.hops = read_hops(folder)
    except ConfigError as error:
        found.unreadable.append(READER.finding(error.file, error.path, error.what))
    found.gateway = _filled(found, GATEWAY_FILE, REQUEST)
    found.engine = _filled(found, ENGINE_FILE, REQUEST)
    found.workloads = _filled(found, WORKLOADS_FILE, REQUESTS) or []
    found.providers = _filled(found, PROVIDERS_FILE, REQUESTS) or []
    found.api_keys = _filled(found, API_KEYS_FILE, REQUESTS) or []
    targets = {name: _filled(found, name, REQUEST) for name in names(folder, TARGETS)}
    found.targets = {name: request for name, request in targets.items() if request is not None}
    found.policies = _policies(found)
    return found


def _filled(found: Configuration, name: str, form: TypeAdapter[T]) -> T | None:
    try:
        written = document(found.folder, name)
        if _unknown(found, name, written):
            return None
        return checked(form, document(found.folder, name, found.values), name)
    except ConfigError as error:
        found.unreadable.append(READER.finding(error.file, error.path, error.what))
        return None


def _policies(found: Configuration) -> tuple[ToolPolicy, ...]:
    try:
        files = names(found.folder, POLICIES, ".cedar")
        incomplete = [name for name in files if _unknown(found, name, text(found.folder, name))]
        if incomplete:
            return ()
        return read_tool_policies(found.values, found.folder)
    except ConfigError as error:
        found.unreadable.append(READER.finding(error.file, error.path, error.what))
        return ()


def _unknown(found: Configuration, name: str, written: Any) -> bool:
    """Learn the values of this file's placeholders; whether one has none, which is then found."""
    missing = {}
    for at, content in _texts(written, ()):
        whole = FILE_PLACEHOLDER.sub(lambda match: text(found.folder, match[1]), content)
        for placeholder in placeholders(whole):
            value = value_of(placeholder, found.where, _known(found.hops))
            if value is None:
                missing[placeholder] = at
            else:
                found.values[placeholder] = value
    for placeholder, at in missing.items():
        found.unreadable.append(PLACEHOLDER.finding(name, at, f"${{{placeholder}}} has no value anywhere"))
    return bool(missing)


def _known(hops: Hops | None) -> frozenset[str] | None:
    if hops is None:
        return None
    rows = {row.name for row in hops.resource_servers}
    return frozenset({*rows, *hops.pools, *hops.client_ids, *hops.api_key_providers})


def _texts(content: Any, at: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _texts(value, (*at, key))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from _texts(value, (*at, index))
    elif isinstance(content, str):
        yield at, content

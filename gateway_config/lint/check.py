"""All rules, over all files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway_config.documents import FOLDER
from gateway_config.errors import ConfigError
from gateway_config.gateway import GATEWAY_FILE, read_gateway
from gateway_config.gateway_target import read_gateway_targets
from gateway_config.lint.findings import Finding, Findings
from gateway_config.lint.gateway_rules import gateway_findings
from gateway_config.lint.model_form import FORM, model_findings
from gateway_config.lint.openapi_rules import openapi_findings
from gateway_config.lint.policy_rules import policy_findings
from gateway_config.lint.reading import (
    API_KEYS_FILE,
    ENGINE_FILE,
    PROVIDERS_FILE,
    READER,
    WORKLOADS_FILE,
    Configuration,
    read_configuration,
)
from gateway_config.lint.target_rules import target_findings
from gateway_config.lint.values import Where
from gateway_config.model import read_targets

# Stand-ins for what the service answers before these calls are made.
GATEWAY_ID = "coach-a1b2c3d4e5"
ENGINE_ID = "coach_tools-a1b2c3d4e5"
_RULES = (gateway_findings, target_findings, openapi_findings, policy_findings)


def check(where: Where, folder: Path = FOLDER) -> list[Finding]:
    """What is wrong with the configuration; empty: nothing was found.

    Args:
        where: `aws` fills placeholders with the shapes of an account and adds what only AWS refuses.
        folder: The folder of the configuration.
    """
    found = read_configuration(folder, where)
    of_models = list(_of_the_models(found))
    formless = [*found.unreadable, *(finding for finding in of_models if finding.code == FORM)]
    # Rules look at members by name; what has no form is mended first.
    findings = formless or [*of_models, *(one for rules in _RULES for one in rules(found))]
    # What the rules explain, the reader would only say again.
    return sorted(findings or _of_the_reader(found), key=lambda finding: (finding.file, finding.path, finding.code))


def _of_the_models(found: Configuration) -> Findings:
    for operation, file, inside, request in _requests(found):
        yield from model_findings(operation, request, file, laptop=found.where == "laptop", inside=inside)


def _requests(found: Configuration) -> Iterator[tuple[str, str, tuple[str | int, ...], Any]]:
    """Every create call, where it is written."""
    if found.gateway is not None:
        yield "CreateGateway", GATEWAY_FILE, (), found.gateway
    if found.engine is not None:
        yield "CreatePolicyEngine", ENGINE_FILE, (), found.engine
    for file, request in found.targets.items():
        yield "CreateGatewayTarget", file, (), {"gatewayIdentifier": GATEWAY_ID, **request}
    for policy in found.policies:
        yield "CreatePolicy", policy.file, (policy.name,), policy.create_request(ENGINE_ID)
    for operation, file, requests in (
        ("CreateWorkloadIdentity", WORKLOADS_FILE, found.workloads),
        ("CreateOauth2CredentialProvider", PROVIDERS_FILE, found.providers),
        ("CreateApiKeyCredentialProvider", API_KEYS_FILE, found.api_keys),
    ):
        for index, request in enumerate(requests):
            yield operation, file, (index,), request


def _of_the_reader(found: Configuration) -> Findings:
    try:
        read_gateway(found.values, found.folder)
        read_gateway_targets(found.values, found.folder)
        read_targets(found.values, found.folder)
    except ConfigError as error:
        yield READER.finding(error.file, error.path, error.what)

"""Clients and secrets."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from deploy.checks.findings import Finding, Templates, resources
from deploy.checks.iam.matching import action_matches
from deploy.checks.invariants.roles import granted, listed, name_of

_CLIENT: Final = "AWS::Cognito::UserPoolClient"
_EXCHANGE: Final = "ALLOW_TOKEN_EXCHANGE"
_SECRET_ARN: Final = re.compile(r":secret:([\w/-]+?)-\?{6}$")
#: Settings that two readers share on purpose: the coach seals what the page where consents land opens.
_SHARED: Final = frozenset({"fitness/settings/consent-state"})
#: Where a value could stand, by the type of resource; members of tags have names like these too.
_VALUES: Final = {
    "AWS::SecretsManager::Secret": "SecretString",
    "AWS::ApiGateway::ApiKey": "Value",
    "AWS::Cognito::UserPoolClient": "ClientSecret",
    "AWS::BedrockAgentCore::ApiKeyCredentialProvider": "ApiKey",
}


def public_clients_exchange_nothing(templates: Templates) -> Iterator[Finding]:
    """Whoever has no secret proves nothing, and could exchange anybody's token (W02)."""
    for client in resources(templates, _CLIENT):
        if _exchanges(client.properties) and not client.properties.get("GenerateSecret"):
            yield client.wrong("public_clients_exchange_nothing", "a client that exchanges tokens has a secret")


def exchange_clients_sign_nobody_in(templates: Templates) -> Iterator[Finding]:
    """A client of a workload has no sign-in of people."""
    for client in resources(templates, _CLIENT):
        people = {"code", "implicit"}.intersection(client.properties.get("AllowedOAuthFlows", []))
        others = [each for each in client.properties.get("ExplicitAuthFlows", []) if not each.startswith(_EXCHANGE)]
        if _exchanges(client.properties) and (people or others):
            yield client.wrong("exchange_clients_sign_nobody_in", "a client that exchanges tokens signs nobody in")


def nobody_impersonates(templates: Templates) -> Iterator[Finding]:
    """Delegation says who acts; impersonation would hide it, and both on one client would let it choose."""
    for client in resources(templates, _CLIENT):
        if f"{_EXCHANGE}_IMPERSONATION" in client.properties.get("ExplicitAuthFlows", []):
            yield client.wrong("nobody_impersonates", "tokens are exchanged by delegation alone")


def secrets_are_not_written_down(templates: Templates) -> Iterator[Finding]:
    """Where a value could stand, there is a reference to what AWS made."""
    for resource in resources(templates, *_VALUES):
        name = _VALUES[resource.kind]
        value = resource.properties.get(name)
        if isinstance(value, str) and not value.startswith("{{resolve:secretsmanager:"):
            yield resource.wrong("secrets_are_not_written_down", f"{name} is written into the template")


def a_secret_has_one_reader(templates: Templates) -> Iterator[Finding]:
    """The secret of a client or a key opens one workload's doors; a second reader could act as it (W03)."""
    readers: dict[str, set[str]] = defaultdict(set)
    for holder, statement in granted(templates):
        # CloudFormation makes the secrets and fills references to them in; it is nobody's workload.
        if holder.kind != "AWS::IAM::ManagedPolicy" and any(
            action_matches(action, "secretsmanager:GetSecretValue") for action in listed(statement.get("Action"))
        ):
            for arn in listed(statement["Resource"]):
                readers[_named(arn)].add(name_of(holder) or holder.place)
    for secret, roles in sorted(readers.items()):
        # A second runtime of one workload is the same workload.
        workloads = {role.removesuffix("-iam") for role in roles}
        if secret == "*" or (len(workloads) > 1 and secret not in _SHARED):  # noqa: S105 - a name
            yield Finding("a_secret_has_one_reader", secret, f"{', '.join(sorted(roles))} can read it")


def _named(arn: Any) -> str:
    found = _SECRET_ARN.search(arn) if isinstance(arn, str) else None
    return found[1] if found else "*"


def _exchanges(properties: Any) -> bool:
    return any(each.startswith(_EXCHANGE) for each in properties.get("ExplicitAuthFlows", []))

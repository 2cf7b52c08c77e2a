"""The committed CloudFormation templates as tests read them: resources by type, and what references stand for."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from deploy.templates import read_templates

ENVIRONMENTS = ("sandbox", "production")
#: What references to these stand for is told by one of their own properties.
_CALLED = {
    "AWS::BedrockAgentCore::ApiKeyCredentialProvider": "Name",
    "AWS::BedrockAgentCore::OAuth2CredentialProvider": "Name",
    "AWS::Cognito::UserPoolClient": "ClientName",
    "AWS::Lambda::Function": "FunctionName",
}


@cache
def stacks(environment: str) -> dict[str, dict[str, Any]]:
    """All templates of an environment by stack."""
    return read_templates(environment)


def resources(environment: str, stack: str, kind: str) -> dict[str, dict[str, Any]]:
    """Properties by logical id of all resources of a type, `AWS::Lambda::Function`."""
    found = stacks(environment)[stack]["Resources"]
    return {name: one.get("Properties", {}) for name, one in found.items() if one["Type"] == kind}


def everywhere(environment: str, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Stack and properties of all resources of a type in all stacks."""
    for stack in stacks(environment):
        for properties in resources(environment, stack, kind).values():
            yield stack, properties


def statements(role: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All statements of a role's own policies."""
    return [one for policy in role["Policies"] for one in policy["PolicyDocument"]["Statement"]]


def many(value: Any) -> list[Any]:
    """What IAM takes as one or as a list."""
    return value if isinstance(value, list) else [value]


def resolved(environment: str, stack: str, value: Any) -> Any:
    """The value with something plausible for each intrinsic function; exports of other stacks are followed.

    A client is called as in hops.yaml, a function by its name, everything else by its logical id.
    """
    if isinstance(value, list):
        return [resolved(environment, stack, one) for one in value]
    if not isinstance(value, dict):
        return value
    function, argument = next(iter(value.items()), ("", None))
    if len(value) != 1 or not (function == "Ref" or function.startswith("Fn::")):
        return {name: resolved(environment, stack, one) for name, one in value.items()}
    return _result(environment, stack, function, argument)


def _result(environment: str, stack: str, function: str, argument: Any) -> Any:
    match function, argument:
        case ("Ref", str(name)) | ("Fn::GetAtt", [name, _]):
            return _called(environment, stack, name)
        case ("Fn::ImportValue", str(export)):
            owner = export.partition(":")[0].removeprefix("fitness-")
            outputs = stacks(environment)[owner]["Outputs"].values()
            [output] = [one for one in outputs if one.get("Export", {}).get("Name") == export]
            return resolved(environment, owner, output["Value"])
        case ("Fn::Join", [separator, parts]):
            return separator.join(map(str, resolved(environment, stack, parts)))
        case ("Fn::Split", [separator, text]):
            return resolved(environment, stack, text).split(separator)
        case ("Fn::Sub", [text, values]):
            filled = resolved(environment, stack, values)
            return re.sub(r"\$\{(\w+)\}", lambda found: str(filled[found[1]]), text)
        case _:
            raise NotImplementedError(function)


def secrets(environment: str) -> dict[str, dict[str, str]]:
    """Name to content of every secret of the identity stack, with values that are none."""
    found = {}
    for properties in resources(environment, "identity", "AWS::SecretsManager::Secret").values():
        if "GenerateSecretString" in properties:
            asked = properties["GenerateSecretString"]
            content = {asked["GenerateStringKey"]: "x" * asked["PasswordLength"]}
        else:
            content = json.loads(resolved(environment, "identity", properties["SecretString"]))
        found[properties["Name"]] = content
    return found


def runtime_arn(name: str) -> str:
    """What AgentCore could call a runtime."""
    return f"arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/{name}-0123456789"


def _called(environment: str, stack: str, name: str) -> str:
    resource = stacks(environment)[stack]["Resources"].get(name)
    if resource is None:
        return name
    if resource["Type"] == "AWS::Cognito::UserPool":
        return f"us-east-1_{resource['Properties']['UserPoolName'].replace('-', '')}"
    if resource["Type"] == "AWS::BedrockAgentCore::Runtime":
        return runtime_arn(resource["Properties"]["AgentRuntimeName"])
    return str(resource["Properties"].get(_CALLED.get(resource["Type"], ""), name))

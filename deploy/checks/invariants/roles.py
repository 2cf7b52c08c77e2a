"""What roles have around them."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from deploy.checks.findings import Finding, Resource, Templates, resources
from deploy.checks.iam.matching import action_matches

STARS: Final = Path(__file__).parents[1] / "stars.yaml"
_ROLE: Final = "AWS::IAM::Role"
_SOURCES: Final = ("aws:sourceaccount", "aws:sourcearn")
#: Operators that a missing key does not satisfy, and the number of an account, which no pattern stands for.
_BINDING: Final = frozenset({"StringEquals", "ArnEquals", "ArnLike"})
_ACCOUNT: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")
#: Services that roles of this system are handed to, and by which policy alone.
PASSED_TO: Final = frozenset(
    {
        "apigateway.amazonaws.com",
        "bedrock-agentcore.amazonaws.com",
        "config.amazonaws.com",
        "lambda.amazonaws.com",
        "vpc-flow-logs.amazonaws.com",
    }
)
_PASSING_POLICY: Final = "fitness-deployment"


class Star(BaseModel):
    """An entry of stars.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: tuple[str, ...]
    actions: tuple[str, ...]
    because: str

    def covers(self, role: str, action: str) -> bool:
        return any(fnmatchcase(role, each) for each in self.roles) and ("*" in self.actions or action in self.actions)


@cache
def read_stars(file: Path = STARS) -> tuple[Star, ...]:
    """The list."""
    return tuple(TypeAdapter(list[Star]).validate_python(yaml.safe_load(file.read_text(encoding="utf-8"))))


def roles_have_a_boundary(templates: Templates) -> Iterator[Finding]:
    """Every role, whoever assumes it."""
    for role in resources(templates, _ROLE):
        if not role.properties.get("PermissionsBoundary"):
            yield role.wrong("roles_have_a_boundary", "it needs a boundary of the guardrails stack")


def trust_has_a_condition(templates: Templates) -> Iterator[Finding]:
    """A service that anybody's resource could send must say on whose behalf it comes (confused deputy, W01)."""
    for role in resources(templates, _ROLE):
        for statement in _statements(role.properties["AssumeRolePolicyDocument"]):
            keys = set(_binding_keys(statement))
            principal = statement.get("Principal", {})
            if principal == "*" or "AWS" in principal:
                yield role.wrong("trust_has_a_condition", "only services and federated workflows become roles here")
            if "Service" in principal and not keys.intersection(_SOURCES):
                yield role.wrong("trust_has_a_condition", "a service needs aws:SourceAccount, or an ARN of the account")
            if "Federated" in principal and not {"aud", "sub"} <= {key.rpartition(":")[2] for key in keys}:
                yield role.wrong("trust_has_a_condition", "a workflow needs its audience and its subject")


def _binding_keys(statement: Mapping[str, Any]) -> Iterator[str]:
    for operator, tests in statement.get("Condition", {}).items():
        for key, values in tests.items():
            own = all(isinstance(each, str) and _ACCOUNT.search(each) for each in listed(values))
            if operator in _BINDING and (own or key.lower() not in _SOURCES):
                yield key.lower()


def no_managed_policies_of_aws(templates: Templates) -> Iterator[Finding]:
    """They grow without anybody here looking."""
    for role in resources(templates, _ROLE):
        if role.properties.get("ManagedPolicyArns"):
            yield role.wrong("no_managed_policies_of_aws", "its own policy says all it may do")


def roles_are_passed_to_their_services(templates: Templates) -> Iterator[Finding]:
    """PassRole stands in one policy, for own roles and listed services (W04)."""
    for holder, statement in granted(templates):
        if not any(action_matches(action, "iam:PassRole") for action in listed(statement.get("Action"))):
            continue
        services = statement.get("Condition", {}).get("StringEquals", {}).get("iam:PassedToService", [])
        own = all(isinstance(arn, str) and ":role/fitness-" in arn for arn in listed(statement.get("Resource")))
        if name_of(holder) != _PASSING_POLICY or not own or not services or not PASSED_TO.issuperset(listed(services)):
            yield holder.wrong(
                "roles_are_passed_to_their_services", "PassRole is for fitness-* and listed services alone"
            )


def stars_have_reasons(templates: Templates) -> Iterator[Finding]:
    """A bare star is in stars.yaml, and what is there is needed."""
    needed: set[Star] = set()
    for holder, statement in granted(templates):
        everything = "*" in listed(statement.get("Resource"))
        for action in listed(statement.get("Action")):
            if not everything and "*" not in action:
                continue
            reasons = [star for star in read_stars() if star.covers(name_of(holder), action)]
            needed.update(reasons)
            if not reasons:
                yield holder.wrong("stars_have_reasons", f"{action} has a star that stars.yaml does not know")
        if "NotAction" in statement or "NotResource" in statement:
            yield holder.wrong("stars_have_reasons", "an allowance by exclusion grows with the service")
    for star in read_stars():
        if star not in needed and any(resources(templates, _ROLE)):
            yield Finding("stars_have_reasons", "stars.yaml", f"nothing needs the star of {', '.join(star.roles)}")


def granted(templates: Templates) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    """Allowing statements of roles and policies; boundaries grant nothing."""
    for holder in resources(templates, _ROLE, "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        if name_of(holder).endswith("-boundary"):
            continue
        documents = [policy["PolicyDocument"] for policy in holder.properties.get("Policies", [])]
        documents += [holder.properties["PolicyDocument"]] if "PolicyDocument" in holder.properties else []
        for document in documents:
            for statement in _statements(document):
                if statement["Effect"] == "Allow":
                    yield holder, statement


def name_of(holder: Resource) -> str:
    properties = holder.properties
    return str(properties.get("RoleName") or properties.get("ManagedPolicyName") or properties.get("PolicyName") or "")


def _statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return listed(document["Statement"])


def listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]

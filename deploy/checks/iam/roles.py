"""Roles, boundaries and service control policies of the templates, ready to be asked."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.checks.iam.documents import PolicyStatement, statements
from deploy.checks.iam.evaluation import Grants, Policy
from deploy.checks.iam.resolving import Resolver
from deploy.errors import TemplateUnreadable


@dataclass(frozen=True, slots=True)
class Role:
    """One role.

    Attributes:
        name: Physical.
        stack: Where it is made.
        trust: Who may become it.
        grants: What it may do, under its boundary.
        boundary: Name of its boundary; None where it has none.
    """

    name: str
    stack: str
    trust: Policy
    grants: Grants
    boundary: str | None


def boundaries(resolver: Resolver) -> dict[str, tuple[PolicyStatement, ...]]:
    """Managed policies by name."""
    return {
        resolver.resolved(stack, resource["Properties"]["ManagedPolicyName"]): statements(
            resolver.resolved(stack, resource["Properties"]["PolicyDocument"])
        )
        for stack, _, resource in resources(resolver.templates, "AWS::IAM::ManagedPolicy")
    }


def service_control_policies(organization: Mapping[str, Any]) -> dict[str, tuple[PolicyStatement, ...]]:
    """Those of the organization's template, by name."""
    found = {}
    for _, _, resource in resources({"organization": organization}, "AWS::Organizations::Policy"):
        if resource["Properties"]["Type"] != "SERVICE_CONTROL_POLICY":
            continue
        content = resource["Properties"]["Content"]
        found[resource["Properties"]["Name"]] = statements(json.loads(content) if isinstance(content, str) else content)
    return found


def roles(resolver: Resolver) -> dict[str, Role]:
    """All roles by name, with every policy of the templates that is attached to them.

    Raises:
        TemplateUnreadable: A role has managed policies of AWS, or a boundary that no template makes.
    """
    ceilings = boundaries(resolver)
    return {role.name: role for role in _roles(resolver, ceilings)}


def _roles(resolver: Resolver, ceilings: Mapping[str, Policy]) -> Iterator[Role]:
    attached = _attached(resolver)
    for stack, logical_id, resource in resources(resolver.templates, "AWS::IAM::Role"):
        properties = resolver.resolved(stack, resource["Properties"])
        if properties.get("ManagedPolicyArns"):
            raise TemplateUnreadable(f"{stack}: {logical_id} has managed policies, which are not read here")
        inline = [one for policy in properties.get("Policies", ()) for one in statements(policy["PolicyDocument"])]
        name = properties.get("RoleName") or f"{stack}.{logical_id}"
        arn = properties.get("PermissionsBoundary")
        boundary = None if arn is None else str(arn).rpartition("/")[2]
        if boundary is not None and boundary not in ceilings:
            raise TemplateUnreadable(f"{stack}: {logical_id} has the boundary {boundary}, which no template makes")
        yield Role(
            name=name,
            stack=stack,
            trust=statements(properties["AssumeRolePolicyDocument"]),
            grants=Grants([*inline, *attached.get(name, ())], None if boundary is None else ceilings[boundary]),
            boundary=boundary,
        )


def _attached(resolver: Resolver) -> dict[str, list[PolicyStatement]]:
    found: dict[str, list[PolicyStatement]] = {}
    for stack, _, resource in resources(resolver.templates, "AWS::IAM::Policy"):
        properties = resolver.resolved(stack, resource["Properties"])
        for role in properties.get("Roles", ()):
            found.setdefault(role, []).extend(statements(properties["PolicyDocument"]))
    return found


def resources(templates: Mapping[str, Mapping[str, Any]], kind: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Stack, logical id and resource of one type."""
    for stack, template in templates.items():
        for logical_id, resource in template.get("Resources", {}).items():
            if resource["Type"] == kind:
                yield stack, logical_id, resource

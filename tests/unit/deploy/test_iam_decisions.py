"""Every decision that is written down holds on the committed templates."""

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from deploy.checks.iam.evaluation import Grants
from deploy.checks.iam.guardrail_cases import Case, read_cases
from deploy.checks.iam.resolving import Resolver
from deploy.checks.iam.roles import Role, boundaries, roles, service_control_policies
from deploy.checks.iam.table import Decision, decisions, read_table
from deploy.environments import EnvironmentName, read_environments
from deploy.templates import read_templates

ENVIRONMENTS: tuple[EnvironmentName, ...] = ("sandbox", "production")
CASES = read_cases()


def resolver_of(name: EnvironmentName, templates: dict[str, Any] | None = None) -> Resolver:
    environment = read_environments().named(name)
    return Resolver(templates or read_templates(name), environment.account, environment.region)


@cache
def asked(name: EnvironmentName) -> tuple[dict[str, Role], list[Decision]]:
    resolver = resolver_of(name)
    return roles(resolver), list(decisions(read_table(), read_environments().named(name), resolver))


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_role_may_do_what_is_written_down_and_nothing_that_is_denied_there(name: EnvironmentName) -> None:
    found, written = asked(name)
    assert [wrong for one in written if (wrong := one.difference(found)) is not None] == []


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_role_of_the_templates_is_written_down_with_something_that_it_may_not_do(name: EnvironmentName) -> None:
    found, written = asked(name)
    assert found.keys() == {one.role for one in written}
    assert found.keys() == {one.role for one in written if not one.allowed}


def test_there_are_enough_decisions_to_mean_something() -> None:
    rows = sum(len(one.allowed) + len(one.denied) for one in read_table())
    guarded = sum(len(case.allowed) + len(case.denied) for case in CASES)
    assert rows >= 120
    assert guarded >= 40


def ceilings() -> tuple[dict[str, Any], dict[str, Any]]:
    return boundaries(resolver_of("sandbox")), service_control_policies(read_templates("organization")["guardrails"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_ceiling_leaves_what_the_case_says(case: Case) -> None:
    grants = case.grants(*ceilings())
    for allowed, row, request in case.requests():
        assert grants.decide(request).allowed == allowed, (row.action, row.because, grants.decide(request).by)


@pytest.mark.parametrize("case", [case for case in CASES if case.service_control], ids=lambda case: case.name)
def test_it_is_the_service_control_policy_that_denies(case: Case) -> None:
    without = Grants(case.grants(*ceilings()).identity)
    assert all(without.decide(request).allowed for _, _, request in case.requests())


def mutations() -> Iterator[tuple[str, str, str, Any]]:
    yield "a planted star", "apis", "fitness-api-routes", {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
    yield (
        "another's secret",
        "agentcore",
        "fitness-mcp-routes",
        {
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": "arn:aws:secretsmanager:us-east-1:111111111111:secret:fitness/*",
        },
    )
    yield (
        "another's provider",
        "agentcore",
        "fitness-gateway",
        {
            "Effect": "Allow",
            "Action": "bedrock-agentcore:*",
            "Resource": "*",
        },
    )


@pytest.mark.parametrize(("stack", "role", "statement"), [each[1:] for each in mutations()])
def test_a_planted_statement_is_caught_by_a_decision(stack: str, role: str, statement: dict[str, Any]) -> None:
    templates = copy.deepcopy(read_templates("sandbox"))
    for resource in templates[stack]["Resources"].values():
        if resource["Type"] == "AWS::IAM::Role" and resource["Properties"]["RoleName"] == role:
            resource["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(statement)
    resolver = resolver_of("sandbox", templates)
    written = decisions(read_table(), read_environments().sandbox, resolver)
    found = roles(resolver)
    assert any(one.difference(found) for one in written if one.role == role)


def test_a_role_without_its_boundary_is_caught_by_the_cases_of_ceilings() -> None:
    [case] = [each for each in CASES if each.name.startswith("A function with a policy of everything")]
    unbounded = case.grants(*ceilings()).identity
    assert any(Grants(unbounded).decide(request).allowed != allowed for allowed, _, request in case.requests())

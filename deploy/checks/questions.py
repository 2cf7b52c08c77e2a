"""The written decisions of all roles, boundaries and service control policies, as one list of questions."""

from collections.abc import Iterator

from deploy.checks.cross_check import Question, differences
from deploy.checks.findings import Finding
from deploy.checks.iam.evaluation import Grants
from deploy.checks.iam.guardrail_cases import read_cases
from deploy.checks.iam.resolving import Resolver
from deploy.checks.iam.roles import boundaries, roles, service_control_policies
from deploy.checks.iam.table import Decision, decisions, read_table
from deploy.checks.iam.vocabulary import unknown_names
from deploy.environments import Environment, read_environments
from deploy.templates import read_templates


def wrong_decisions() -> Iterator[Finding]:
    """Rows of the table that the templates decide otherwise."""
    for environment, resolver in _environments():
        found = roles(resolver)
        for decision in decisions(read_table(), environment, resolver):
            if (text := decision.difference(found)) is not None:
                yield Finding("decisions", environment.name, text)


def differences_of_the_simulator() -> Iterator[Finding]:
    """Where the public simulator answers otherwise.

    Raises:
        ToolMissing: It is not installed.
    """
    yield from differences([*_of_roles(), *_of_ceilings()])


def misspelt_questions() -> Iterator[Finding]:
    """A typo in a denied row would hold for ever."""
    rows = [row for role in read_table() for row in (*role.allowed, *role.denied)]
    rows += [row for case in read_cases() for row in (*case.allowed, *case.denied)]
    yield from unknown_names("decisions and guardrails", (row.action for row in rows))


def _environments() -> Iterator[tuple[Environment, Resolver]]:
    read = read_environments()
    for environment in (read.sandbox, read.production):
        yield environment, Resolver(read_templates(environment.name), environment.account, environment.region)


def _of_roles() -> Iterator[Question]:
    for environment, resolver in _environments():
        found = roles(resolver)
        for decision in decisions(read_table(), environment, resolver):
            yield from _of_decision(environment, decision, found[decision.role].grants)


def _of_decision(environment: Environment, decision: Decision, grants: Grants) -> Iterator[Question]:
    principal = f"arn:aws:iam::{environment.account}:role/{decision.role}"
    for request in decision.requests:
        yield Question(f"{environment.name}/{decision.role}", principal, grants, request)


def _of_ceilings() -> Iterator[Question]:
    [(environment, resolver), *_] = _environments()
    policies = service_control_policies(read_templates("organization")["guardrails"])
    principal = f"arn:aws:iam::{environment.account}:role/somebody"
    for case in read_cases():
        for _, _, request in case.requests():
            yield Question(case.name, principal, case.grants(boundaries(resolver), policies), request)

"""Everything that is checked before a deployment: `make check-aws`.

python -m deploy.checks [NAME …]          all checks, or some by name; 1 where something was found
python -m deploy.checks --audit-required  where a database of vulnerabilities must be in reach
python -m deploy.checks --read-secrets    takes what looks like a secret for read, into the baseline
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from deploy.checks.findings import Finding
from deploy.checks.iam.vocabulary import unknown_actions
from deploy.checks.invariants import INVARIANTS
from deploy.checks.linting import cfn_lint, checkov, zizmor
from deploy.checks.questions import differences_of_the_simulator, misspelt_questions, wrong_decisions
from deploy.checks.secret_scan import secrets, write_baseline
from deploy.checks.strict_schema import strict_schema
from deploy.checks.supply_chain import bill_of_materials, vulnerabilities
from deploy.checks.synthesis import synthesised
from deploy.errors import DeployError, NotAudited
from deploy.templates import read_templates

ENVIRONMENTS: Final = ("sandbox", "production", "organization")


def _invariants() -> Iterator[Finding]:
    for environment in ENVIRONMENTS:
        templates = read_templates(environment)
        for invariant in INVARIANTS:
            yield from invariant(templates)


def _schemas() -> Iterator[Finding]:
    for environment in ENVIRONMENTS:
        yield from strict_schema(read_templates(environment))


def _actions() -> Iterator[Finding]:
    for environment in ENVIRONMENTS:
        yield from unknown_actions(read_templates(environment))
    yield from misspelt_questions()


CHECKS: Final[Mapping[str, Callable[[], Iterator[Finding]]]] = {
    "invariants": _invariants,
    "schemas": _schemas,
    "actions": _actions,
    "decisions": wrong_decisions,
    "simulator": differences_of_the_simulator,
    "cfn-lint": cfn_lint,
    "checkov": checkov,
    "synthesis": synthesised,
    "workflows": zizmor,
    "secrets": secrets,
    "sbom": bill_of_materials,
    "audit": vulnerabilities,
}


def main() -> int:
    """Runs what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m deploy.checks", description="Checks of what would be deployed.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(CHECKS)}")
    parser.add_argument("--audit-required", action="store_true", help="not having looked is a failure")
    parser.add_argument("--read-secrets", action="store_true", help="write the baseline of the secret scan")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - CHECKS.keys():
        parser.error(f"there is no check {', '.join(sorted(unknown))}")
    if arguments.read_secrets:
        write_baseline()
        return 0
    # All of them, also after one has failed.
    results = [_passed(name, audit_required=arguments.audit_required) for name in arguments.names or CHECKS]
    return 0 if all(results) else 1


def _passed(name: str, *, audit_required: bool) -> bool:
    try:
        found = list(CHECKS[name]())
    except NotAudited as error:
        return _said(name, str(error), fine=not audit_required)
    except DeployError as error:
        return _said(name, f"could not look: {error}", fine=False)
    for each in found:
        sys.stdout.write(f"{each}\n")
    return _said(name, f"{len(found)} found" if found else "nothing found", fine=not found)


def _said(name: str, text: str, *, fine: bool) -> bool:
    sys.stdout.write(f"{'  ' if fine else '! '}{name}: {text}\n")
    sys.stdout.flush()
    return fine


if __name__ == "__main__":
    sys.exit(main())

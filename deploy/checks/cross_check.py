"""The written decisions once more, by a public simulator that knows nothing of ours.

`@cloud-copilot/iam-simulate` is under the AGPL: it is a program that is started here, never a part of a package. It
also rejects actions, resource types and condition keys that do not belong together, which our evaluator leaves to it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.checks.findings import Finding
from deploy.checks.iam.documents import PolicyStatement
from deploy.checks.iam.evaluation import Grants, Policy, Request
from deploy.errors import ToolMissing
from deploy.programs import output_of

CHECK: Final = "simulator"
FOLDER: Final = Path(__file__).with_name("simulator")
_EVERYTHING: Final = {"Effect": "Allow", "Action": "*", "Resource": "*"}
#: Condition keys that AWS documents and the simulator's data does not map to the action: it drops them and answers
#: another question, so its answer is not held against ours. A gap that closes is a finding.
GAPS: Final = frozenset(
    (f"bedrock-agentcore:{verb}Gateway", f"bedrock-agentcore:{key}")
    for verb in ("Create", "Update")
    for key in ("DiscoveryUrl", "GatewayAuthorizerType", "PolicyEngineArn", "PolicyEngineMode")
)
#: Resources that AWS documents for an action and the simulator's data does not: it refuses to answer.
REFUSED: Final = frozenset({("apigateway:POST", "arn:aws:apigateway:us-east-1::/apis")})
_NO_SUCH_RESOURCE: Final = "no.resource.types"


@dataclass(frozen=True, slots=True)
class Question:
    """One request, and what our evaluator answers.

    Attributes:
        place: Where the decision is written.
        principal: ARN of who asks.
        grants: All policies.
        request: What is asked.
    """

    place: str
    principal: str
    grants: Grants
    request: Request


def differences(questions: list[Question]) -> Iterator[Finding]:
    """Where the simulator answers otherwise, or answers another question.

    Raises:
        ToolMissing: Node.js or the simulator is not installed.
    """
    met: set[tuple[str, str]] = set()
    answers = _simulated([_simulation(one) for one in questions])
    for question, answer in zip(questions, answers, strict=True):
        request = question.request
        ignored = {(request.action, key) for key in answer.get("ignored", ())}
        met |= ignored
        asked = (request.action, request.resource)
        if _NO_SUCH_RESOURCE in answer.get("error", ""):
            met.add(asked)
        if (ignored and ignored <= GAPS) or (asked in REFUSED and asked in met):
            continue
        if (text := _difference(question, answer)) is not None:
            yield Finding(CHECK, question.place, f"{request.action} on {request.resource}: {text}")
    for action, what in sorted((GAPS | REFUSED) - met):
        yield Finding(CHECK, "gaps", f"the simulator knows {what} of {action} now, or nothing asks for it")


def _difference(question: Question, answer: Mapping[str, Any]) -> str | None:
    if "error" in answer:
        return f"the simulator refuses the question: {answer['error'][:300]}"
    if answer["ignored"]:
        return f"the simulator ignored {', '.join(answer['ignored'])}"
    ours = question.grants.decide(question.request)
    if ours.allowed != (answer["result"] == "Allowed"):
        return f"the simulator says {answer['result']}, ours {'allows' if ours.allowed else 'denies'} ({ours.by})"
    return None


def _simulated(simulations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not (FOLDER / "node_modules").is_dir():
        raise ToolMissing("the simulator needs `npm ci` in deploy/checks/simulator; make check-aws does it")
    answers: list[dict[str, Any]] = json.loads(
        output_of(["node", "simulate.mjs"], given=json.dumps(simulations), folder=FOLDER)
    )
    return answers


def _simulation(question: Question) -> dict[str, Any]:
    request, grants = question.request, question.grants
    account = question.principal.split(":")[4]
    simulation: dict[str, Any] = {
        "request": {
            "principal": question.principal,
            "action": request.action,
            "resource": {"resource": request.resource, "accountId": account},
            "contextVariables": {key: _value(value) for key, value in request.context.items()},
        },
        "identityPolicies": [{"name": "own", "policy": _document(grants.identity)}],
        "serviceControlPolicies": [
            {
                "orgIdentifier": "ou-exam-ple00000",
                "policies": [
                    {"name": "FullAWSAccess", "policy": _written([_EVERYTHING])},
                    *(
                        {"name": f"scp{number}", "policy": _document(policy)}
                        for number, policy in enumerate(grants.service_control)
                    ),
                ],
            }
        ],
        "resourceControlPolicies": [],
    }
    if grants.boundary is not None:
        simulation["permissionBoundaryPolicies"] = [{"name": "boundary", "policy": _document(grants.boundary)}]
    if request.action.startswith("kms:"):
        # The keys of the templates leave the decision to the account's policies; KMS asks the key first.
        delegating = {**_EVERYTHING, "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
        simulation["resourcePolicy"] = _written([delegating])
    return simulation


def _value(value: str | tuple[str, ...]) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


def _document(policy: Policy) -> dict[str, Any]:
    return _written([_statement(one) for one in policy])


def _written(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(one: PolicyStatement) -> dict[str, Any]:
    written: dict[str, Any] = {
        "Effect": one.effect,
        "NotAction" if one.not_actions else "Action": list(one.actions),
        "NotResource" if one.not_resources else "Resource": list(one.resources),
    }
    if one.conditions:
        written["Condition"] = {
            operator: {key: list(values) for key, values in keys.items()} for operator, keys in one.conditions.items()
        }
    return written

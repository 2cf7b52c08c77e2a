"""One request, and what IAM answers within an account.

An explicit deny of any policy wins. Then every service control policy, the boundary and the role's own policies must
each allow. What resources of other accounts would say is not asked: no role here reaches another account.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from deploy.checks.iam.conditions import holds
from deploy.checks.iam.documents import PolicyStatement
from deploy.checks.iam.matching import Context, action_matches, filled, resource_matches

Policy = Sequence[PolicyStatement]


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants to do.

    Attributes:
        action: `service:Name`.
        resource: ARN, or `*` where the action has none.
        context: Condition keys.
    """

    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer and which part decided: a Sid, or what was missing."""

    allowed: bool
    by: str


@dataclass(frozen=True, slots=True)
class Grants:
    """Everything that is asked about one principal.

    Attributes:
        identity: Its own policies together.
        boundary: None where it has none.
        service_control: Those of its account; each stands beside FullAWSAccess, which organizations attach.
    """

    identity: Policy
    boundary: Policy | None = None
    service_control: Sequence[Policy] = ()

    def decide(self, request: Request) -> Verdict:
        """What IAM would answer.

        Raises:
            PolicyUnreadable: A policy has something that is not known here.
        """
        everything = [
            *self.identity,
            *(self.boundary or ()),
            *(one for policy in self.service_control for one in policy),
        ]
        denied = next((one for one in everything if one.effect == "Deny" and _applies(one, request)), None)
        if denied is not None:
            return Verdict(allowed=False, by=denied.sid or "an explicit deny")
        if self.boundary is not None and _allowing(self.boundary, request) is None:
            return Verdict(allowed=False, by="the boundary does not allow it")
        own = _allowing(self.identity, request)
        if own is None:
            return Verdict(allowed=False, by="nothing allows it")
        return Verdict(allowed=True, by=own.sid)


def _allowing(policy: Policy, request: Request) -> PolicyStatement | None:
    return next((one for one in policy if one.effect == "Allow" and _applies(one, request)), None)


def _applies(statement: PolicyStatement, request: Request) -> bool:
    named = any(action_matches(pattern, request.action) for pattern in statement.actions)
    if named == statement.not_actions:
        return False
    patterns = (filled(pattern, request.context) for pattern in statement.resources)
    about = any(pattern is not None and resource_matches(pattern, request.resource) for pattern in patterns)
    return about != statement.not_resources and holds(statement.conditions, request.context)

"""Who talks to the coach, as the request's validated tokens say; nothing in the payload can say it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.errors import IdentityUnavailable, InvocationForbidden, SignInNeeded
from identity.errors import KeysUnavailable, ScopeInsufficient, TokenRefused
from identity.hop_trace import record_caller
from identity.tokens import Principal, Verifier, bearer_token

SCOPE = "coach/invoke"


@dataclass(frozen=True)
class Athlete:
    """One signed-in athlete for the length of one request.

    Attributes:
        principal: From the bearer token, verified here again although the front did so before.
        workload_token: Stands for this agent and this athlete at the vault; made by the front.
    """

    principal: Principal
    workload_token: str = field(repr=False)

    @property
    def name(self) -> str:
        return self.principal.username or self.principal.subject


async def identify(headers: Mapping[str, str], workload_token: str | None, verifier: Verifier) -> Athlete:
    """Who calls.

    Args:
        headers: Of the request, as the AgentCore SDK passes them on.
        workload_token: From the SDK's context variable.
        verifier: Trusts issuer, audience and upstream clients of the coach.

    Raises:
        SignInNeeded: No bearer or workload token, a refused bearer, or one of no person.
        InvocationForbidden: The scope `coach/invoke` is missing.
        IdentityUnavailable: The issuer's keys cannot be read.
    """
    try:
        token = bearer_token(headers.get("Authorization"))
        principal = await verifier.verify_async(token)
        principal.require([SCOPE])
    except TokenRefused as refusal:
        raise SignInNeeded from refusal
    except ScopeInsufficient as refusal:
        raise InvocationForbidden from refusal
    except KeysUnavailable as failure:
        raise IdentityUnavailable from failure
    record_caller(principal, token)
    if not principal.is_user or not workload_token:
        raise SignInNeeded
    return Athlete(principal, workload_token)

"""The inbound JWT authorizer: who calls, and whether anybody like that may call at all."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from identity.errors import IdentityError, ScopeInsufficient, TokenForeign, TokenMalformed, TokenRefused
from identity.hop_trace import record_caller
from identity.protected_resource import ProtectedResource
from identity.signing_keys import JwksCache
from identity.tokens import Principal, Verifier, bearer_token
from local_agentcore.gateway.claims import holds
from local_agentcore.gateway.headers import RequestHeaders
from local_agentcore.gateway.settings import InboundSettings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified caller.

    Attributes:
        token: What they came with. It goes to the vault, and to nobody else.
    """

    principal: Principal
    token: str = field(repr=False)


class InboundAuthorizer:
    """Verifies the bearer of a request against the gateway's customJWTAuthorizer.

    Args:
        settings: What is accepted.
        keys: The issuer's signing keys.
        resource: Who refuses, for the log.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        settings: InboundSettings,
        keys: JwksCache,
        resource: ProtectedResource,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._resource = resource
        # The verifier remembers verified tokens by their hash: 30 s at most, never past `exp`, and it asks for
        # revocations at every use.
        self._verifier = Verifier(settings.trust, keys, clock=clock)

    async def caller(self, headers: RequestHeaders) -> Caller:
        """Who sent a request.

        Raises:
            TokenRefused: Nobody whom the gateway knows.
            ScopeInsufficient: A good token without any of the allowed scopes.
            KeysUnavailable: The issuer's keys could never be read.
        """
        try:
            if "authorization" in headers.repeated:
                raise TokenMalformed("several Authorization headers")
            token = bearer_token(headers.get("authorization"))
        except TokenRefused as refusal:
            self._log(refusal)
            raise
        principal = await self._verifier.verify_async(token)
        try:
            self._check_claims(principal)
        except IdentityError as refusal:
            self._log(refusal)
            raise
        record_caller(principal, token)
        return Caller(principal, token)

    def _check_claims(self, principal: Principal) -> None:
        for rule in self._settings.custom_claims:
            if not holds(rule, principal.claims):
                raise TokenForeign(f"claim {rule.name} does not match")
        allowed = self._settings.allowed_scopes
        if allowed and allowed.isdisjoint(principal.scopes):
            raise ScopeInsufficient(allowed)

    def _log(self, refusal: IdentityError) -> None:
        reason = type(refusal).__name__
        logger.warning("resource=<%s>, reason=<%s: %s> | refused token", self._resource.url, reason, refusal)

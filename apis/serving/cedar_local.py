"""The authorizer that has the policy files itself: on the laptop, and wherever no policy store is named."""

from apis.serving.api_policies import ApiPolicies
from apis.serving.authorization import DENIED, PolicyDecision, Question
from identity.errors import KeysUnavailable, TokenRefused
from identity.tokens import Verifier


class CedarLocal:
    """Verifies the token, maps its claims and lets Cedar decide.

    Args:
        verifier: Its refusals, revoked tokens included, are denials.
        policies: Of all APIs.
    """

    def __init__(self, verifier: Verifier, policies: ApiPolicies) -> None:
        self._verifier = verifier
        self._policies = policies

    def is_authorized_with_token(self, token: str, question: Question) -> PolicyDecision:
        try:
            principal = self._verifier.verify(token)
        except (TokenRefused, KeysUnavailable):
            return DENIED
        return self._policies.decide(principal.claims, question)

    async def is_authorized_with_token_async(self, token: str, question: Question) -> PolicyDecision:
        try:
            principal = await self._verifier.verify_async(token)
        except (TokenRefused, KeysUnavailable):
            return DENIED
        return self._policies.decide(principal.claims, question)

"""The Lambda authorizer of an API, type REQUEST: verifies the token, lets Cedar decide, answers an IAM policy.

The same object is the Lambda entry point (``authorizer(event, context)``) and what the local shim awaits
(``authorize``). Results are never cached by the gateway (TTL 0): REST would apply one route's policy to another (I07).
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

from apis.serving.api_policies import ApiPolicies
from apis.serving.errors import Unauthorized
from apis.serving.gateway_event import action_name, header
from identity.errors import TokenMissing, TokenRefused
from identity.hop_trace import note, record_caller
from identity.tokens import Principal, Verifier, bearer_token, fingerprint

logger = logging.getLogger(__name__)

_PARAMETER = re.compile(r"\{[^{}/]+\}")


class ApiAuthorizer:
    """One per API."""

    def __init__(self, *, api: str, verifier: Verifier, policies: ApiPolicies) -> None:
        """Takes the team's name as ``api`` (``routes``), the Cedar resource."""
        self.api = api
        self.policies = policies
        self._verifier = verifier

    def __call__(self, event: Mapping[str, Any], _context: object = None) -> dict[str, Any]:
        """Answers a REQUEST event.

        Returns:
            ``principalId``, ``policyDocument`` and ``context`` = iss, sub, client_id, scope and username, all text.

        Raises:
            Unauthorized: API Gateway makes a 401 of exactly this text.
            KeysUnavailable: The issuer's keys could never be read; API Gateway makes a 500 of it.
        """
        token = self._bearer(event)
        try:
            principal = self._verifier.verify(token)
        except TokenRefused as refusal:
            raise Unauthorized from refusal
        return self._decide(event, principal, token)

    async def authorize(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Like the call, without blocking the event loop while the issuer's keys are read."""
        token = self._bearer(event)
        try:
            principal = await self._verifier.verify_async(token)
        except TokenRefused as refusal:
            raise Unauthorized from refusal
        return self._decide(event, principal, token)

    def _bearer(self, event: Mapping[str, Any]) -> str:
        try:
            return bearer_token(header(event, "authorization"))
        except TokenRefused as refusal:
            self.audit_missing(refusal)
            raise Unauthorized from refusal

    def audit_missing(self, refusal: TokenRefused | None = None) -> None:
        """Writes the audit line of a request that brought no token to verify."""
        reason = refusal or TokenMissing("no Authorization header")
        logger.warning("api=<%s>, reason=<%s: %s> | refused token", self.api, type(reason).__name__, reason)

    def _decide(self, event: Mapping[str, Any], principal: Principal, token: str) -> dict[str, Any]:
        record_caller(principal, token)
        action = action_name(event["httpMethod"], event["resource"])
        decision = self.policies.decide(principal, action=action, api=self.api)
        note("policy", list(decision.policies))
        if not decision.allowed:
            logger.warning(
                "api=<%s>, action=<%s>, subject=<%s>, client=<%s>, policies=<%s> | denied",
                self.api,
                action,
                fingerprint(principal.subject),
                principal.client_id,
                " ".join(decision.policies),
            )
        return {
            "principalId": principal.subject,
            "policyDocument": _policy_document(event, "Allow" if decision.allowed else "Deny"),
            "context": _context(principal),
        }


def _policy_document(event: Mapping[str, Any], effect: str) -> dict[str, Any]:
    """A policy for this operation; path parameters become ``*``, because a resource may have 512 characters."""
    stage_arn = "/".join(event["methodArn"].split("/", 2)[:2])
    operation = event["httpMethod"] + _PARAMETER.sub("*", event["resource"])
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{stage_arn}/{operation}"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _context(principal: Principal) -> dict[str, str]:
    return {
        "iss": principal.issuer,
        "sub": principal.subject,
        "client_id": principal.client_id,
        "scope": " ".join(sorted(principal.scopes)),
        "username": principal.username or "",
    }

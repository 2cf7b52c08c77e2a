"""The Lambda authorizer of an API, type REQUEST: verifies the token, lets policies decide, answers an IAM policy.

The same object is the Lambda entry point (``authorizer(event, context)``) and what the local shim awaits
(``authorize``). Results are never cached by the gateway (TTL 0): REST would apply one route's policy to another (I07).
"""

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from apis.serving.authorization import Authorizer, CedarJson, EntityIdentifier, PolicyDecision, Question
from apis.serving.authorizer_settings import AuthorizerSettings
from apis.serving.errors import Unauthorized
from apis.serving.gateway_event import action_name, header
from apis.serving.policy_files import ACTION, API, PolicyFiles
from identity.errors import TokenMissing, TokenRefused
from identity.hop_trace import note, record_caller
from identity.signing_keys import FetchJson, JwksCache, fetch_json
from identity.token_mapping import pool_of
from identity.tokens import Principal, Verifier, bearer_token, fingerprint

logger = logging.getLogger(__name__)

_PARAMETER = re.compile(r"\{[^{}/]+\}")


class ApiAuthorizer:
    """One per API.

    Args:
        api: The team's name (``routes``), the Cedar resource.
        verifier: Says whose token it is.
        files: The schema's actions.
        policies: Decides.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        *,
        api: str,
        verifier: Verifier,
        files: PolicyFiles,
        policies: Authorizer,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.api = api
        self.files = files
        self._verifier = verifier
        self.policies = policies
        self._clock = clock
        uid = {"type": API, "id": api}
        self._resource: EntityIdentifier = {"entityType": API, "entityId": api}
        self._entities: CedarJson = {"cedarJson": json.dumps([{"uid": uid, "attrs": {}, "parents": []}])}

    def __call__(self, event: Mapping[str, Any], _context: object = None) -> dict[str, Any]:
        """Answers a REQUEST event.

        Returns:
            ``principalId``, ``policyDocument`` and ``context`` = iss, sub, client_id, scope and username, all text.

        Raises:
            Unauthorized: API Gateway makes a 401 of exactly this text.
            KeysUnavailable: The issuer's keys could never be read; API Gateway makes a 500 of it.
            DecisionUnavailable: Nobody could be asked; likewise.
        """
        token = self._bearer(event)
        try:
            principal = self._verifier.verify(token)
        except TokenRefused as refusal:
            raise Unauthorized from refusal
        decision = self.policies.is_authorized_with_token(token, self._question(event))
        return self._answer(event, principal, token, decision)

    async def authorize(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Like the call, without blocking the event loop while the issuer's keys or a decision are fetched."""
        token = self._bearer(event)
        try:
            principal = await self._verifier.verify_async(token)
        except TokenRefused as refusal:
            raise Unauthorized from refusal
        decision = await self.policies.is_authorized_with_token_async(token, self._question(event))
        return self._answer(event, principal, token, decision)

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

    def _question(self, event: Mapping[str, Any]) -> Question:
        action = action_name(event["httpMethod"], event["resource"])
        context = {"request_time": int(self._clock())}
        return Question(
            {"actionType": ACTION, "actionId": action},
            self._resource,
            {"cedarJson": json.dumps(context)},
            self._entities,
        )

    def _answer(
        self, event: Mapping[str, Any], principal: Principal, token: str, decision: PolicyDecision
    ) -> dict[str, Any]:
        record_caller(principal, token)
        action = action_name(event["httpMethod"], event["resource"])
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
    # With a slash at the end as well: API Gateway takes it for the same operation, and compares texts.
    resources = [f"{stage_arn}/{operation}", f"{stage_arn}/{operation}/"]
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resources}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _context(principal: Principal) -> dict[str, str]:
    return {
        "iss": principal.issuer,
        "sub": principal.subject,
        "client_id": principal.client_id,
        "scope": " ".join(sorted(principal.scopes)),
        "username": principal.username or "",
    }


def new_authorizer(api: str, settings: AuthorizerSettings, *, fetch: FetchJson = fetch_json) -> ApiAuthorizer:
    """Makes the authorizer of one API from its settings; reads the Cedar files, not yet the issuer's keys.

    Raises:
        PolicyFilesInvalid: The process must not start.
    """
    verifier = Verifier(settings.trust, JwksCache(settings.issuer, fetch=fetch))
    files = PolicyFiles.read(settings.policies, pool_of(settings.issuer))
    return ApiAuthorizer(api=api, verifier=verifier, files=files, policies=_policies(settings, files, verifier))


def _policies(settings: AuthorizerSettings, files: PolicyFiles, verifier: Verifier) -> Authorizer:
    # Each imported by whom it decides for: boto3 costs a quarter of a second, Cedar a few hundredths.
    if settings.policy_store_id is None:
        from apis.serving.api_policies import ApiPolicies  # noqa: PLC0415
        from apis.serving.cedar_local import CedarLocal  # noqa: PLC0415

        return CedarLocal(verifier, ApiPolicies(files))
    from apis.serving.verified_permissions import VerifiedPermissions, policy_store_client  # noqa: PLC0415

    client = policy_store_client(settings.policy_store_region)
    return VerifiedPermissions(verifier, client, settings.policy_store_id)

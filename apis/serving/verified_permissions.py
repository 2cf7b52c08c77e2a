"""The authorizer that asks Amazon Verified Permissions, with the same policies in a policy store.

The service checks signature, expiry, use and client of the token by its identity source. It does not know which client
stands before which API, and a revoked token passes (user guide, "Revoked tokens and deleted users"), so the token goes
through our own verifier first.
"""

import asyncio
import logging
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from apis.serving.authorization import DENIED, PolicyDecision, Question
from apis.serving.errors import DecisionUnavailable
from identity.errors import KeysUnavailable, TokenRefused
from identity.tokens import Verifier

logger = logging.getLogger(__name__)

_NOT_TAKEN = frozenset({"ValidationException"})  # the service looked at token and question, and will not decide


class PolicyStoreClient(Protocol):
    """The one operation of boto3's `verifiedpermissions` client that is needed here."""

    def is_authorized_with_token(self, **request: Any) -> dict[str, Any]: ...


def policy_store_client(region: str | None) -> Any:
    """A boto3 client with the role of the process, that gives up long before API Gateway does.

    Args:
        region: Of the policy store; None takes the process's own.
    """
    config = Config(connect_timeout=1.0, read_timeout=3.0, retries={"total_max_attempts": 3, "mode": "standard"})
    session: Any = boto3.Session()  # its overloads want the service's name as a literal
    return session.client("verifiedpermissions", region_name=region, config=config)


class VerifiedPermissions:
    """Asks one policy store about every request.

    Args:
        verifier: Its refusals, revoked tokens included, are denials.
        client: From `policy_store_client`; safe to share between threads.
        policy_store_id: Of the policy store whose identity source is the API's pool.
    """

    def __init__(self, verifier: Verifier, client: PolicyStoreClient, policy_store_id: str) -> None:
        self._verifier = verifier
        self._client = client
        self._policy_store_id = policy_store_id

    def is_authorized_with_token(self, token: str, question: Question) -> PolicyDecision:
        try:
            self._verifier.verify(token)
        except (TokenRefused, KeysUnavailable):
            return DENIED
        try:
            answer = self._client.is_authorized_with_token(
                policyStoreId=self._policy_store_id,
                accessToken=token,
                action=question.action,
                resource=question.resource,
                context=question.context,
                entities=question.entities,
            )
            return self._decision(answer)
        except ClientError as error:
            # Its message may quote what was sent.
            code = str(error.response.get("Error", {}).get("Code"))
            if code in _NOT_TAKEN:
                return self._denied(code)
            raise self._unavailable(code) from None
        except (BotoCoreError, ResponseParserError) as error:
            raise self._unavailable(type(error).__name__) from None
        except (AttributeError, KeyError, TypeError):
            # What botocore's parser, and we, make of JSON that has not the shape of an answer.
            return self._denied("no answer")

    async def is_authorized_with_token_async(self, token: str, question: Question) -> PolicyDecision:
        # boto3 blocks, and the APIs share one event loop.
        return await asyncio.to_thread(self.is_authorized_with_token, token, question)

    def _decision(self, answer: dict[str, Any]) -> PolicyDecision:
        if answer.get("errors"):
            # Cedar skips a policy that fails, a `forbid` too, so an ALLOW with errors is none (P06).
            return self._denied("evaluation errors")
        policies = tuple(sorted(policy["policyId"] for policy in answer.get("determiningPolicies", ())))
        match answer.get("decision"):
            case "ALLOW" if policies:  # Cedar allows nothing without a permit
                return PolicyDecision(allowed=True, policies=policies)
            case "DENY":
                return PolicyDecision(allowed=False, policies=policies)
            case _:
                return self._denied("no decision")

    def _denied(self, reason: str) -> PolicyDecision:
        logger.error("store=<%s>, reason=<%s> | policy store did not decide, denied", self._policy_store_id, reason)
        return DENIED

    def _unavailable(self, reason: str) -> DecisionUnavailable:
        logger.error("store=<%s>, reason=<%s> | policy store does not answer", self._policy_store_id, reason)
        return DecisionUnavailable(reason)

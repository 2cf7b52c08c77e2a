"""A vault that knows who agreed to what, as boto3's `bedrock-agentcore` client answers; the consents are in memory."""

import base64
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from identity.token_source import VaultTokenSource
from local_agentcore.front.workload_tokens import WorkloadTokens
from local_agentcore.gateway.app import Vault
from local_agentcore.gateway.credentials import OwnWorkloadToken
from tests.support.api_key_source import FakeApiKeySource

PAGE = "https://vault.test/identities/oauth2/authorize?request_uri={session}"
SESSION = "urn:ietf:params:oauth:request_uri:session-"


@dataclass
class ConsentVault:
    """Gives tokens to those who agreed, and pages to the others.

    Knobs:
        agreed: Subjects.
        refused: Sessions that somebody said no to.
        page: Where a consent is given.
        asked: Parameters of GetResourceOauth2Token for a user's account, in order.
        begun: Subjects, one for each consent that was begun; its place is the session's number.
    """

    agreed: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    page: str = PAGE
    asked: list[dict[str, Any]] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def vault(self) -> Vault:
        return Vault(
            for_callers=WorkloadTokens(lambda: self),
            own=OwnWorkloadToken(self, "gateway"),
            tokens=VaultTokenSource(self),
            api_keys=lambda _: FakeApiKeySource(),
        )

    def get_workload_access_token(self, *, workloadName: str) -> dict[str, str]:  # noqa: N803 - boto3's names
        return {"workloadAccessToken": f"{workloadName}-itself"}

    def get_workload_access_token_for_jwt(self, *, workloadName: str, userToken: str) -> dict[str, str]:  # noqa: N803
        return {"workloadAccessToken": f"{workloadName} {userToken}"}

    def get_resource_oauth2_token(self, **parameters: Any) -> dict[str, Any]:
        if parameters["oauth2Flow"] != "USER_FEDERATION":
            return {"accessToken": _token("somebody")}
        subject = _subject(parameters["workloadIdentityToken"].partition(" ")[2])
        with self.lock:
            self.asked.append(parameters)
            return self._answer(subject, parameters)

    def _answer(self, subject: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if subject in self.agreed:
            return {"accessToken": _token(subject)}
        session = parameters.get("sessionUri")
        if session is None:
            session = f"{SESSION}{len(self.begun)}"
            self.begun.append(subject)
        elif self.begun[int(session.removeprefix(SESSION))] != subject:
            response: Any = {"Error": {"Code": "ResourceNotFoundException", "Message": ""}, "ResponseMetadata": {}}
            raise ClientError(response, "GetResourceOauth2Token")
        if session in self.refused:
            return {"sessionUri": session, "sessionStatus": "FAILED"}
        url = self.page.format(session=session)
        return {"authorizationUrl": url, "sessionUri": session, "sessionStatus": "IN_PROGRESS"}


def _token(subject: str) -> str:
    return f"e30.{_base64url({'sub': subject, 'exp': time.time() + 600})}.sig-of-{subject}"


def _base64url(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def _subject(token: str) -> str:
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims["sub"])

"""The operations that the local vault has beyond AWS's model, for the parts that may call them.

They have no botocore model, so the requests are made here and signed as botocore signs the others.
"""

import json
import uuid
from typing import Any

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from identity.errors import LocalVaultRefused
from identity.hop_trace import outgoing_headers
from identity.strict_json import loads

SERVICE = "bedrock-agentcore"
ERROR_HEADER = "x-amzn-errortype"


class LocalVault:
    """Calls the vault's local operations. Blocks.

    Args:
        endpoint_url: Control or data plane.
        region: Of the vault.
        access_key_id: Whose key; the vault's policy says what it may do.
        secret_access_key: Its secret.
        http: Sends the requests.
    """

    def __init__(
        self, *, endpoint_url: str, region: str, access_key_id: str, secret_access_key: str, http: httpx.Client
    ) -> None:
        self._endpoint_url = endpoint_url
        self._signer = SigV4Auth(Credentials(access_key_id, secret_access_key), SERVICE, region)
        self._http = http

    def complete_consent(self, user_token: str, session_uri: str, custom_state: str) -> None:
        """CompleteResourceTokenAuth, for a browser that brought the state of this very consent.

        Raises:
            LocalVaultRefused: With the vault's error code.
        """
        self._call("consents/complete", userToken=user_token, sessionUri=session_uri, customState=custom_state)

    def list_connections(self, user_token: str) -> list[dict[str, Any]]:
        """What this person has connected: workload, provider, scopes, connectedAt (epoch seconds), issuer.

        Raises:
            LocalVaultRefused: With the vault's error code.
        """
        connections: list[dict[str, Any]] = self._call("connections/list", userToken=user_token)["connections"]
        return connections

    def delete_connection(self, user_token: str, workload: str, provider: str) -> None:
        """Give the permission back to the provider and destroy what it had given.

        Raises:
            LocalVaultRefused: With the vault's error code.
        """
        self._call("connections/delete", userToken=user_token, workload=workload, provider=provider)

    def delete_user(self, issuer: str, subject: str) -> None:
        """Destroy everything the vault keeps for a person, and give every permission back.

        Raises:
            LocalVaultRefused: With the vault's error code.
        """
        self._call("users/delete", issuer=issuer, subject=subject)

    def _call(self, path: str, **parameters: str) -> dict[str, Any]:
        body = json.dumps(parameters).encode()
        # Like botocore: without an id of its own, a second call within the second would have the first one's signature.
        headers = {
            "Content-Type": "application/json",
            "amz-sdk-invocation-id": str(uuid.uuid4()),
            **outgoing_headers(),
        }
        signed = AWSRequest("POST", f"{self._endpoint_url}/local/{path}", headers, body)
        self._signer.add_auth(signed)
        try:
            answer = self._http.post(str(signed.url), content=body, headers=dict(signed.headers.items()))
        except httpx.HTTPError as error:
            raise LocalVaultRefused(type(error).__name__) from error
        if answer.status_code != httpx.codes.OK:
            raise LocalVaultRefused(answer.headers.get(ERROR_HEADER, "").partition(":")[0] or str(answer.status_code))
        try:
            return dict(loads(answer.content))
        except (TypeError, ValueError) as error:
            raise LocalVaultRefused("not JSON") from error

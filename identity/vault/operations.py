"""The operations of the vault by their AWS names: who may call them, and which part does the work."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import OperationModel

from identity.hop_trace import note
from identity.tokens import fingerprint
from identity.vault.api_key_providers import ApiKeyProviders
from identity.vault.audit import AuditLog
from identity.vault.connected_accounts import ConnectedAccounts
from identity.vault.consent_completion import ConsentCompletion
from identity.vault.credential_providers import CredentialProviders
from identity.vault.envelope import Envelopes, user_owner
from identity.vault.errors import NotFound, OperationUnsupported
from identity.vault.inbound import APPLICATION, InboundTokens
from identity.vault.key_rotation import KeyRotation
from identity.vault.policy import AccessKey
from identity.vault.resource_tokens import ResourceTokens
from identity.vault.token_requests import ResourceTokenRequest
from identity.vault.user_federation import ConsentNeeded, Continuation, UserFederation
from identity.vault.workload_identities import WorkloadIdentities
from identity.vault.workload_tokens import USER_ID_ISSUER, WorkloadTokens

logger = logging.getLogger(__name__)

Json = dict[str, Any]
Operation = Callable[[AccessKey, Json], Awaitable[Json]]
TOKEN_VAULT = "default"  # noqa: S105  AWS has one vault, of this name


@dataclass(frozen=True)
class Operations:
    """What the local vault can do. Everything else of AWS's model is answered as unsupported.

    Attributes:
        started_at: Epoch seconds; the vault's own key material was last changed no later.
    """

    workloads: WorkloadIdentities
    providers: CredentialProviders
    api_keys: ApiKeyProviders
    workload_tokens: WorkloadTokens
    inbound: InboundTokens
    resource_tokens: ResourceTokens
    rotation: KeyRotation
    audit: AuditLog
    user_federation: UserFederation
    completion: ConsentCompletion
    accounts: ConnectedAccounts
    envelopes: Envelopes
    started_at: float

    def find(self, operation: OperationModel) -> Operation:
        """How an operation is done for the holder of a key.

        Raises:
            OperationUnsupported: Not one of ours, whatever is in the request.
        """
        found = self._by_name().get(operation.name)
        if found is None:
            raise OperationUnsupported(f"{operation.name} is not available at the local vault")
        return found

    def _by_name(self) -> Mapping[str, Operation]:
        workloads, providers, api_keys = self.workloads, self.providers, self.api_keys
        return {
            "CreateWorkloadIdentity": _on_workload("CreateWorkloadIdentity", workloads.create),
            "GetWorkloadIdentity": _on_workload("GetWorkloadIdentity", workloads.get),
            "UpdateWorkloadIdentity": _on_workload("UpdateWorkloadIdentity", workloads.update),
            "DeleteWorkloadIdentity": _on_workload("DeleteWorkloadIdentity", workloads.delete),
            "ListWorkloadIdentities": _on_account("ListWorkloadIdentities", workloads.list_page),
            "CreateOauth2CredentialProvider": _on_provider("CreateOauth2CredentialProvider", providers.create),
            "GetOauth2CredentialProvider": _on_provider("GetOauth2CredentialProvider", providers.get),
            "UpdateOauth2CredentialProvider": _on_provider("UpdateOauth2CredentialProvider", providers.update),
            "DeleteOauth2CredentialProvider": _on_provider("DeleteOauth2CredentialProvider", providers.delete),
            "ListOauth2CredentialProviders": _on_account("ListOauth2CredentialProviders", providers.list_page),
            "CreateApiKeyCredentialProvider": _on_provider("CreateApiKeyCredentialProvider", api_keys.create),
            "GetApiKeyCredentialProvider": _on_provider("GetApiKeyCredentialProvider", api_keys.get),
            "UpdateApiKeyCredentialProvider": _on_provider("UpdateApiKeyCredentialProvider", api_keys.update),
            "DeleteApiKeyCredentialProvider": _on_provider("DeleteApiKeyCredentialProvider", api_keys.delete),
            "ListApiKeyCredentialProviders": _on_account("ListApiKeyCredentialProviders", api_keys.list_page),
            "GetTokenVault": _on_account("GetTokenVault", self._token_vault),
            "GetWorkloadAccessToken": self._workload_token,
            "GetWorkloadAccessTokenForJWT": self._workload_token_for_jwt,
            "GetWorkloadAccessTokenForUserId": self._workload_token_for_user_id,
            "GetResourceOauth2Token": self._resource_token,
            "GetResourceApiKey": self._resource_api_key,
            "local:ListConnections": self._list_connections,
            "local:DeleteConnection": self._delete_connection,
            "local:DeleteUser": self._delete_user,
            "local:RotateKeys": _on_account("local:RotateKeys", self._rotate_keys),
            "local:VerifyAudit": _on_account("local:VerifyAudit", self._verify_audit),
            "CompleteResourceTokenAuth": self._complete,
            "local:CompleteConsent": self._complete_consent,
        }

    async def _workload_token(self, key: AccessKey, request: Json) -> Json:
        workload = request["workloadName"]
        key.require("GetWorkloadAccessToken", workload=workload)
        self.workloads.require(workload)
        return {"workloadAccessToken": self.workload_tokens.for_workload(workload)}

    async def _workload_token_for_jwt(self, key: AccessKey, request: Json) -> Json:
        workload, token = request["workloadName"], request["userToken"]
        key.require("GetWorkloadAccessTokenForJWT", workload=workload)
        self.workloads.require(workload)
        principal = await self.inbound.verify(workload, token)
        made = self.workload_tokens.for_principal(workload, principal, token)
        # Not as the caller's token: here it is what the call is about, the front's signature is who calls.
        note("subject", principal.username or principal.subject)
        note("actors", list(principal.actors))
        note("audience", " ".join(principal.audiences))
        note("scopes", sorted(principal.scopes))
        note("workload_token", fingerprint(made))
        return {"workloadAccessToken": made}

    async def _workload_token_for_user_id(self, key: AccessKey, request: Json) -> Json:
        workload = request["workloadName"]
        key.require("GetWorkloadAccessTokenForUserId", workload=workload)
        self.workloads.require(workload)
        return {"workloadAccessToken": self.workload_tokens.for_user_id(workload, request["userId"])}

    async def _resource_token(self, key: AccessKey, request: Json) -> Json:
        provider = request["resourceCredentialProviderName"]
        grant = self.workload_tokens.resolve(request["workloadIdentityToken"])
        # S07, S08: the token's workload and the provider must both be this key's.
        key.require("GetResourceOauth2Token", workload=grant.workload, provider=provider)
        asked = ResourceTokenRequest.read(request)
        if asked.flow != "M2M" and grant.subject_token is not None:
            # S09: the user may have signed out since the workload token was made.
            await self.inbound.verify(grant.workload, grant.subject_token.value)
        found = self.providers.find(provider)
        if asked.flow != "USER_FEDERATION":
            return {"accessToken": (await self.resource_tokens.token(grant, found, asked)).value}
        return_url = self.workloads.return_url(grant.workload, request.get("resourceOauth2ReturnUrl"))
        how = Continuation(request.get("sessionUri"), return_url, request.get("customState"))
        answer = await self.user_federation.token(grant, found, asked, how)
        return answer.answer() if isinstance(answer, ConsentNeeded) else {"accessToken": answer.value}

    async def _complete(self, key: AccessKey, request: Json) -> Json:
        key.require("CompleteResourceTokenAuth")
        await self.completion.complete(request["sessionUri"], await self._owner(request["userIdentifier"]))
        return {}

    async def _complete_consent(self, key: AccessKey, request: Json) -> Json:
        key.require("CompleteResourceTokenAuth")
        owner = await self._owner({"userToken": request["userToken"]})
        await self.completion.complete(request["sessionUri"], owner, custom_state=request["customState"])
        return {}

    async def _owner(self, identifier: Json) -> str:
        """Whose browser came back. A user id is a user of GetWorkloadAccessTokenForUserId, and nobody else."""
        if "userId" in identifier:
            return user_owner(USER_ID_ISSUER, identifier["userId"])
        principal = await self.inbound.verify(APPLICATION, identifier["userToken"])
        note("subject", principal.username or principal.subject)
        return user_owner(principal.issuer, principal.subject)

    async def _resource_api_key(self, key: AccessKey, request: Json) -> Json:
        provider = request["resourceCredentialProviderName"]
        grant = self.workload_tokens.resolve(request["workloadIdentityToken"])
        key.require("GetResourceApiKey", workload=grant.workload, provider=provider)
        api_key = self.api_keys.api_key(provider)
        note("provider", provider)
        return {"apiKey": api_key}

    async def _list_connections(self, key: AccessKey, request: Json) -> Json:
        key.require("local:ListConnections")
        return {"connections": self.accounts.list_for(await self._owner(request))}

    async def _delete_connection(self, key: AccessKey, request: Json) -> Json:
        key.require("local:DeleteConnection")
        owner = await self._owner(request)
        return await self.accounts.disconnect(owner, request["workload"], request["provider"])

    async def _delete_user(self, key: AccessKey, request: Json) -> Json:
        key.require("local:DeleteUser")
        owner = user_owner(request["issuer"], request["subject"])
        ended = await self.accounts.end_all_of(owner)
        self.workload_tokens.forget(owner)
        self.resource_tokens.forget(owner)
        self.envelopes.shred(owner)
        return ended

    def _rotate_keys(self, _: Json) -> Json:
        return {"activeVersion": self.rotation.rotate()}

    def _verify_audit(self, _: Json) -> Json:
        found = self.audit.verify()
        first_bad = {} if found.first_bad_entry is None else {"firstBadEntry": found.first_bad_entry}
        return {"entries": found.entries, "ok": found.ok, **first_bad}

    def _token_vault(self, request: Json) -> Json:
        name = request.get("tokenVaultId", TOKEN_VAULT)
        if name != TOKEN_VAULT:
            raise NotFound(f"token vault {name} does not exist")
        return {
            "tokenVaultId": TOKEN_VAULT,
            "kmsConfiguration": {"keyType": "ServiceManagedKey"},
            "lastModifiedDate": self.started_at,
        }


def _on_workload(action: str, do: Callable[[Json], Json]) -> Operation:
    async def operation(key: AccessKey, request: Json) -> Json:
        key.require(action, workload=request["name"])
        return do(request)

    return operation


def _on_provider(action: str, do: Callable[[Json], Json]) -> Operation:
    async def operation(key: AccessKey, request: Json) -> Json:
        key.require(action, provider=request["name"])
        return do(request)

    return operation


def _on_account(action: str, do: Callable[[Json], Json]) -> Operation:
    async def operation(key: AccessKey, request: Json) -> Json:
        key.require(action)
        return do(request)

    return operation

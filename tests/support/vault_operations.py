"""Every tier-1 operation of AgentCore Identity as an unmodified boto3 client calls it: once well, once badly.

Tests run them all; the coverage table of the documentation counts them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.consenting import ask, browse
from tests.support.vault import KEYS, RunningVault, provider_request, vault_keys

Answer = dict[str, Any]
Call = Callable[[RunningVault], Answer]
# A key that may do everything, beside those with the least they need: what is tested here is no policy.
ANYTHING: dict[str, Any] = {"actions": ["*"], "workloads": ["*"], "providers": ["*"]}
EVERY_KEY = vault_keys({**KEYS, "anything": [ANYTHING]})
UNKNOWN = "nobody-has-this-name"
RETURN_URL = "https://coach.example/return"


@dataclass(frozen=True)
class Exercise:
    """One operation.

    Attributes:
        good: A call that is answered.
        bad: A call that is refused.
        error: Name of the typed exception of the refusal.
        status: Its HTTP status.
    """

    good: Call
    bad: Call
    error: str
    status: int


def _data(vault: RunningVault) -> Any:
    return vault.client("anything")


def _control(vault: RunningVault) -> Any:
    return vault.control("anything")


def _not_found(good: Call, bad: Call) -> Exercise:
    return Exercise(good, bad, "ResourceNotFoundException", 404)


def _workload_token(vault: RunningVault) -> str:
    return vault.workload_token(vault.provider.user_token())


def _resource_token(vault: RunningVault, **changes: Any) -> Answer:
    asked: dict[str, Any] = {
        "resourceCredentialProviderName": "coach-exchange",
        "scopes": ["activities/read"],
        "oauth2Flow": "ON_BEHALF_OF_TOKEN_EXCHANGE",
        "audiences": ["mcp-activities"],
    }
    token = changes.pop("workloadIdentityToken", None) or _workload_token(vault)
    answer: Answer = _data(vault).get_resource_oauth2_token(workloadIdentityToken=token, **(asked | changes))
    return answer


def _completed(vault: RunningVault, subject: str) -> Answer:
    """The user maya begins a consent, and somebody's browser comes back."""
    vault.provision_federation()
    started = ask(vault, vault.provider.user_token("maya-sub"))
    browse(started["authorizationUrl"])
    answer: Answer = _data(vault).complete_resource_token_auth(
        sessionUri=started["sessionUri"], userIdentifier={"userToken": vault.provider.application_token(subject)}
    )
    return answer


DATA_PLANE: dict[str, Exercise] = {
    "GetWorkloadAccessToken": _not_found(
        lambda vault: _data(vault).get_workload_access_token(workloadName="coach"),
        lambda vault: _data(vault).get_workload_access_token(workloadName=UNKNOWN),
    ),
    "GetWorkloadAccessTokenForJWT": Exercise(
        lambda vault: _data(vault).get_workload_access_token_for_jwt(
            workloadName="coach", userToken=vault.provider.user_token()
        ),
        lambda vault: _data(vault).get_workload_access_token_for_jwt(
            workloadName="coach", userToken=vault.provider.user_token(aud="another")
        ),
        "UnauthorizedException",
        401,
    ),
    "GetWorkloadAccessTokenForUserId": _not_found(
        lambda vault: _data(vault).get_workload_access_token_for_user_id(workloadName="coach", userId="maya"),
        lambda vault: _data(vault).get_workload_access_token_for_user_id(workloadName=UNKNOWN, userId="maya"),
    ),
    "GetResourceOauth2Token": _not_found(
        _resource_token,
        lambda vault: _resource_token(vault, resourceCredentialProviderName=UNKNOWN),
    ),
    "CompleteResourceTokenAuth": Exercise(
        lambda vault: _completed(vault, "maya-sub"),
        lambda vault: _completed(vault, "jonas-sub"),
        "AccessDeniedException",
        403,
    ),
}
WORKLOADS: dict[str, Exercise] = {
    "CreateWorkloadIdentity": Exercise(
        lambda vault: _control(vault).create_workload_identity(
            name="mcp-support", allowedResourceOauth2ReturnUrls=[RETURN_URL]
        ),
        lambda vault: _control(vault).create_workload_identity(name="coach"),
        "ConflictException",
        409,
    ),
    "GetWorkloadIdentity": _not_found(
        lambda vault: _control(vault).get_workload_identity(name="coach"),
        lambda vault: _control(vault).get_workload_identity(name=UNKNOWN),
    ),
    "UpdateWorkloadIdentity": _not_found(
        lambda vault: _control(vault).update_workload_identity(
            name="coach", allowedResourceOauth2ReturnUrls=[RETURN_URL]
        ),
        lambda vault: _control(vault).update_workload_identity(name=UNKNOWN),
    ),
    "DeleteWorkloadIdentity": _not_found(
        lambda vault: _control(vault).delete_workload_identity(name="coach"),
        lambda vault: _control(vault).delete_workload_identity(name=UNKNOWN),
    ),
    "ListWorkloadIdentities": Exercise(
        lambda vault: _control(vault).list_workload_identities(maxResults=1),
        lambda vault: _control(vault).list_workload_identities(nextToken="forged"),
        "ValidationException",
        400,
    ),
}
OAUTH2_PROVIDERS: dict[str, Exercise] = {
    "CreateOauth2CredentialProvider": Exercise(
        lambda vault: _control(vault).create_oauth2_credential_provider(
            **provider_request(vault.provider.url, "mcp-support-exchange")
        ),
        lambda vault: _control(vault).create_oauth2_credential_provider(
            **provider_request(vault.provider.url, "coach-exchange")
        ),
        "ConflictException",
        409,
    ),
    "GetOauth2CredentialProvider": _not_found(
        lambda vault: _control(vault).get_oauth2_credential_provider(name="coach-exchange"),
        lambda vault: _control(vault).get_oauth2_credential_provider(name=UNKNOWN),
    ),
    "UpdateOauth2CredentialProvider": _not_found(
        lambda vault: _control(vault).update_oauth2_credential_provider(
            **provider_request(vault.provider.url, "coach-exchange", clientId="another")
        ),
        lambda vault: _control(vault).update_oauth2_credential_provider(
            **provider_request(vault.provider.url, UNKNOWN)
        ),
    ),
    "DeleteOauth2CredentialProvider": _not_found(
        lambda vault: _control(vault).delete_oauth2_credential_provider(name="coach-exchange"),
        lambda vault: _control(vault).delete_oauth2_credential_provider(name=UNKNOWN),
    ),
    "ListOauth2CredentialProviders": Exercise(
        lambda vault: _control(vault).list_oauth2_credential_providers(maxResults=1),
        lambda vault: _control(vault).list_oauth2_credential_providers(nextToken="forged"),
        "ValidationException",
        400,
    ),
}


def _api_key(vault: RunningVault, name: str = "coach-metering") -> Answer:
    _control(vault).create_api_key_credential_provider(name="coach-metering", apiKey="a-key")
    answer: Answer = _data(vault).get_resource_api_key(
        workloadIdentityToken=_workload_token(vault), resourceCredentialProviderName=name
    )
    return answer


def _with_api_key(vault: RunningVault, operation: str, **members: Any) -> Answer:
    _control(vault).create_api_key_credential_provider(name="coach-metering", apiKey="a-key")
    answer: Answer = getattr(_control(vault), f"{operation}_api_key_credential_provider")(**members)
    return answer


API_KEYS: dict[str, Exercise] = {
    "GetResourceApiKey": _not_found(_api_key, lambda vault: _api_key(vault, UNKNOWN)),
    "CreateApiKeyCredentialProvider": Exercise(
        lambda vault: _with_api_key(vault, "create", name="another", apiKey="a-key"),
        lambda vault: _with_api_key(vault, "create", name="coach-metering", apiKey="a-key"),
        "ConflictException",
        409,
    ),
    "GetApiKeyCredentialProvider": _not_found(
        lambda vault: _with_api_key(vault, "get", name="coach-metering"),
        lambda vault: _with_api_key(vault, "get", name=UNKNOWN),
    ),
    "UpdateApiKeyCredentialProvider": Exercise(
        lambda vault: _with_api_key(vault, "update", name="coach-metering", apiKey="another"),
        lambda vault: _with_api_key(vault, "update", name="coach-metering", apiKeySecretSource="EXTERNAL"),
        "ValidationException",
        400,
    ),
    "DeleteApiKeyCredentialProvider": _not_found(
        lambda vault: _with_api_key(vault, "delete", name="coach-metering"),
        lambda vault: _with_api_key(vault, "delete", name=UNKNOWN),
    ),
    "ListApiKeyCredentialProviders": Exercise(
        lambda vault: _control(vault).list_api_key_credential_providers(maxResults=1),
        lambda vault: _control(vault).list_api_key_credential_providers(nextToken="forged"),
        "ValidationException",
        400,
    ),
}
TIER_2: dict[str, Exercise] = {
    "GetTokenVault": _not_found(
        lambda vault: _control(vault).get_token_vault(),
        lambda vault: _control(vault).get_token_vault(tokenVaultId="another"),
    ),
}
EXERCISES: dict[str, Exercise] = {**DATA_PLANE, **WORKLOADS, **OAUTH2_PROVIDERS, **API_KEYS, **TIER_2}

_PORTAL = {"consentPortalIdentifier": "portal-0123456789"}
_PAYMENT = {
    "name": "wallet",
    "credentialProviderVendor": "CoinbaseCDP",
    "providerConfigurationInput": {"coinbaseCdpConfiguration": {"apiKeyId": "key"}},
}
# Good requests for what is AWS's alone: the answer must be that it is not here, not that the request is wrong.
AWS_ONLY: dict[str, dict[str, Any]] = {
    "CreateConsentPortal": {
        "name": "portal",
        "executionRoleArn": "arn:aws:iam::000000000000:role/portal",
        "idpConfig": {
            "credentialProviderArn": "arn:aws:bedrock-agentcore:us-east-1:000000000000"
            ":token-vault/default/oauth2credentialprovider/coach-exchange",
            "scopes": ["openid"],
        },
        "sources": [{"identifier": "gateway-0123456789", "type": "agentcore-gateway"}],
    },
    "GetConsentPortal": _PORTAL,
    "UpdateConsentPortal": _PORTAL,
    "DeleteConsentPortal": _PORTAL,
    "ListConsentPortals": {},
    "CreatePaymentCredentialProvider": _PAYMENT,
    "GetPaymentCredentialProvider": {"name": "wallet"},
    "UpdatePaymentCredentialProvider": _PAYMENT,
    "DeletePaymentCredentialProvider": {"name": "wallet"},
    "ListPaymentCredentialProviders": {},
    "GetResourcePaymentToken": {
        "workloadIdentityToken": "A" * 43,
        "resourceCredentialProviderName": "wallet",
        "paymentTokenRequest": {"coinbaseCdpTokenRequest": {"requestMethod": "GET", "requestPath": "/pay"}},
    },
    "SetTokenVaultCMK": {"kmsConfiguration": {"keyType": "ServiceManagedKey"}},
    "ResetTokenVaultKeyMaterial": {"tokenVaultId": "default"},
}

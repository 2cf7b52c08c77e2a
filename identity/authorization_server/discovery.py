"""What a pool says about itself (OpenID Connect Discovery 1.0 §3, RFC 8414 §2).

Features that are not built are not advertised: no DPoP, no request objects.
"""

from typing import Any

from identity.authorization_server.client_assertions import ALGORITHMS
from identity.authorization_server.clients import GRANT_TYPES, JWT_BEARER
from identity.authorization_server.endpoints import Endpoints
from identity.authorization_server.pools import PoolConfig

_PROOFS = ("client_secret_basic", "client_secret_post", "private_key_jwt")


def discovery_document(
    config: PoolConfig, endpoints: Endpoints, *, strict_cognito: bool, key_file: bool, registration: bool
) -> dict[str, Any]:
    """The discovery document.

    Args:
        config: The pool.
        endpoints: Its URLs.
        strict_cognito: Leave out what Cognito does not say.
        key_file: Offer the key-file sign-in.
        registration: Let clients register themselves.
    """
    document: dict[str, Any] = {
        "issuer": endpoints.issuer,
        "authorization_endpoint": endpoints.authorization,
        "token_endpoint": endpoints.token,
        "revocation_endpoint": endpoints.revocation,
        "userinfo_endpoint": endpoints.userinfo,
        "jwks_uri": endpoints.jwks,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": sorted(config.scope_meanings),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }
    if strict_cognito:
        return document
    document |= {
        "grant_types_supported": [*GRANT_TYPES, JWT_BEARER],
        "token_endpoint_auth_methods_supported": [*_PROOFS, "none"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": [*_PROOFS, "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "introspection_endpoint": endpoints.introspection,
        "introspection_endpoint_auth_methods_supported": list(_PROOFS),
        "introspection_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,  # OpenID Connect Discovery §3: true is the default
        "pushed_authorization_request_endpoint": endpoints.pushed_requests,
        "require_pushed_authorization_requests": False,
        "end_session_endpoint": endpoints.end_session,
        "device_authorization_endpoint": endpoints.device_authorization,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "prompt_values_supported": ["none", "login", "consent"],
        "revoked_tokens_uri": endpoints.revoked_tokens,
        "claims_supported": ["sub", "name", "auth_time", "amr", "cognito:username", "cognito:groups"],
    }
    if registration:
        document["registration_endpoint"] = endpoints.registration
        document["client_id_metadata_document_supported"] = True
    if key_file:
        document["local_sign_in_nonce_endpoint"] = endpoints.sign_in_nonce
    return document

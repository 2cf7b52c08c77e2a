"""The device code grant (RFC 8628 §3.4). Authlib's never deletes the device code, so this one is ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import InvalidRequestError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from identity.authorization_server.authorizations import Authorization
from identity.authorization_server.clients import DEVICE_CODE, Client
from identity.authorization_server.form import ParameterRequest
from identity.authorization_server.grants.authorization_code import Issue, chosen_audience, tokens_of
from identity.authorization_server.grants.response import TokenResponse

if TYPE_CHECKING:
    from identity.authorization_server.core import PoolServer
    from identity.authorization_server.device_codes import DeviceCodes


class DeviceCodeGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # Authlib ships no types
    """Trades the decision of a person on another device for tokens, once."""

    GRANT_TYPE = DEVICE_CODE
    server: PoolServer
    request: ParameterRequest

    def validate_token_request(self) -> None:
        """Check the client and take the decision, which is gone afterwards.

        Raises:
            OAuth2Error: There is none, none yet, or it was a refusal.
        """
        client: Client = self.authenticate_token_endpoint_client()
        self.request.client = client
        codes: DeviceCodes | None = self.server.device_codes
        if codes is None or not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError
        device_code = self.request.parameters.one("device_code")
        if device_code is None:
            raise InvalidRequestError("device_code is missing.")
        self._approved = codes.poll(device_code, client.client_id)

    def create_token_response(self) -> TokenResponse:
        server, approved = self.server, self._approved
        authorization = Authorization(
            id=server.new_authorization_id(),
            client_id=approved.client_id,
            sub=approved.sub,
            scope=approved.scope,
            audiences=approved.audiences,
            auth_time=approved.auth_time,
            amr=approved.amr,
            nonce=None,
            expires_at=int(server.clock()) + server.config.refresh_token_lifetime_s,
        )
        audience = chosen_audience(server, authorization, self.request)
        server.authorizations.add(authorization)
        issue = Issue("device_code", authorization, audience, authorization.scope)
        if not self.request.client.check_grant_type("refresh_token"):
            return tokens_of(server, issue)
        return tokens_of(server, issue, refresh_token=server.authorizations.new_refresh_token(authorization))

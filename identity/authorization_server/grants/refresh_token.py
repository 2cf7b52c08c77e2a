"""The refresh token grant (RFC 6749 §6): every refresh token works once (RFC 9700 §4.14.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant as AuthlibRefreshGrant

from identity.authorization_server.authorizations import Authorization
from identity.authorization_server.form import ParameterRequest
from identity.authorization_server.grants.authorization_code import Issue, chosen_audience, tokens_of
from identity.authorization_server.grants.response import TokenResponse

if TYPE_CHECKING:
    from identity.authorization_server.core import PoolServer


class RefreshTokenGrant(AuthlibRefreshGrant):  # type: ignore[misc]  # Authlib ships no types
    """Trades a refresh token for a new pair. A request that asks for too much leaves the token usable."""

    server: PoolServer
    request: ParameterRequest

    def authenticate_refresh_token(self, refresh_token: str) -> Authorization | None:
        client_id = self.request.client.client_id
        return self.server.authorizations.of_refresh_token(refresh_token, client_id, self.server.clock())

    def create_token_response(self) -> TokenResponse:
        authorization: Authorization = self.request.refresh_token
        parameters = self.request.parameters
        audience = chosen_audience(self.server, authorization, self.request)
        issue = Issue(self.GRANT_TYPE, authorization, audience, parameters.one("scope") or authorization.scope)
        new = self.server.authorizations.rotate(parameters.one("refresh_token") or "", self.server.clock())
        if new is None:
            raise InvalidGrantError
        return tokens_of(self.server, issue, refresh_token=new)

"""The client credentials grant (RFC 6749 §4.4): a workload as itself, without a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant as AuthlibClientCredentialsGrant

from identity.authorization_server.clients import Client
from identity.authorization_server.form import ParameterRequest
from identity.authorization_server.grants.response import TokenResponse, token_response
from identity.authorization_server.issued_tokens import Grounds

if TYPE_CHECKING:
    from identity.authorization_server.core import PoolServer


class ClientCredentialsGrant(AuthlibClientCredentialsGrant):  # type: ignore[misc]  # Authlib ships no types
    """Issues tokens whose subject is the client.

    Without `audience` or `resource` the token is addressed to the issuer: it is good as an actor token and nowhere
    else, and it carries no scope that was not asked for.
    """

    server: PoolServer
    request: ParameterRequest

    def create_token_response(self) -> TokenResponse:
        client: Client = self.request.client
        targets = self.server.targets.requested(self.request.parameters)
        if len(targets) > 1:
            raise InvalidRequestError("One audience or resource for each token.")
        self.server.require_edges(client, targets, "client_credentials")
        grounds = Grounds(
            sub=client.client_id,
            client_id=client.client_id,
            audience=targets[0].audience if targets else self.server.issuer,
            scope=self._scope(client, addressed=bool(targets)),
            expires_at=int(self.server.clock()) + self.server.config.access_token_lifetime_s,
        )
        return token_response("client_credentials", self.server.tokens.access_token(grounds))

    def _scope(self, client: Client, *, addressed: bool) -> str:
        asked = self.request.parameters.one("scope")
        if asked is None and not addressed:
            return ""
        allowed = client.get_allowed_scope(asked)
        # RFC 9700 §4.15: scopes of the pool (openid, profile …) speak about a person, and there is none (K16).
        if allowed is None or not self.server.config.scopes.keys().isdisjoint(allowed.split()):
            raise InvalidScopeError
        return allowed

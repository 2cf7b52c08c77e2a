"""The JWT bearer grant (RFC 7523 §2.1) as another door to token exchange.

The assertion is an access token of this issuer, addressed to the client that presents it, so the rules of exchange hold
word for word: same clients, same edges, never wider, never longer-lived. Assertions of other issuers are not accepted.
Local only: Cognito has no such grant.
"""

from __future__ import annotations

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, UnauthorizedClientError

from identity.authorization_server.clients import JWT_BEARER, Client
from identity.authorization_server.grants.response import TokenResponse, token_response
from identity.authorization_server.grants.token_exchange import TokenExchangeGrant
from identity.authorization_server.targets import Target
from identity.errors import TokenRefused
from identity.tokens import Principal


class JwtBearerGrant(TokenExchangeGrant):
    """Trades an access token that was made for the client for one of the next hop."""

    GRANT_TYPE = JWT_BEARER

    def create_token_response(self) -> TokenResponse:
        return token_response("jwt_bearer", self.issued())

    def _subject(self, client: Client, target: Target) -> Principal:  # noqa: ARG002  # for exchange
        if client.config.foreign:
            raise UnauthorizedClientError
        assertion = self.request.parameters.one("assertion")
        if assertion is None:
            raise InvalidRequestError("assertion is missing.")
        audiences = self.server.targets.represented_by(client)
        try:
            subject = self.server.presented(assertion, audiences=audiences, clients=None)
        except TokenRefused as error:
            raise InvalidGrantError("The assertion is not accepted.") from error  # RFC 7523 §3.1
        if not subject.is_user:
            raise InvalidGrantError("The assertion is not accepted.")
        return subject

    def _actor(self, client: Client) -> None:  # noqa: ARG002  # for exchange
        return None

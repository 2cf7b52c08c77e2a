"""The authorization code grant (RFC 6749 §4.1) with PKCE and resource indicators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import InvalidGrantError, OAuth2Error
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant as AuthlibCodeGrant

from identity.authorization_server import pkce
from identity.authorization_server.authorizations import Authorization, RedeemedCode
from identity.authorization_server.errors import InvalidTarget
from identity.authorization_server.form import ParameterRequest
from identity.authorization_server.grants.response import TokenResponse, token_response
from identity.authorization_server.issued_tokens import Grounds

if TYPE_CHECKING:
    from identity.authorization_server.clients import Client
    from identity.authorization_server.core import PoolServer
    from identity.authorization_server.sign_in import SignIn


class AuthorizationCodeGrant(AuthlibCodeGrant):  # type: ignore[misc]  # Authlib ships no types
    """Issues codes at the authorization endpoint and redeems them at the token endpoint."""

    server: PoolServer
    request: ParameterRequest

    def validate_authorization_request(self) -> str:
        """Check everything that can be wrong with an authorization request before anybody is asked anything.

        Returns:
            Where the answer goes.

        Raises:
            OAuth2Error: With a redirect URI if the client may learn of it.
        """
        redirect_uri: str = super().validate_authorization_request()
        try:
            pkce.requested_challenge(self.request.parameters)
            targets = self.server.targets.requested(self.request.parameters)
            self.server.require_edges(self.request.client, targets, "authorization_code")
        except OAuth2Error as error:
            error.redirect_uri = redirect_uri
            raise
        return redirect_uri

    def requested_audiences(self) -> tuple[str, ...]:
        """What the tokens may be addressed to; without `resource` or `audience` only to the issuer (userinfo)."""
        targets = self.server.targets.requested(self.request.parameters)
        return tuple(target.audience for target in targets) or (self.server.issuer,)

    def save_authorization_code(self, code: str, request: ParameterRequest) -> None:
        sign_in: SignIn = request.user
        self.server.clients.used(request.client.client_id)
        now = self.server.clock()
        authorization = Authorization(
            id=self.server.new_authorization_id(),
            client_id=request.client.client_id,
            sub=sign_in.user.sub,
            scope=request.scope,
            audiences=self.requested_audiences(),
            auth_time=sign_in.auth_time,
            amr=sign_in.amr,
            nonce=request.parameters.one("nonce"),
            expires_at=int(now) + self.server.config.refresh_token_lifetime_s,
        )
        self.server.authorizations.add_code(
            code,
            authorization,
            redirect_uri=request.parameters.one("redirect_uri"),
            code_challenge=pkce.requested_challenge(request.parameters),
            expires_at=now + self.server.config.code_lifetime_s,
            session=sign_in.session,
        )

    def query_authorization_code(self, code: str, client: Client) -> RedeemedCode | None:
        # Used up before anything else is checked: one try for each code.
        return self.server.authorizations.redeem_code(code, client.client_id, self.server.clock())

    def validate_token_request(self) -> None:
        """Redeem the code.

        Raises:
            OAuth2Error: Any reason not to.
        """
        super().validate_token_request()
        code: RedeemedCode = self.request.authorization_code
        pkce.verify(self.request.parameters.one("code_verifier"), code.code_challenge)

    def create_token_response(self) -> TokenResponse:
        authorization: Authorization = self.request.authorization_code.authorization
        audience = chosen_audience(self.server, authorization, self.request)
        issue = Issue(self.GRANT_TYPE, authorization, audience, authorization.scope)
        if not self.request.client.check_grant_type("refresh_token"):
            return tokens_of(self.server, issue)
        return tokens_of(self.server, issue, refresh_token=self.server.authorizations.new_refresh_token(authorization))


@dataclass(frozen=True)
class Issue:
    """What is to be issued under an authorization.

    Attributes:
        grant: Name of the grant, for the trace.
        audience: One of the authorization's.
        scope: The authorization's, or less.
    """

    grant: str
    authorization: Authorization
    audience: str
    scope: str


def tokens_of(server: PoolServer, issue: Issue, **members: str) -> TokenResponse:
    """Access token, and ID token if `openid` is granted, of an authorization.

    Raises:
        InvalidGrantError: The person is gone.
    """
    authorization = issue.authorization
    user = server.users.by_subject(authorization.sub)
    if user is None:
        raise InvalidGrantError
    grounds = Grounds(
        sub=user.sub,
        client_id=authorization.client_id,
        audience=issue.audience,
        scope=issue.scope,
        expires_at=int(server.clock()) + server.config.access_token_lifetime_s,
        username=user.username,
        groups=user.groups,
        auth_time=authorization.auth_time,
        amr=authorization.amr,
        origin_jti=authorization.id,
    )
    access = server.tokens.access_token(grounds)
    if "openid" in grounds.scope.split():
        members["id_token"] = server.tokens.id_token(
            grounds,
            name=user.name,
            nonce=authorization.nonce,
            access_token=access.text,
            lifetime_s=server.config.access_token_lifetime_s,
        )
    return token_response(issue.grant, access, **members)


def chosen_audience(server: PoolServer, authorization: Authorization, request: ParameterRequest) -> str:
    """The one audience of the next access token, out of those that were authorized (RFC 8707 §2.2, K13).

    Raises:
        InvalidTarget: One that was not authorized, several, or none where several were.
    """
    named = tuple(target.audience for target in server.targets.requested(request.parameters))
    choice = named or authorization.audiences
    if len(choice) != 1 or choice[0] not in authorization.audiences:
        raise InvalidTarget
    return choice[0]

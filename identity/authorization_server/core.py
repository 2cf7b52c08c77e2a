"""Authlib's authorization server for one pool, with everything its grants need."""

import logging
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidRequestError,
    OAuth2Error,
    UnsupportedGrantTypeError,
)
from starlette.responses import JSONResponse, RedirectResponse, Response

from identity.authorization_server.authorizations import Authorizations
from identity.authorization_server.client_assertions import ClientAssertions
from identity.authorization_server.client_authentication import authenticate
from identity.authorization_server.client_registry import ClientRegistry
from identity.authorization_server.clients import Client
from identity.authorization_server.device_codes import DeviceCodes
from identity.authorization_server.endpoints import Endpoints
from identity.authorization_server.errors import AssertionRefused, InvalidTarget, UnknownGrantType, UnknownResponseType
from identity.authorization_server.form import ParameterRequest
from identity.authorization_server.grants.authorization_code import AuthorizationCodeGrant
from identity.authorization_server.grants.client_credentials import ClientCredentialsGrant
from identity.authorization_server.grants.device_code import DeviceCodeGrant
from identity.authorization_server.grants.jwt_bearer import JwtBearerGrant
from identity.authorization_server.grants.refresh_token import RefreshTokenGrant
from identity.authorization_server.grants.token_exchange import TokenExchangeGrant
from identity.authorization_server.issued_tokens import IssuedTokens
from identity.authorization_server.pools import Grant, PoolConfig
from identity.authorization_server.targets import Target, Targets
from identity.authorization_server.users import Users
from identity.errors import TokenForeign, TokenRevoked
from identity.tokens import Principal

logger = logging.getLogger(__name__)

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class PoolServer(AuthorizationServer):  # type: ignore[misc]  # Authlib ships no types
    """One pool.

    Args:
        config: Its configuration.
        endpoints: Its URLs.
        clients: Its clients.
        users: Its people.
        authorizations: What they have allowed.
        tokens: Its signer.
        clock: Epoch seconds.
        assertions: Checks private_key_jwt; None where that is off.
        device_codes: Its device authorizations; None where the device code grant is off.
        edges_enforced: Whether the hop table limits targets; Cognito documents no such limit, so strict mode has none.
    """

    def __init__(
        self,
        config: PoolConfig,
        endpoints: Endpoints,
        *,
        clients: ClientRegistry,
        users: Users,
        authorizations: Authorizations,
        tokens: IssuedTokens,
        clock: Callable[[], float],
        assertions: ClientAssertions | None = None,
        device_codes: DeviceCodes | None = None,
        edges_enforced: bool = True,
    ) -> None:
        super().__init__()
        self.config = config
        self.endpoints = endpoints
        self.users = users
        self.authorizations = authorizations
        self.tokens = tokens
        self.targets = Targets(config.resource_servers)
        self.clients = clients
        self.clock = clock
        self._assertions = assertions
        self.device_codes = device_codes
        self._edges_enforced = edges_enforced
        for grant in (AuthorizationCodeGrant, RefreshTokenGrant, ClientCredentialsGrant, TokenExchangeGrant):
            self.register_grant(grant)
        if device_codes is not None:
            self.register_grant(DeviceCodeGrant)
            self.register_grant(JwtBearerGrant)

    @property
    def issuer(self) -> str:
        return self.endpoints.issuer

    @property
    def audiences(self) -> frozenset[str]:
        """Everything that tokens of this pool can be addressed to."""
        return frozenset({self.issuer}) | self.targets.audiences

    def query_client(self, client_id: str) -> Client | None:
        return self.clients.find(client_id)

    def authenticate_client(self, request: ParameterRequest, *_methods_and_endpoint: object) -> Client:
        """The client, by the methods that it is registered for, whatever the grant would also take."""
        try:
            return authenticate(request, self.clients.find, self._assertions)
        except AssertionRefused as refusal:
            logger.warning("pool=<%s>, reason=<%s> | refused client assertion", self.config.name, refusal.reason)
            raise

    def create_oauth2_request(self, request: ParameterRequest) -> ParameterRequest:
        return request

    def require_edges(self, client: Client, targets: Iterable[Target], grant: Grant) -> None:
        """Check the hop table (X05, X14).

        Raises:
            InvalidTarget: The client may not have a token for one of the targets by this grant.
        """
        if self._edges_enforced and not all(client.may_reach(target, grant) for target in targets):
            raise InvalidTarget

    def _verified(self, token: str, audiences: frozenset[str], clients: frozenset[str] | None) -> Principal:
        if clients is not None:
            return self.tokens.verify(token, audiences=audiences, clients=clients)
        # Foreign clients only ever get tokens for URLs; the issuer is one.
        open_audiences = frozenset(audience for audience in audiences if "://" in audience)
        principal = self.tokens.verify(
            token, audiences=audiences, clients=self.clients.configured_ids, open_audiences=open_audiences
        )
        if "://" not in principal.client_id and self.clients.find(principal.client_id) is None:
            raise TokenForeign("its client was removed")
        return principal

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Authlib's hook for web frameworks with signals; ours has none."""

    def get_authorization_grant(self, request: ParameterRequest) -> AuthorizationCodeGrant:
        """The grant of an authorization request.

        Raises:
            InvalidRequestError: A parameter is repeated.
            UnknownResponseType: Not `code` (RFC 9700 §2.1.2: no implicit grant).
        """
        redirect_uri = self.trusted_redirect_uri(request)
        if request.parameters.repeated():
            raise InvalidRequestError("A parameter occurs twice.", redirect_uri=redirect_uri)
        client = self.clients.find(request.parameters.one("client_id") or "")
        must_push = client is not None and client.config.require_pushed_authorization_requests
        if must_push and request.parameters.request_uri is None:
            raise InvalidRequestError("This application must push its requests.", redirect_uri=redirect_uri)
        if not AuthorizationCodeGrant.check_authorization_endpoint(request):
            raise UnknownResponseType(None, redirect_uri=redirect_uri)
        return AuthorizationCodeGrant(request, self)

    def trusted_redirect_uri(self, request: ParameterRequest) -> str:
        """Where answers to an authorization request may go (RFC 6749 §3.1.2.4, RFC 9700 §4.11).

        Raises:
            InvalidRequestError: Nowhere; the error has no redirect URI, so it is shown on a page.
        """
        parameters = request.parameters
        client = self.clients.find(parameters.one("client_id") or "")
        if client is None:
            raise InvalidRequestError("The application is not known here.")
        if len(parameters.all("redirect_uri")) > 1:
            raise InvalidRequestError("The request names two addresses to return to.")
        redirect_uri = parameters.one("redirect_uri") or client.get_default_redirect_uri()
        if redirect_uri is None or not client.check_redirect_uri(redirect_uri):
            raise InvalidRequestError("The address to return to is not registered for this application.")
        return redirect_uri

    def get_token_grant(self, request: ParameterRequest) -> Any:
        if request.parameters.repeated():
            raise InvalidRequestError("A parameter occurs twice.")
        try:
            return super().get_token_grant(request)
        except UnsupportedGrantTypeError as error:
            raise UnknownGrantType(None) from error

    def create_token_response(self, request: ParameterRequest) -> Response:
        """Answer a token request."""
        try:
            response: Response = super().create_token_response(request)
        except OAuth2Error as error:  # Authlib catches what grants raise, not all of what choosing the grant raises
            response = self.handle_error_response(request, error)
        return response

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        """An answer of Authlib's core as a response; every redirect names the issuer (RFC 9207 §2, A09)."""
        fields = {
            name: value for name, value in headers if name.lower() not in {"content-type", "cache-control", "pragma"}
        }
        location = fields.pop("Location", None)
        if location is None:
            return JSONResponse(dict(body), status, headers={**fields, **NO_STORE})
        # RFC 9700 §4.12: 303, so that a POST is never repeated at the client.
        safe = {**NO_STORE, "Referrer-Policy": "no-referrer"}
        return RedirectResponse(add_params_to_uri(location, [("iss", self.issuer)]), 303, headers=safe)

    def presented(self, token: str, *, audiences: frozenset[str], clients: frozenset[str] | None = None) -> Principal:
        """Check an access token of this pool that came back: as a resource server does, and whether it was ended.

        Args:
            token: The token.
            audiences: Whom it may be addressed to.
            clients: Who may have got it; None means any client of this pool that is still known.

        Raises:
            TokenRefused: Not good, not for one of the audiences, or revoked by itself or with its sign-in.
        """
        principal = self._verified(token, audiences, clients)
        if self.authorizations.is_revoked(principal.jti):
            raise TokenRevoked("ended before its time")
        if not principal.is_user:  # a client's own token descends from no sign-in
            return principal
        origin = principal.claims.get("origin_jti")
        if not isinstance(origin, str) or self.authorizations.live(origin, self.clock()) is None:
            raise TokenRevoked("its sign-in has ended")
        if self.users.by_subject(principal.subject) is None:
            raise TokenRevoked("the person is gone")
        return principal

    def new_authorization_id(self) -> str:
        return secrets.token_urlsafe(16)

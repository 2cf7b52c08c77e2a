"""Token exchange (RFC 8693) with the semantics of Cognito's.

A workload that was called with a token made for it gets a token for the next hop, in the name of the same person:
narrower or equal in scope, never longer-lived, addressed to one target of the hop table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from identity.authorization_server.clients import TOKEN_EXCHANGE, Client
from identity.authorization_server.errors import InvalidTarget
from identity.authorization_server.form import ParameterRequest
from identity.authorization_server.grants.response import TokenResponse, token_response
from identity.authorization_server.issued_tokens import Grounds, IssuedToken
from identity.authorization_server.targets import Target
from identity.errors import TokenRefused
from identity.tokens import Principal

if TYPE_CHECKING:
    from identity.authorization_server.core import PoolServer

ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  # a token type (RFC 8693 §3)


@dataclass(frozen=True)
class _Exchange:
    subject: Principal
    actor: Principal | None
    target: Target


class TokenExchangeGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # Authlib ships no types
    """Exchanges a subject token. Accepts and issues access tokens only; never a refresh token."""

    GRANT_TYPE = TOKEN_EXCHANGE
    server: PoolServer
    request: ParameterRequest

    def validate_token_request(self) -> None:
        """Check client, target, subject and actor.

        Raises:
            OAuth2Error: Any reason not to exchange.
        """
        client: Client = self.authenticate_token_endpoint_client()
        self.request.client = client
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError
        if self.request.parameters.one("requested_token_type") not in {None, ACCESS_TOKEN_TYPE}:
            raise InvalidRequestError("Only access tokens are issued.")
        target = self._target(client)
        subject = self._subject(client, target)
        actor = self._actor(client)
        _check_may_act(subject, actor)
        self._exchange = _Exchange(subject, actor, target)

    def create_token_response(self) -> TokenResponse:
        return token_response("token_exchange", self.issued(), issued_token_type=ACCESS_TOKEN_TYPE)

    def issued(self) -> IssuedToken:
        """The new token, in the name of the subject."""
        subject, actor = self._exchange.subject, self._exchange.actor
        claims = subject.claims
        latest = int(self.server.clock()) + self.server.config.access_token_lifetime_s
        grounds = Grounds(
            sub=subject.subject,
            client_id=self.request.client.client_id,
            audience=self._exchange.target.audience,
            scope=self._narrowed_scope(),
            expires_at=min(latest, subject.expires_at),  # X09: revoking or ending the subject token ends this too
            username=subject.username,
            groups=tuple(claims.get("cognito:groups", ())),
            auth_time=claims.get("auth_time"),
            amr=tuple(claims.get("amr", ())),
            origin_jti=claims.get("origin_jti"),
            act=self._act(subject, actor) if actor else None,
        )
        return self.server.tokens.access_token(grounds)

    def _act(self, subject: Principal, actor: Principal) -> dict[str, Any]:
        # Nesting is ours; whether Cognito keeps earlier actors is not documented.
        nested = self.server.tokens.profile == "rfc9068"
        return _actor_chain(subject, actor) if nested else {"sub": actor.subject}

    def _target(self, client: Client) -> Target:
        parameters = self.request.parameters
        if parameters.all("audience") and parameters.all("resource"):
            raise InvalidRequestError("Either audience or resource.")
        targets = self.server.targets.requested(parameters)
        if len(targets) != 1:
            raise InvalidTarget("Name one audience or one resource.")
        self.server.require_edges(client, targets, "token_exchange")
        return targets[0]

    def _subject(self, client: Client, target: Target) -> Principal:
        # RFC 8693 §2.1: the confused deputy is kept out by demanding a token addressed to the exchanging party (X03).
        # A foreign client exchanges what a person allowed to itself, and nothing that it was called with.
        clients = frozenset({client.client_id}) if client.config.foreign else None
        subject = self._presented("subject", self.server.targets.represented_by(client), clients)
        if not subject.is_user:
            raise InvalidRequestError("The subject_token is not accepted.")
        if client.config.foreign and target.audience not in self._consented(subject):
            raise InvalidTarget  # the person was asked about the others (A12)
        return subject

    def _consented(self, subject: Principal) -> tuple[str, ...]:
        origin = str(subject.claims.get("origin_jti"))
        authorization = self.server.authorizations.live(origin, self.server.clock())
        return authorization.audiences if authorization else ()

    def _actor(self, client: Client) -> Principal | None:
        if not {"actor_token", "actor_token_type"} & self.request.parameters.data.keys():
            return None
        # The actor is the exchanging client itself, with a token addressed to nobody but us.
        return self._presented("actor", frozenset({self.server.issuer}), frozenset({client.client_id}))

    def _presented(self, role: str, audiences: frozenset[str], clients: frozenset[str] | None) -> Principal:
        token = self.request.parameters.one(f"{role}_token")
        if token is None or self.request.parameters.one(f"{role}_token_type") != ACCESS_TOKEN_TYPE:
            raise InvalidRequestError(f"{role}_token and its type, which must be access_token, go together.")
        try:
            return self.server.presented(token, audiences=audiences, clients=clients)
        except TokenRefused as error:
            raise InvalidRequestError(f"The {role}_token is not accepted.") from error

    def _narrowed_scope(self) -> str:
        """Asked for ∩ the subject's ∩ the client's, never wider than any of them (X04)."""
        subject = self._exchange.subject.scopes
        asked = (self.request.parameters.one("scope") or " ".join(sorted(subject))).split()
        granted = [scope for scope in dict.fromkeys(asked) if scope in subject & set(self.request.client.config.scopes)]
        if not granted:
            raise InvalidScopeError
        return " ".join(granted)


def _check_may_act(subject: Principal, actor: Principal | None) -> None:
    """RFC 8693 §4.4: a subject token that names its actor accepts no other (X07)."""
    may_act: Any = subject.claims.get("may_act")
    if may_act is None:
        return
    if actor is None or not isinstance(may_act, dict) or may_act.get("sub") != actor.subject:
        raise InvalidRequestError("The subject_token names another actor.")


def _actor_chain(subject: Principal, actor: Principal) -> dict[str, Any]:
    """RFC 8693 §4.1: the current actor outermost, earlier ones nested inside."""
    earlier = subject.claims.get("act")
    return {"sub": actor.subject} | ({"act": earlier} if earlier is not None else {})

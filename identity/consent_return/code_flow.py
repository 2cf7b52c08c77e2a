"""This part's own sign-in: the authorization code grant with PKCE as a confidential client, and a checked ID token.

begin()    ── the URL to send the browser to, and what ties its answer to this browser
finish()   ── issuer and code of the answer, token request, ID token, access token: a person
"""

import asyncio
import hmac
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from joserfc import jws
from joserfc.errors import JoseError
from pydantic import BaseModel, ConfigDict, ValidationError

from identity.base64url import sha256_base64url
from identity.claims import audiences_of, json_object, json_segment, moment_claim, text_claim
from identity.consent_return.errors import PresenceUnproven, SignInFailed
from identity.consent_return.own_session import PendingSignIn, SignedIn
from identity.consent_return.settings import ConsentReturnSettings
from identity.errors import IdentityError, TokenRefused
from identity.signing_keys import JwksCache
from identity.tokens import ALGORITHM, CLOCK_SKEW_S, Principal, Trust, Verifier

# A key file alone is no person (V29): a password, or a confirmation typed on a terminal (RFC 8176 §2).
PRESENCE = frozenset({"pwd", "user"})
LARGEST_ANSWER = 65_536


class IssuerMetadata(BaseModel):
    """What this part uses of the discovery document (OpenID Connect Discovery 1.0 §3)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    code_challenge_methods_supported: tuple[str, ...] = ()
    authorization_response_iss_parameter_supported: bool = False


class CodeFlow:
    """Signs people in at one issuer.

    Args:
        settings: Issuer and client.
        http: For the issuer's endpoints; follows no redirects.
        keys: The issuer's signing keys.
        clock: Epoch seconds.
    """

    def __init__(
        self, settings: ConsentReturnSettings, http: httpx.AsyncClient, keys: JwksCache, clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._http = http
        self._keys = keys
        self._clock = clock
        self._metadata: IssuerMetadata | None = None
        trust = Trust(
            settings.issuer, frozenset({settings.audience}), frozenset({settings.client_id}), settings.profile
        )
        self._access_tokens = Verifier(trust, keys, clock=clock)

    async def begin(self, destination: str, *, again: bool = False) -> tuple[PendingSignIn, str]:
        """A sign-in and the URL at which it goes on.

        Args:
            destination: Path and query of this part, for afterwards.
            again: Ask for the password even if the browser is signed in there.

        Raises:
            SignInFailed: The issuer cannot be asked.
        """
        metadata = await self._discovered()
        pending = PendingSignIn(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            destination=destination,
            expires_at=self._clock() + self._settings.sign_in_lifetime_s,
        )
        parameters = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._settings.redirect_uri,
            "scope": " ".join(("openid", *self._settings.scopes)),
            # Cognito binds a token to what `resource` names, the authorization server here to `audience`.
            "resource" if self._settings.profile == "cognito" else "audience": self._settings.audience,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": sha256_base64url(pending.verifier),
            "code_challenge_method": "S256",
            **({"prompt": "login"} if again else {}),
        }
        return pending, f"{metadata.authorization_endpoint}?{urlencode(parameters)}"

    async def finish(self, pending: PendingSignIn, answer: Mapping[str, str]) -> SignedIn:
        """The person of an answer whose state was found.

        Raises:
            SignInFailed: Another issuer's answer, a refusal, or tokens that are not for this sign-in.
            PresenceUnproven: The sign-in proves a key, not a person.
        """
        metadata = await self._discovered()
        expected = metadata.authorization_response_iss_parameter_supported or "iss" in answer
        if expected and answer.get("iss") != self._settings.issuer:  # RFC 9207 §2.4
            raise SignInFailed("the answer comes from another issuer")
        if "code" not in answer:
            raise SignInFailed("the issuer sent no code")
        tokens = await self._redeemed(metadata, pending, answer["code"])
        claims = await self._id_claims(tokens.get("id_token"), pending)
        principal = await self._principal(tokens.get("access_token"), claims)
        # Cognito says nothing about how, and knows no sign-in with a key alone.
        if self._settings.profile != "cognito" and PRESENCE.isdisjoint(_methods(claims)):
            raise PresenceUnproven("nobody typed a password or a confirmation")
        name = claims.get("name") or principal.username or principal.subject
        return SignedIn(principal.issuer, principal.subject, str(name), tokens["access_token"], principal.expires_at)

    async def _discovered(self) -> IssuerMetadata:
        if self._metadata is None:
            document = await self._json("GET", f"{self._settings.issuer}/.well-known/openid-configuration")
            try:
                found = IssuerMetadata.model_validate(document)
            except ValidationError as error:
                raise SignInFailed("the discovery document is incomplete") from error
            if found.issuer != self._settings.issuer:  # RFC 8414 §3.3
                raise SignInFailed("the discovery document speaks for another issuer")
            if self._settings.profile == "rfc9068" and "S256" not in found.code_challenge_methods_supported:
                raise SignInFailed("the issuer offers no PKCE with S256")
            self._metadata = found
        return self._metadata

    async def _redeemed(self, metadata: IssuerMetadata, pending: PendingSignIn, code: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.redirect_uri,
            "code_verifier": pending.verifier,
        }
        # RFC 6749 §2.3.1: both are form-encoded before they go into the header.
        client, secret = (
            quote(one, safe="") for one in (self._settings.client_id, self._settings.client_secret.get_secret_value())
        )
        return await self._json("POST", metadata.token_endpoint, data=form, auth=httpx.BasicAuth(client, secret))

    async def _json(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        try:
            answer = await self._http.request(method, url, headers={"Accept": "application/json"}, **request)
        except httpx.HTTPError as error:
            raise SignInFailed(f"the issuer does not answer: {type(error).__name__}") from error
        if answer.status_code != httpx.codes.OK or len(answer.content) > LARGEST_ANSWER:
            raise SignInFailed(f"the issuer answered {answer.status_code}")
        try:
            return json_object(answer.content)
        except TokenRefused as error:
            raise SignInFailed("the issuer did not answer in JSON") from error

    async def _id_claims(self, token: object, pending: PendingSignIn) -> dict[str, Any]:
        """OpenID Connect Core §3.1.3.7: signature, iss, aud, nonce, times; and that it is an ID token at all."""
        if not isinstance(token, str):
            raise SignInFailed("no ID token")
        try:
            claims = await asyncio.to_thread(self._signed_claims, token)
            foreign = (
                text_claim(claims, "iss") != self._settings.issuer
                or audiences_of(claims) != (self._settings.client_id,)
                or claims.get("token_use", "id") != "id"
                or not hmac.compare_digest(text_claim(claims, "nonce").encode(), pending.nonce.encode())
            )
            now, issued_at = self._clock(), moment_claim(claims, "iat")
            timely = moment_claim(claims, "exp") > now and issued_at <= now + CLOCK_SKEW_S
        except (IdentityError, JoseError, ValueError) as error:
            raise SignInFailed(f"the ID token is not good: {type(error).__name__}") from error
        if foreign or not timely:
            raise SignInFailed("the ID token is not for this sign-in")
        return claims

    def _signed_claims(self, token: str) -> dict[str, Any]:
        header = json_segment(token.partition(".")[0])
        key = self._keys.key(str(header.get("kid")))
        if key is None or header.get("typ") not in (None, "JWT"):
            raise SignInFailed("the ID token is signed by nobody we know, or is none")
        # RFC 8725 §3.1: the algorithm is ours to say, not the header's.
        return json_object(jws.deserialize_compact(token, key, algorithms=[ALGORITHM]).payload)

    async def _principal(self, token: object, claims: Mapping[str, Any]) -> Principal:
        if not isinstance(token, str):
            raise SignInFailed("no access token")
        try:
            principal = await self._access_tokens.verify_async(token)
            principal.require(self._settings.scopes)
        except IdentityError as error:
            raise SignInFailed(f"the access token is not good: {type(error).__name__}") from error
        if principal.subject != claims.get("sub"):
            raise SignInFailed("ID token and access token speak about different people")
        return principal


def _methods(claims: Mapping[str, Any]) -> frozenset[str]:
    methods = claims.get("amr")
    return frozenset(one for one in methods if isinstance(one, str)) if isinstance(methods, list) else frozenset()

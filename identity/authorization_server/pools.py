"""Configuration of pools: who may sign in, which clients there are, what they may ask for.

Plain enough to be filled from `gateway_config/hops.yaml`. A pool that contradicts itself is refused here.
"""

import re
from typing import Annotated, Any, Literal, Self, cast
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, KeySetSerialization, RSAKey
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

Grant = Literal["authorization_code", "refresh_token", "client_credentials", "token_exchange", "device_code"]
AuthMethod = Literal["client_secret_basic", "client_secret_post", "private_key_jwt"]

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_LEAST_RSA_BITS = 2048  # RFC 7518 §3.3
_CLIENT_ID = r"^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,63}|https?://[!-~]{1,2000})$"  # a URL: see client_metadata_documents
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TargetConfig(_Row):
    """An edge of the hop table: an audience that a client may get, and the grants that may get it.

    An audience reached by `authorization_code` may also be refreshed.
    """

    audience: str
    grants: tuple[Grant, ...]


class ClientConfig(_Row):
    """An OAuth client.

    Attributes:
        secret: None, without `jwks` or `secret_hash`, makes it a public client.
        secret_hash: SHA-256, hexadecimal, of the secret of a client that was registered; it was shown once.
        jwks: Public keys (RFC 7517 §5) instead of a secret, for private_key_jwt; on the laptop only.
        auth_methods: How a confidential client may prove its secret; private_key_jwt alone for one with keys.
        post_logout_redirect_uris: Where a person may be sent after signing out, exactly as here.
        represents: Audiences of the subject tokens that it may exchange.
        targets: Audiences that it may get.
        require_pushed_authorization_requests: Whether its requests must have been pushed (RFC 9126 §6).
        local_sign_in: Whether an athlete's key file may sign in for it without a browser.
        local_consent: Whether it may do so only for a person who typed their consent at this very request.
        first_party: Whether a consent once given is remembered. Others ask every time.
        foreign: Somebody else's program, not in the hop table. It reaches resource servers by their URL alone, and
            asks the person every time (A12).
        resources: For foreign clients: the URLs that it may reach; empty means all of the pool.
        onward_origins: Where its redirect URIs send the browser on to. Browsers hold the `form-action` of our pages
            against the whole chain of redirects that follows a form.
    """

    client_id: str = Field(pattern=_CLIENT_ID)
    name: str
    secret: SecretStr | None = None
    jwks: dict[str, Any] | None = None
    secret_hash: str | None = Field(default=None, repr=False)
    auth_methods: tuple[AuthMethod, ...] = ("client_secret_basic", "client_secret_post")
    grants: tuple[Grant, ...]
    scopes: tuple[str, ...] = ()
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    represents: tuple[str, ...] = ()
    targets: tuple[TargetConfig, ...] = ()
    require_pushed_authorization_requests: bool = False
    local_sign_in: bool = False
    local_consent: bool = False
    first_party: bool = False
    foreign: bool = False
    resources: tuple[str, ...] = ()
    onward_origins: tuple[str, ...] = ()

    @property
    def key_file_sign_in(self) -> bool:
        """Whether key files are good for this client at all."""
        return self.local_sign_in or self.local_consent

    @property
    def public(self) -> bool:
        return self.secret is None and self.secret_hash is None and self.jwks is None

    @field_validator("jwks")
    @classmethod
    def _keys_are_public_and_strong(cls, jwks: dict[str, Any] | None) -> dict[str, Any] | None:
        if jwks is not None:
            client_keys(jwks)
        return jwks

    @model_validator(mode="after")
    def _one_way_to_prove_identity(self) -> Self:
        by_key = self.auth_methods == ("private_key_jwt",)
        if self.jwks is not None and (self.secret is not None or not by_key):
            raise ValueError(f"client {self.client_id} has keys, so it has no secret and no method but private_key_jwt")
        if self.jwks is None and "private_key_jwt" in self.auth_methods:
            raise ValueError(f"client {self.client_id} has no keys for private_key_jwt")
        return self

    @field_validator("redirect_uris", "post_logout_redirect_uris")
    @classmethod
    def _redirects_are_web_pages(cls, uris: tuple[str, ...]) -> tuple[str, ...]:
        for uri in uris:
            check_redirect_uri(uri)
        return uris

    @field_validator("onward_origins")
    @classmethod
    def _onward_origins_are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            check_redirect_uri(origin)
            if urlsplit(origin).path:
                raise ValueError(f"{origin!r} is more than an origin")
        return origins

    @model_validator(mode="after")
    def _grants_fit_the_kind_of_client(self) -> Self:
        # RFC 6749 §4.4: client credentials are for confidential clients; exchange authenticates its client too.
        if self.public and not {"client_credentials", "token_exchange"}.isdisjoint(self.grants):
            raise ValueError(f"client {self.client_id} has no secret, so it cannot act for itself")
        return self


class ResourceServerConfig(_Row):
    """Something that accepts tokens.

    Attributes:
        audiences: Its logical name, and its URLs where foreign clients connect.
        scopes: Scope to its meaning in words, for the consent page.
    """

    name: str
    audiences: tuple[str, ...] = Field(min_length=1)
    scopes: dict[str, str] = Field(default_factory=dict)

    @property
    def urls(self) -> tuple[str, ...]:
        """The audiences that foreign clients may ask for."""
        return tuple(audience for audience in self.audiences if "://" in audience)


class UserConfig(_Row):
    """A person.

    Attributes:
        sub: Subject, kept for ever once stored.
        groups: What `cognito:groups` of the person's tokens says.
        password_hash: From `passwords.hash_password`; None means no sign-in by password.
        disabled: Keeps name and subject, ends every sign-in, allows no new one.
        sign_in_key: Public JWK (EC P-256) of the person's key file; None means no sign-in by key file.
    """

    username: str = Field(pattern=_NAME)
    sub: str = Field(pattern=_NAME)
    name: str
    password_hash: str | None = None
    sign_in_key: dict[str, str] | None = None
    birth_year: int | None = None
    groups: tuple[Annotated[str, Field(pattern=_NAME)], ...] = ()
    disabled: bool = False


class PoolConfig(_Row):
    """A user pool: an issuer of its own, with its own keys, people and clients.

    Attributes:
        scopes: Scopes of the pool itself to their meaning in words; resource servers add theirs.
        code_lifetime_s: K03 asks for at most 60.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    users: tuple[UserConfig, ...] = ()
    clients: tuple[ClientConfig, ...] = ()
    resource_servers: tuple[ResourceServerConfig, ...] = ()
    scopes: dict[str, str] = Field(default_factory=lambda: {"openid": "Know who you are"})
    access_token_lifetime_s: int = Field(default=900, gt=0, le=86_400)
    refresh_token_lifetime_s: int = Field(default=2_592_000, gt=0)
    code_lifetime_s: int = Field(default=60, gt=0, le=60)
    session_lifetime_s: int = Field(default=28_800, gt=0)

    @property
    def scope_meanings(self) -> dict[str, str]:
        """Every scope of the pool with its meaning in words."""
        meanings = dict(self.scopes)
        for server in self.resource_servers:
            meanings.update(server.scopes)
        return meanings

    @property
    def foreign_scopes(self) -> tuple[str, ...]:
        """Scopes that a foreign client may be registered for."""
        reachable = (scope for server in self.resource_servers if server.urls for scope in server.scopes)
        return tuple(dict.fromkeys([*self.scopes, *reachable]))

    @property
    def foreign_resources(self) -> tuple[str, ...]:
        """Where foreign clients connect."""
        return tuple(url for server in self.resource_servers for url in server.urls)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        _unique("client", [client.client_id for client in self.clients])
        _unique("username", [user.username for user in self.users])
        _unique("subject", [user.sub for user in self.users])
        _unique("audience", [audience for server in self.resource_servers for audience in server.audiences])
        return self

    @model_validator(mode="after")
    def _clients_are_not_people(self) -> Self:
        # RFC 9068 §5, RFC 9700 §4.15: a client whose id is somebody's subject could pass for that person (K17).
        for client_id in {client.client_id for client in self.clients} & {user.sub for user in self.users}:
            raise ValueError(f"{client_id} is both a client and the subject of a user")
        return self

    @model_validator(mode="after")
    def _foreign_clients_are_registered(self) -> Self:
        for client in self.clients:
            if client.foreign or "://" in client.client_id:
                raise ValueError(f"client {client.client_id} is foreign: those are registered, not configured")
        return self

    @model_validator(mode="after")
    def _clients_name_what_exists(self) -> Self:
        audiences = {audience for server in self.resource_servers for audience in server.audiences}
        for client in self.clients:
            named = {*client.represents, *(target.audience for target in client.targets)}
            _known(client.client_id, "audience", named, audiences)
            _known(client.client_id, "scope", set(client.scopes), set(self.scope_meanings))
        return self


def client_keys(jwks: dict[str, Any]) -> KeySet:
    """The public keys of a registration.

    Raises:
        ValueError: No key, a private or symmetric one, or one too weak for RS256, PS256 and ES256.
    """
    try:
        keys = KeySet.import_key_set(cast("KeySetSerialization", jwks))
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise ValueError("not a JWK set") from error
    for key in keys.keys:
        strong = isinstance(key, ECKey) and key.curve_name == "P-256"
        strong = strong or (isinstance(key, RSAKey) and key.public_key.key_size >= _LEAST_RSA_BITS)
        if not strong or key.is_private:
            raise ValueError("a client key is the public half of an RSA key of 2048 bits or more, or of a P-256 key")
    if not keys.keys:
        raise ValueError("no key")
    return keys


def check_redirect_uri(uri: str) -> None:
    """Check an address that answers may be sent to.

    Raises:
        ValueError: Not an exact web address.
    """
    # RFC 9700 §4.1.3: exact web addresses only, so no javascript:, data:, wildcard, user or fragment (A16).
    parts = urlsplit(uri)
    if "#" in uri or "@" in parts.netloc or "*" in uri or re.search(r"[\x00-\x1f\x7f\s\\]", uri):
        raise ValueError(f"redirect URI {uri!r} has a fragment, a user, a wildcard or white space")
    if not re.fullmatch(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", parts.netloc):
        # Anything else in a host could end a directive of the page's policy; other alphabets are written xn--.
        raise ValueError(f"redirect URI {uri!r} has no plain ASCII host")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK_HOSTS):
        raise ValueError(f"redirect URI {uri!r} is neither https nor http on loopback")


def _unique(kind: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{kind} {name} exists twice")


def _known(client_id: str, kind: str, names: set[str], known: set[str]) -> None:
    for name in sorted(names - known):
        raise ValueError(f"client {client_id} names {kind} {name}, which does not exist")

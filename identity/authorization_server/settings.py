"""Settings of the authorization server, read once by `__main__` or built by the stack."""

import ipaddress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from identity.authorization_server.pools import PoolConfig


class AuthorizationServerSettings(BaseSettings):
    """Where it listens, where its state is, whom it serves.

    Attributes:
        base_url: Scheme, host and port, without a path. The issuer of pool P is `{base_url}/P`.
        database: SQLite file; its folder must exist.
        keys_folder: Folder of mode 0700; `{pool}.jwks` in it (0600) is made on first start.
        allowed_hosts: Further values of the Host header that are served, for example `localhost:8700`.
        pools: The pools.
        strict_cognito: Serve only what Cognito serves: no RFC 8414 document, PKCE not advertised, no
            key-file sign-in, and targets that the hop table does not limit.
        local_sign_in: Offer the key-file sign-in. Loopback only.
        open_registration: Let clients register themselves, by RFC 7591 or by a metadata document at a URL.
        metadata_hosts: `host:port` or `host:*` in private networks where such documents may be. None by default.
        operator_secret: Opens the operator's endpoints; None closes them.
        signing_key_age_s: Age at which signing keys are replaced by themselves.
    """

    model_config = SettingsConfigDict(env_prefix="COACH_AUTHORIZATION_SERVER_", frozen=True, extra="forbid")

    base_url: str = "http://127.0.0.1:8700"
    database: Path
    keys_folder: Path
    allowed_hosts: tuple[str, ...] = ()
    pools: tuple[PoolConfig, ...]
    strict_cognito: bool = False
    local_sign_in: bool = True
    open_registration: bool = True
    metadata_hosts: tuple[str, ...] = ()
    operator_secret: SecretStr | None = None
    signing_key_age_s: int = Field(default=90 * 86_400, ge=3600)

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.base_url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def is_loopback(self) -> bool:
        """Whether only programs of this computer can connect."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def key_file_sign_in(self) -> bool:
        """Whether athletes may sign in with their key files."""
        return self.local_sign_in and not self.strict_cognito

    @property
    def registers_clients(self) -> bool:
        """Whether clients may register themselves."""
        return self.open_registration and not self.strict_cognito

    @model_validator(mode="after")
    def _development_defaults_stay_on_loopback(self) -> Self:
        parts = urlsplit(self.base_url)
        if parts.path or parts.query or parts.fragment or not parts.hostname:
            raise ValueError("base_url is scheme, host and port alone")
        if not self.is_loopback and (parts.scheme != "https" or self.key_file_sign_in):
            raise ValueError("off loopback the server speaks https and has no key-file sign-in")
        return self

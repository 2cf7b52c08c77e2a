"""Settings of the consent return, read once by `__main__` or built by the stack."""

import ipaddress
import re
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from identity.consent_state import SHORTEST_KEY
from identity.secret_settings import SecretSettings
from identity.tokens import Profile

_BASE_PATH = re.compile(r"(/[A-Za-z0-9_-]+)*")


class Service(BaseModel):
    """A service that can be connected, in words.

    Attributes:
        name: Who it is.
        meanings: Scope to what it allows.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    meanings: dict[str, str] = Field(default_factory=dict)


class ConsentReturnSettings(SecretSettings):
    """Where it is reached, whom it believes, what it may do.

    Attributes:
        base_url: Where browsers reach it: scheme, host and port, and behind API Gateway the stage or base path.
        allowed_hosts: Further values of the Host header that are served.
        issuer: Where people sign in.
        profile: Shape of that issuer's tokens.
        client_id: Of this part there; confidential.
        audience: The vault, as a resource server.
        scopes: What is asked for; `openid` comes with it.
        consent_state_key: Shared with the agent that seals the states.
        vault_url: Data plane of the local vault; None: AgentCore Identity of AWS.
        vault_local_url: Where the vault answers what AWS's model does not have; the data plane when None.
        region: Of the vault.
        access_key_id: This part's own key, which alone may complete consents. None: the role on AWS.
        secret_access_key: Its secret.
        services: By credential provider.
        workloads: Workload to the words for it.
        session_lifetime_s: At most; a session also ends with its token.
        sign_in_lifetime_s: Time to sign in, seconds.
        host: Address to listen on; used by `__main__` only.
        port: As `host`.
    """

    model_config = SettingsConfigDict(env_prefix="CONSENT_RETURN_", frozen=True, extra="forbid")

    base_url: str = "http://127.0.0.1:8704"
    allowed_hosts: tuple[str, ...] = ()
    issuer: str
    profile: Profile = "rfc9068"
    client_id: str = "consent-return"
    client_secret: SecretStr
    audience: str = "token-vault"
    scopes: tuple[str, ...] = ("connections/write",)
    consent_state_key: SecretStr = Field(min_length=SHORTEST_KEY)
    vault_url: str | None = None
    vault_local_url: str | None = None
    region: str = "us-east-1"
    access_key_id: str | None = None
    secret_access_key: SecretStr | None = None
    services: dict[str, Service] = Field(default_factory=dict)
    workloads: dict[str, str] = Field(default_factory=dict)
    session_lifetime_s: float = Field(default=1800.0, gt=0)
    sign_in_lifetime_s: float = Field(default=600.0, gt=0)
    host: str = "127.0.0.1"
    port: int = 8704

    @property
    def redirect_uri(self) -> str:
        return f"{self.base_url}/callback"

    @property
    def base_path(self) -> str:
        """What every path begins with in the browser's address bar; empty at the root of a host."""
        return urlsplit(self.base_url).path

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by https."""
        return self.base_url.startswith("https://")

    @model_validator(mode="after")
    def _unencrypted_only_on_loopback(self) -> Self:
        parts = urlsplit(self.base_url)
        if not _BASE_PATH.fullmatch(parts.path) or parts.query or parts.fragment or not parts.hostname:
            raise ValueError("base_url is scheme, host, port and a path that ends without a slash")
        if parts.scheme != "https" and not _is_loopback(parts.hostname):
            raise ValueError("off loopback people sign in by https alone")
        return self


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

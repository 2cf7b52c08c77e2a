"""Settings of the vault. Built by `__main__` or by whoever embeds it, and passed down."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from identity.vault.policy import VaultPolicy


class InboundTrust(BaseModel):
    """Which user tokens GetWorkloadAccessTokenForJWT accepts for one workload (S11).

    Attributes:
        issuer: Exact issuer; its keys come from its discovery document.
        audiences: Names of the workload's resource server; the token must carry one of them.
        clients: Client ids that may be upstream of the workload.
        profile: Shape of the issuer's access tokens.
        foreign_audiences: Those of `audiences` that clients of strangers may address.
        table_clients: Every client id of the hop table; none of these passes for a stranger's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    audiences: frozenset[str] = Field(min_length=1)
    clients: frozenset[str] = Field(min_length=1)
    profile: Literal["rfc9068", "cognito"] = "rfc9068"
    foreign_audiences: frozenset[str] = frozenset()
    table_clients: frozenset[str] = frozenset()


class VaultSettings(BaseSettings):
    """What the vault needs to know.

    Attributes:
        database_path: SQLite file; made with mode 0600.
        key_source: Where the key encryption keys are: a file; the keyring of the operating system; AWS KMS; or (`auto`)
            the file if there is one, else the operating system's keyring where it has one, else a new file.
        key_encryption_key_path: Keyring file, 0600; made on first start if the source is a file.
        kms_key_ids: Keys in AWS KMS, the active one last; reached with the AWS credentials of the environment.
        audit_log_path: JSON lines, 0600; beside the database unless given.
        base_urls: URLs under which clients reach the vault. Their hosts are the only ones answered; the first one
            is the base of what browsers open: callback URLs and the start of consents.
        keys: Access keys and their statements.
        inbound: By workload name.
        completing: Whose tokens CompleteResourceTokenAuth and the connections' operations take as the word of an
            application about its signed-in user; None refuses them all.
        private_providers: `host:port` of providers on this machine or in a private network, which may speak http;
            every other provider is on the public internet and speaks https (V24).
        skew_s: A token with less life left is never handed out: callers see no expiry.
        clock_skew_s: Greatest age, or lead, of a signed request.
        provider_timeout_s: For each request to a provider.
        userless_token_life_s: Life of workload tokens that carry no user, seconds.
        negative_cache_s: How long an unavailable provider is not asked again for the same token.
        bind_host: Loopback unless the development keys are replaced; used by `__main__` only.
        bind_port: As `bind_host`.
    """

    model_config = SettingsConfigDict(env_prefix="VAULT_", frozen=True, extra="forbid")

    database_path: Path
    key_encryption_key_path: Path
    key_source: Literal["file", "os", "kms", "auto"] = "file"
    kms_key_ids: tuple[str, ...] = ()
    audit_log_path: Path | None = None
    base_urls: tuple[str, ...] = Field(default=("http://127.0.0.1:8702", "http://127.0.0.1:8701"), min_length=1)
    region: str = "us-east-1"
    account_id: str = Field(default="000000000000", pattern=r"^\d{12}$")
    keys: VaultPolicy = VaultPolicy()
    inbound: dict[str, InboundTrust] = Field(default_factory=dict)
    completing: InboundTrust | None = None
    private_providers: frozenset[str] = frozenset()
    skew_s: float = Field(default=45.0, ge=0, le=60)
    clock_skew_s: float = Field(default=300.0, gt=0, le=900)
    provider_timeout_s: float = Field(default=10.0, gt=0)
    userless_token_life_s: float = Field(default=900.0, gt=0)
    negative_cache_s: float = Field(default=2.0, ge=0)
    bind_host: Literal["127.0.0.1", "::1"] = "127.0.0.1"
    bind_port: int = 8702

    @field_validator("base_urls")
    @classmethod
    def _have_hosts(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        if not all(urlsplit(url).netloc for url in urls):
            raise ValueError("a base URL has no host")
        return tuple(url.rstrip("/") for url in urls)

    @model_validator(mode="after")
    def _name_a_key(self) -> "VaultSettings":
        if self.key_source == "kms" and not self.kms_key_ids:
            raise ValueError("kms_key_ids names no key")
        return self

    @property
    def audit_log(self) -> Path:
        """Where the audit log is."""
        return self.audit_log_path or self.database_path.with_suffix(".audit.jsonl")

    @property
    def hosts(self) -> frozenset[str]:
        """Values of the Host header that the vault answers to."""
        return frozenset(urlsplit(url).netloc.lower() for url in self.base_urls)

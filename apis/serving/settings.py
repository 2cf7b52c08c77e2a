"""What every API is told when it starts. A team's settings are a subclass with its own ``env_prefix``."""

import secrets
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from apis.serving.cursor import CursorSeal
from apis.serving.usage_plan import UsagePlan
from identity.secret_settings import SecretSettings
from identity.tokens import Profile, Trust


class ApiSettings(SecretSettings):
    """Settings of one API."""

    model_config = SettingsConfigDict(frozen=True)

    issuer: str  # exact issuer of the tokens
    audiences: frozenset[str]  # for example {"api-routes"}
    upstream_clients: frozenset[str]  # clients of the hop before, from hops.yaml
    profile: Profile = "rfc9068"  # "cognito" on AWS
    audience_required: bool = True  # False only for client credentials on Cognito, which carry no `aud`
    policies: Path  # folder of the Cedar files and schema.json
    policy_store_id: str | None = None  # Verified Permissions decides; without it the Cedar files do
    policy_store_region: str | None = None  # of that store; the process's own without it
    database: Path | None = None  # SQLite file; routes needs none
    host: str = "127.0.0.1"  # the local shim serves loopback only
    port: int = 0  # part of the Host values that the shim accepts
    usage_plan_keys: frozenset[str] = frozenset()  # SHA-256 of each API key, hexadecimal; empty: no key is needed
    cursor_key: SecretStr | None = None  # makes cursors outlive the process; random without it

    @property
    def trust(self) -> Trust:
        """What the authorizer accepts."""
        return Trust(
            issuer=self.issuer,
            audiences=self.audiences,
            clients=self.upstream_clients,
            profile=self.profile,
            audience_required=self.audience_required,
        )

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Host header values under which the local shim is reached."""
        return frozenset({f"{self.host}:{self.port}", f"localhost:{self.port}"})

    def usage_plan(self) -> UsagePlan | None:
        """Meters the API keys that the settings name; on AWS the service does."""
        return UsagePlan(self.usage_plan_keys) if self.usage_plan_keys else None

    def cursor_seal(self) -> CursorSeal:
        """Seals this API's cursors."""
        key = self.cursor_key.get_secret_value().encode() if self.cursor_key else secrets.token_bytes(32)
        return CursorSeal(key)

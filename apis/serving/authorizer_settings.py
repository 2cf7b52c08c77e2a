"""What the authorizer of an API is told when it starts, on the laptop and on AWS. It needs no store."""

from pathlib import Path

from pydantic_settings import SettingsConfigDict

from identity.secret_settings import SecretSettings
from identity.tokens import Profile, Trust


class AuthorizerSettings(SecretSettings):
    """Settings of one API's authorizer."""

    model_config = SettingsConfigDict(frozen=True)

    issuer: str  # exact issuer of the tokens
    audiences: frozenset[str]  # for example {"api-routes"}
    upstream_clients: frozenset[str]  # clients of the hop before, from hops.yaml
    profile: Profile = "rfc9068"  # "cognito" on AWS
    audience_required: bool = True  # False only for client credentials on Cognito, which carry no `aud`
    policies: Path  # folder of the Cedar files and schema.json
    policy_store_id: str | None = None  # Verified Permissions decides; without it the Cedar files do
    policy_store_region: str | None = None  # of that store; the process's own without it

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

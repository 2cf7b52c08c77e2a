"""Which key may do what: access keys that stand in for IAM principals, with statements shaped like IAM's."""

from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from identity.vault.errors import Denied

ACTION_PREFIX = "bedrock-agentcore:"


class Statement(BaseModel):
    """One permission. Patterns know `*` and `?`; what is not allowed is denied.

    Attributes:
        actions: Operation names, with or without `bedrock-agentcore:`.
        workloads: Workload identities the action may concern.
        providers: Credential providers the action may concern.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    actions: tuple[str, ...] = Field(min_length=1)
    workloads: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()

    @field_validator("actions")
    @classmethod
    def _strip_prefix(cls, actions: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(action.removeprefix(ACTION_PREFIX) for action in actions)

    def allows(self, action: str, *, workload: str | None, provider: str | None) -> bool:
        """Whether this statement alone allows the action on everything it concerns."""
        return (
            _any_matches(self.actions, action)
            and (workload is None or _any_matches(self.workloads, workload))
            and (provider is None or _any_matches(self.providers, provider))
        )


class AccessKey(BaseModel):
    """A SigV4 key pair and what its holder may do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    access_key_id: str = Field(min_length=16, max_length=128, pattern=r"^\w+$")
    secret_access_key: SecretStr
    principal: str = Field(min_length=1)
    statements: tuple[Statement, ...] = ()

    def require(self, action: str, *, workload: str | None = None, provider: str | None = None) -> None:
        """Check that one statement allows the action on the named workload and provider.

        Raises:
            Denied: None does.
        """
        if not any(one.allows(action, workload=workload, provider=provider) for one in self.statements):
            concerned = " ".join(
                f"{kind} {name}" for kind, name in (("workload", workload), ("provider", provider)) if name
            )
            raise Denied(f"{self.principal} is not allowed to call {action} {concerned}".rstrip())


class VaultPolicy(BaseModel):
    """Every key the vault knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[AccessKey, ...] = ()

    @field_validator("keys")
    @classmethod
    def _distinct(cls, keys: tuple[AccessKey, ...]) -> tuple[AccessKey, ...]:
        if len({key.access_key_id for key in keys}) != len(keys):
            raise ValueError("an access key id occurs twice")
        return keys

    def find(self, access_key_id: str) -> AccessKey | None:
        """The key with this id."""
        return next((key for key in self.keys if key.access_key_id == access_key_id), None)


def _any_matches(patterns: tuple[str, ...], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)

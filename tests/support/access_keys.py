"""Keys that stand in for roles, for principals that a test makes up."""

from collections.abc import Mapping

from identity.vault.policy import AccessKey, Statement, VaultPolicy


def access_key_id(principal: str) -> str:
    return f"LOCALKEY{principal.upper():_<12}"


def secret_access_key(principal: str) -> str:
    return f"secret-of-{principal}"


def policy_of(statements: Mapping[str, Statement]) -> VaultPolicy:
    """One key for each principal, which may do what its statement says."""
    return VaultPolicy(
        keys=tuple(
            AccessKey(
                access_key_id=access_key_id(principal),
                secret_access_key=secret_access_key(principal),
                principal=principal,
                statements=(statement,),
            )
            for principal, statement in statements.items()
        )
    )

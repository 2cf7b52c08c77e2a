"""A user pool, its scopes and its groups."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from aws_cdk import aws_cognito as cognito

from deploy.names import physical
from deploy.stacks.acknowledgements import acknowledge
from deploy.stacks.base import FitnessStack
from gateway_config.documents import FOLDER
from gateway_config.hops import Hops, Pool

# What OpenID Connect defines itself.
STANDARD_SCOPES: Final = frozenset({"openid"})
_GROUP = re.compile(r'UserGroup::"\$\{POOL\}\|([\w-]+)"')
_MFA: Final = "Athletes may turn a second factor on; threat protection asks for it when a sign-in looks odd."
_DAYS_OF_A_FIRST_PASSWORD: Final = 3


class UserPool:
    """One pool.

    Attributes:
        pool: The resource.
        scopes: Resource servers, by the first part of their scopes.
    """

    def __init__(self, stack: FitnessStack, name: str, pool: Pool, hops: Hops) -> None:
        self.name = name
        self._stack = stack
        self.table = pool
        self.pool = cognito.CfnUserPool(
            stack,
            f"pool-{name}",
            user_pool_name=physical(name),
            user_pool_tier="PLUS",  # threat protection
            user_pool_add_ons=cognito.CfnUserPool.UserPoolAddOnsProperty(advanced_security_mode="ENFORCED"),
            deletion_protection="ACTIVE" if stack.environment_.retain_data else "INACTIVE",
            mfa_configuration="OPTIONAL",
            enabled_mfas=["SOFTWARE_TOKEN_MFA"],
            username_attributes=["email"],
            auto_verified_attributes=["email"],
            username_configuration=cognito.CfnUserPool.UsernameConfigurationProperty(case_sensitive=False),
            account_recovery_setting=cognito.CfnUserPool.AccountRecoverySettingProperty(
                recovery_mechanisms=[cognito.CfnUserPool.RecoveryOptionProperty(name="verified_email", priority=1)]
            ),
            policies=cognito.CfnUserPool.PoliciesProperty(
                password_policy=cognito.CfnUserPool.PasswordPolicyProperty(
                    minimum_length=12,
                    require_lowercase=True,
                    require_numbers=True,
                    require_symbols=True,
                    require_uppercase=True,
                    temporary_password_validity_days=_DAYS_OF_A_FIRST_PASSWORD,
                )
            ),
        )
        acknowledge(self.pool, {"AwsSolutions-COG2": _MFA})
        cognito.CfnUserPoolDomain(
            stack,
            f"domain-{name}",
            user_pool_id=self.pool.ref,
            domain=f"{physical(name)}-{stack.environment_.account}",
            managed_login_version=2,
        )
        self.resource_servers = self._resource_servers(hops)
        for group in groups():
            cognito.CfnUserPoolGroup(stack, f"group-{name}-{group}", user_pool_id=self.pool.ref, group_name=group)

    @property
    def arn(self) -> str:
        return str(self.pool.attr_arn)

    @property
    def issuer(self) -> str:
        """Exact, as in `iss`."""
        return f"https://cognito-idp.{self._stack.region}.amazonaws.com/{self.pool.ref}"

    @property
    def discovery_url(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    def _resource_servers(self, hops: Hops) -> list[cognito.CfnUserPoolResourceServer]:
        """`activities/read` is the scope `read` of the resource server `activities`."""
        return [
            cognito.CfnUserPoolResourceServer(
                self._stack,
                f"resource-server-{self.name}-{identifier}",
                user_pool_id=self.pool.ref,
                identifier=identifier,
                name=identifier,
                scopes=[
                    cognito.CfnUserPoolResourceServer.ResourceServerScopeTypeProperty(
                        scope_name=name, scope_description=meaning
                    )
                    for name, meaning in sorted(meanings.items())
                ],
            )
            for identifier, meanings in sorted(scopes_of(self.name, hops).items())
        ]


def scopes_of(pool: str, hops: Hops) -> Mapping[str, Mapping[str, str]]:
    """Resource server to scope to its meaning, as Cognito divides them."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in hops.resource_servers:
        if row.pool == pool:
            for scope, meaning in row.scopes.items():
                identifier, _, name = scope.partition("/")
                found[identifier][name] = meaning
    for client in hops.clients:
        # A scope whose meaning another pool's row tells.
        for scope in client.scopes if client.pool == pool else ():
            identifier, _, name = scope.partition("/")
            if name:
                found[identifier].setdefault(name, name)
    return found


def groups() -> Iterable[str]:
    """The groups that a policy of the APIs names."""
    texts = (path.read_text(encoding="utf-8") for path in sorted((FOLDER / "api_policies").glob("*.cedar")))
    return sorted({group for text in texts for group in _GROUP.findall(text)})

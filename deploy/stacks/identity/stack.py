"""Pools, clients and secrets put together."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from deploy.environments import Environment
from deploy.names import secret_name
from deploy.stacks.base import FitnessStack
from deploy.stacks.firewall import associate, web_acl
from deploy.stacks.identity.clients import PoolClients, redirect_values
from deploy.stacks.identity.pools import UserPool
from deploy.stacks.identity.secrets import client_secret, generated_secret
from gateway_config.model import read_hops

#: Settings of functions and runtimes that nobody may read in a template, by the secret that holds them.
GENERATED = {
    "settings/api-activities": "cursor_key",
    "settings/api-routes": "cursor_key",
    "settings/api-support": "cursor_key",
    # The coach seals with it what the page where consents land opens.
    "settings/consent-state": "consent_state_key",
}
#: Where the token vault redeems and exchanges, for everybody.
PROGRAMS_AT = "/oauth2/token"


class IdentityStack(FitnessStack):
    """Pools `coach` and `socials`, from gateway_config/hops.yaml.

    Attributes:
        key: Of all secrets.
        pools: By the names of the hop table.
        clients: Client ids (tokens) by those of the hop table, of both pools.
        api_key_providers: Names of those whose keys are among the secrets.
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, "identity", environment, description="User pools, clients and secrets.")
        hops = read_hops()
        self.key = kms.Key(
            self, "secrets-key", description="Secrets", enable_key_rotation=True, removal_policy=self.removal_policy
        )
        self.pools: dict[str, UserPool] = {}
        self.clients: dict[str, str] = {}
        acl = web_acl(self, "user-pools", requests_in_five_minutes=300, programs=PROGRAMS_AT)
        for name, pool in hops.pools.items():
            made = UserPool(self, name, pool, hops)
            associate(self, name, acl, made.arn)
            clients = PoolClients(self, made, hops, redirect_values(environment))
            for client_id, client in clients.made.items():
                self.clients[client_id] = client.ref
                if clients.is_confidential(client_id):
                    client_secret(self, self.key, client_id, client)
            self.pools[name] = made
        for name, setting in GENERATED.items():
            generated_secret(self, self.key, name, setting)
        self.api_key_providers = hops.api_key_providers
        for provider in self.api_key_providers:
            generated_secret(self, self.key, f"api-key/{provider}", "api_key")
        self._outputs()

    def _outputs(self) -> None:
        cdk.CfnOutput(self, "Issuer", value=self.issuer("coach"), description="Of the athletes' tokens.")
        cdk.CfnOutput(self, "TerminalClientId", value=self.clients["terminal"], description="Signs athletes in.")

    def issuer(self, pool: str) -> str:
        """Exact issuer of the pool's tokens."""
        return self.pools[pool].issuer

    def api_key(self, provider: str) -> str:
        """The key that meters this provider's calls, resolved at deployment and never shown in a template."""
        return f"{{{{resolve:secretsmanager:{secret_name(f'api-key/{provider}')}:SecretString:api_key}}}}"

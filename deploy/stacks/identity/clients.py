"""The clients of one pool, as Cognito can have them.

Cognito differs from the hop table in two ways. A client for people has no client credentials, so the coach's own
listing at the other issuer, which direct mode alone needs, is not there. And audiences are not bound to clients: the
next hop's list of upstream clients is the wall (docs/aws.md).
"""

from collections.abc import Mapping
from typing import Final

from aws_cdk import aws_cognito as cognito

from deploy.environments import Environment
from deploy.stacks.acknowledgements import acknowledge
from deploy.stacks.base import FitnessStack
from deploy.stacks.identity.pools import STANDARD_SCOPES, UserPool
from gateway_config.documents import filled
from gateway_config.hops import Client, Hops

# The actor's name in `act`, the subject unchanged. The other kind, impersonation, would hide who acts.
EXCHANGE: Final = "ALLOW_TOKEN_EXCHANGE_DELEGATION"
_NOT_PUBLISHED_YET: Final = (
    "Cognito documents the value; the schema that CloudFormation published does not have it yet."
)
_MINUTE: Final = 60
# Between two uses of one refresh token, for a client whose answer was lost.
_GRACE_S: Final = 10


def redirect_values(environment: Environment) -> Mapping[str, str]:
    """What placeholders of redirect URIs stand for."""
    return {"URL:consent-return": f"https://consent.{environment.domain_name}"}


class PoolClients:
    """All clients of a pool but those of the laptop.

    Attributes:
        made: Resources by the client ids of the table; Cognito's own ids are made by it.
    """

    def __init__(self, stack: FitnessStack, pool: UserPool, hops: Hops, values: Mapping[str, str]) -> None:
        self._stack = stack
        self._pool = pool
        self._values = values
        self._table = {row.client_id: row for row in hops.clients if row.pool == pool.name and not row.local}
        self.made = {client_id: self._client(row) for client_id, row in self._table.items()}

    def is_confidential(self, client_id: str) -> bool:
        return not self._table[client_id].public

    def _client(self, row: Client) -> cognito.CfnUserPoolClient:
        flows = flows_of(row)
        scopes = [scope for scope in row.scopes if scope not in STANDARD_SCOPES or "code" in flows]
        exchanges = "token_exchange" in row.grants
        client = cognito.CfnUserPoolClient(
            self._stack,
            f"client-{row.client_id}-{row.pool}",
            user_pool_id=self._pool.pool.ref,
            client_name=row.client_id,
            generate_secret=not row.public,
            allowed_o_auth_flows_user_pool_client=True,
            allowed_o_auth_flows=flows,
            allowed_o_auth_scopes=scopes,
            callback_ur_ls=[self._redirect(uri, row) for uri in row.redirect_uris] or None,
            explicit_auth_flows=auth_flows_of(row),
            supported_identity_providers=["COGNITO"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            access_token_validity=self._pool.table.access_token_lifetime_s // _MINUTE,
            id_token_validity=self._pool.table.access_token_lifetime_s // _MINUTE,
            refresh_token_validity=self._pool.table.refresh_token_lifetime_s // _MINUTE,
            token_validity_units=cognito.CfnUserPoolClient.TokenValidityUnitsProperty(
                access_token="minutes", id_token="minutes", refresh_token="minutes"
            ),
            refresh_token_rotation=cognito.CfnUserPoolClient.RefreshTokenRotationProperty(
                feature="ENABLED", retry_grace_period_seconds=_GRACE_S
            )
            if "refresh_token" in row.grants
            else None,
        )
        if exchanges:
            client.add_metadata("cfn-lint", {"config": {"ignore_checks": ["E3030"]}})
            acknowledge(client, {"CloudFormation-Validate::W3030": _NOT_PUBLISHED_YET})
        if "code" in flows:
            self._sign_in_pages(row, client)
        for server in self._pool.resource_servers:
            client.add_resource_dependency(server)
        return client

    def _sign_in_pages(self, row: Client, client: cognito.CfnUserPoolClient) -> None:
        """Without a style of its own, managed login answers that its pages are unavailable."""
        cognito.CfnManagedLoginBranding(
            self._stack,
            f"sign-in-pages-{row.client_id}-{row.pool}",
            user_pool_id=self._pool.pool.ref,
            client_id=client.ref,
            use_cognito_provided_values=True,
        )

    def _redirect(self, uri: str, row: Client) -> str:
        if "${URL:vault}" in uri:
            known = self._stack.environment_.known_after_first_deployment.callback_urls
            # Before the vault has said where it takes codes back, they go where nobody serves.
            return known.get(row.client_id, f"{self._values['URL:consent-return']}/not-yet/{row.client_id}")
        return filled(uri, self._values)


def flows_of(row: Client) -> list[str]:
    """Cognito's names; it refuses `client_credentials` beside `code`."""
    if "authorization_code" in row.grants:
        return ["code"]
    return ["client_credentials"] if "client_credentials" in row.grants else []


def auth_flows_of(row: Client) -> list[str]:
    """What a client may do past the OAuth endpoints: no sign-in, whose default Cognito takes where nothing is said.

    Cognito refuses the refresh flow where refresh tokens rotate; whether it takes an empty list for nothing said is a
    question of the first live run.
    """
    if "token_exchange" in row.grants:
        return [EXCHANGE]
    return [] if "refresh_token" in row.grants else ["ALLOW_REFRESH_TOKEN_AUTH"]

"""Connects the coach with the teams' tools: through the gateway, or each team's server by itself."""

import time
from dataclasses import replace
from typing import Any

from pydantic import SecretStr

from agent.settings import AgentSettings
from agent.tools.mcp_clients import CustomState
from agent.tools.target import Consent, Target
from agent.tools.team_tools import TeamTools
from gateway_config.gateway_target import OutboundGrant
from gateway_config.model import Target as ConfiguredTarget
from identity.consent_state import seal
from identity.token_source import Flow, VaultTokenSource, vault_client

RELIST_AFTER_S = 31.0  # just past the time for which the gateway says a list may be kept
#: How a grant of gateway_config is named at the vault.
_FLOW: dict[OutboundGrant, Flow] = {
    "TOKEN_EXCHANGE": "ON_BEHALF_OF_TOKEN_EXCHANGE",
    "CLIENT_CREDENTIALS": "M2M",
    "AUTHORIZATION_CODE": "USER_FEDERATION",
}


def agentcore_client(settings: AgentSettings) -> Any:
    """boto3's client of AgentCore's data plane, with this workload's key or role."""
    return vault_client(
        endpoint_url=settings.vault_url,
        region=settings.region,
        access_key_id=_value(settings.vault_access_key_id),
        secret_access_key=_value(settings.vault_secret_access_key),
    )


def connect_teams(settings: AgentSettings, client: Any) -> TeamTools:
    """The tools of all teams; connections open on first use.

    Args:
        settings: Of the container.
        client: As `agentcore_client` makes it.
    """
    tokens = VaultTokenSource(client, return_url=settings.consent_return_url)
    teams, state = settings.targets(), _custom_state(settings.consent_state_key)
    if settings.tools == "direct":
        return TeamTools([_target(each) for each in teams], tokens, custom_state=state)
    # The list at the gateway grows when a team's server comes back, so it is asked for again and again.
    gateway = replace(_target(settings.gateway()), relist_after_s=RELIST_AFTER_S)
    return TeamTools([gateway], tokens, teams={each.name for each in teams})


def _value(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _custom_state(key: SecretStr | None) -> CustomState | None:
    """What the consent-return page checks: that the browser's user is the one whom the consent was begun for."""
    if key is None:
        return None
    secret = key.get_secret_value().encode()
    return lambda caller: seal(secret, issuer=caller.issuer, subject=caller.subject, now=time.time())


def _target(configured: ConfiguredTarget) -> Target:
    return Target(
        team=configured.name,
        url=configured.endpoint,
        provider=configured.provider,
        flow=_FLOW[configured.grant],
        audiences=(configured.audience,),
        scopes=configured.scopes,
        consents={team: Consent(one.provider, one.scopes) for team, one in configured.consents.items()},
    )

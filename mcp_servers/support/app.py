"""The support server as an ASGI application."""

import httpx
from starlette.types import ASGIApp

from identity.signing_keys import JwksCache
from identity.token_source import TokenSource
from mcp_servers.serving.process import vault_token_source
from mcp_servers.serving.server import build_app
from mcp_servers.support.settings import SupportServerSettings
from mcp_servers.support.tools import TEAM


def create_app(
    settings: SupportServerSettings,
    token_source: TokenSource | None = None,
    *,
    keys: JwksCache | None = None,
    api_transport: httpx.AsyncBaseTransport | None = None,
) -> ASGIApp:
    """Compose the server; opens no connection.

    Args:
        settings: Of this deployment.
        token_source: Where tokens for the API come from; by default the vault that the settings name.
        keys: The issuer's signing keys; by default read from the issuer.
        api_transport: Replaces the network to the API.
    """
    return build_app(
        TEAM, settings, token_source or vault_token_source(settings), keys=keys, api_transport=api_transport
    )

"""One server as a process of its own, and its way to the vault."""

import logging

import uvicorn
from starlette.types import ASGIApp

from identity.token_source import TokenSource, VaultTokenSource, vault_client
from mcp_servers.serving.settings import McpServerSettings


def vault_token_source(settings: McpServerSettings) -> TokenSource:
    """Tokens from the vault that the settings name, asked for with this workload's key."""
    client = vault_client(
        endpoint_url=settings.vault_url,
        region=settings.region,
        access_key_id=settings.access_key_id,
        secret_access_key=settings.secret_access_key.get_secret_value(),
    )
    return VaultTokenSource(client)


def serve(app: ASGIApp, settings: McpServerSettings) -> None:
    """Serve until the process is told to stop. No access log: a URL or header never reaches a log file."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False)

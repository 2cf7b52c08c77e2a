"""One server as a process of its own."""

import logging

import uvicorn
from starlette.types import ASGIApp

from identity.hop_export import exported_hops
from mcp_servers.serving.settings import McpServerSettings

# Their lines hold request URLs, thus search texts.
CHATTY_LOGGERS = ("httpx", "httpcore", "mcp", "botocore")


def serve(app: ASGIApp, settings: McpServerSettings) -> None:
    """Serve until the process is told to stop. No access log: a URL or header never reaches a log file."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in CHATTY_LOGGERS:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    with exported_hops(settings.traces_endpoint, f"mcp-{settings.team}"):
        uvicorn.run(app, host=settings.host, port=settings.port, log_config=None, access_log=False)

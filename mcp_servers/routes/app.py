"""The routes server as an ASGI application."""

from functools import partial

from mcp_servers.routes.tools import TEAM
from mcp_servers.serving.app import build_app

create_app = partial(build_app, TEAM)

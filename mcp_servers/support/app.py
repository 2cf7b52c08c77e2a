"""The support server as an ASGI application."""

from functools import partial

from mcp_servers.serving.app import build_app
from mcp_servers.support.tools import TEAM

create_app = partial(build_app, TEAM)

"""`python -m mcp_servers.support`: the server as a process of its own."""

from mcp_servers.serving.process import serve
from mcp_servers.support.app import create_app
from mcp_servers.support.settings import SupportServerSettings

if __name__ == "__main__":
    settings = SupportServerSettings()
    serve(create_app(settings), settings)

"""`python -m mcp_servers.routes`: the server as a process of its own."""

from mcp_servers.routes.app import create_app
from mcp_servers.routes.settings import RoutesServerSettings
from mcp_servers.serving.process import serve

if __name__ == "__main__":
    settings = RoutesServerSettings()
    serve(create_app(settings), settings)

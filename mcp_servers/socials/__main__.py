"""`python -m mcp_servers.socials`: the server as a process of its own."""

from mcp_servers.serving.process import serve
from mcp_servers.socials.app import create_app
from mcp_servers.socials.settings import SocialsServerSettings

if __name__ == "__main__":
    settings = SocialsServerSettings()
    serve(create_app(settings), settings)

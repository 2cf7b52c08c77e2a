"""`python -m mcp_servers.activities`: the server as a process of its own."""

from mcp_servers.activities.app import create_app
from mcp_servers.activities.settings import ActivitiesServerSettings
from mcp_servers.serving.process import serve

if __name__ == "__main__":
    settings = ActivitiesServerSettings()
    serve(create_app(settings), settings)

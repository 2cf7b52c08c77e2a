"""Runs the routes API alone: ``python -m apis.routes`` with ROUTES_API_* in the environment."""

from apis.routes.app import create_app
from apis.routes.settings import RoutesApiSettings
from apis.serving.process import serve_forever

if __name__ == "__main__":
    settings = RoutesApiSettings()
    serve_forever(create_app(settings), settings)

"""Runs the support API alone: ``python -m apis.support`` with SUPPORT_API_* in the environment."""

from apis.serving.process import serve_forever
from apis.support.app import create_app
from apis.support.settings import SupportApiSettings

if __name__ == "__main__":
    settings = SupportApiSettings()
    serve_forever(create_app(settings), settings)

"""Runs the socials API alone: ``python -m apis.socials`` with SOCIALS_API_* in the environment."""

from apis.serving.process import serve_forever
from apis.socials.app import create_app
from apis.socials.settings import SocialsApiSettings

if __name__ == "__main__":
    settings = SocialsApiSettings()
    serve_forever(create_app(settings), settings)

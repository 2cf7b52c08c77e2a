"""Runs the activities API alone: ``python -m apis.activities`` with ACTIVITIES_API_* in the environment."""

from apis.activities.app import create_app
from apis.activities.settings import ActivitiesApiSettings
from apis.serving.process import serve_forever

if __name__ == "__main__":
    settings = ActivitiesApiSettings()
    serve_forever(create_app(settings), settings)

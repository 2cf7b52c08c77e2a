"""The activities API as an ASGI application."""

from pathlib import Path

from starlette.types import ASGIApp

from apis.activities.handler import build_resolver, utc_now
from apis.activities.operations.desk import Clock
from apis.activities.settings import ActivitiesApiSettings
from apis.serving.app import new_authorizer, open_store, serve_api
from apis.serving.resolver import published_route_table
from identity.signing_keys import FetchJson, fetch_json


def create_app(settings: ActivitiesApiSettings, *, fetch: FetchJson = fetch_json, clock: Clock = utc_now) -> ASGIApp:
    """Composes store, resolver and authorizer; ``fetch`` reads the issuer's documents.

    Raises:
        PolicyFilesInvalid: The Cedar files do not fit this API.
        DatabaseNotConfigured: The settings name no database.
    """
    resolver = build_resolver(open_store(settings), settings.cursor_seal(), clock=clock)
    authorizer = new_authorizer("activities", settings, fetch=fetch)
    routes = published_route_table(Path(__file__).with_name("openapi.json"))
    return serve_api(resolver.resolve, routes, authorizer, settings.allowed_hosts)

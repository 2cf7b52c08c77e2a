"""The routes API as an ASGI application."""

from pathlib import Path

from starlette.types import ASGIApp

from apis.routes.handler import build_resolver
from apis.routes.places import read_places
from apis.routes.settings import RoutesApiSettings
from apis.serving.app import serve_api
from apis.serving.authorizer import new_authorizer
from apis.serving.resolver import published_route_table
from identity.signing_keys import FetchJson, fetch_json


def create_app(settings: RoutesApiSettings, *, fetch: FetchJson = fetch_json) -> ASGIApp:
    """Composes places, resolver and authorizer; ``fetch`` reads the issuer's documents.

    Raises:
        PolicyFilesInvalid: The Cedar files do not fit this API.
    """
    resolver = build_resolver(read_places(), settings.cursor_seal())
    authorizer = new_authorizer("routes", settings, fetch=fetch)
    routes = published_route_table(Path(__file__).with_name("openapi.json"))
    return serve_api(resolver.resolve, routes, authorizer, settings.allowed_hosts)

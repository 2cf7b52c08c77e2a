"""The routes API as an ASGI application."""

from starlette.types import ASGIApp

from apis.routes.handler import build_resolver
from apis.routes.places import read_places
from apis.routes.settings import RoutesApiSettings
from apis.serving.app import new_authorizer, serve_api
from identity.signing_keys import FetchJson, fetch_json


def create_app(settings: RoutesApiSettings, *, fetch: FetchJson = fetch_json) -> ASGIApp:
    """Composes places, resolver and authorizer; ``fetch`` reads the issuer's documents.

    Raises:
        PolicyFilesInvalid: The Cedar files do not fit this API.
    """
    resolver = build_resolver(read_places(), settings.cursor_seal())
    authorizer = new_authorizer("routes", settings, fetch=fetch)
    return serve_api(resolver.resolve, resolver, authorizer, settings.allowed_hosts)

"""The socials API as an ASGI application."""

from datetime import UTC, datetime
from pathlib import Path

from starlette.types import ASGIApp

from apis.serving.app import serve_api
from apis.serving.authorizer import new_authorizer
from apis.serving.opening import open_store
from apis.serving.resolver import published_route_table
from apis.serving.store import Store
from apis.socials.handler import build_resolver
from apis.socials.reactions import Reactions
from apis.socials.settings import SocialsApiSettings
from identity.signing_keys import FetchJson, fetch_json


def create_app(settings: SocialsApiSettings, *, fetch: FetchJson = fetch_json, store: Store | None = None) -> ASGIApp:
    """Composes store, resolver and authorizer.

    Args:
        settings: Of this API.
        fetch: Reads the issuer's documents.
        store: Used instead of the SQLite file of the settings.

    Raises:
        DatabaseNotConfigured: Neither a store nor a file was named.
        PolicyFilesInvalid: The Cedar files do not fit this API.
    """
    store = store or open_store(settings)
    resolver = build_resolver(store, Reactions(store, clock=lambda: datetime.now(UTC)))
    authorizer = new_authorizer("socials", settings, fetch=fetch)
    routes = published_route_table(Path(__file__).with_name("openapi.json"))
    return serve_api(resolver.resolve, routes, authorizer, settings.allowed_hosts)

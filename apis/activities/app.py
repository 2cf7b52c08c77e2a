"""The activities API as an ASGI application."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from apis.activities.handler import build_resolver, utc_now
from apis.activities.ingest import nothing_ahead
from apis.activities.operations.desk import Clock, body_bytes
from apis.activities.operations.uploads import plain_name
from apis.activities.reading_workers import ReadAhead, ReadingWorker
from apis.activities.settings import ActivitiesApiSettings
from apis.activities.weather.serving import backfilling
from apis.serving.app import serve_api
from apis.serving.authorizer import new_authorizer
from apis.serving.opening import open_store
from apis.serving.resolver import published_route_table
from identity.signing_keys import FetchJson, fetch_json


def create_app(settings: ActivitiesApiSettings, *, fetch: FetchJson = fetch_json, clock: Clock = utc_now) -> ASGIApp:
    """Composes store, resolver and authorizer; ``fetch`` reads the issuer's documents.

    Raises:
        PolicyFilesInvalid: The Cedar files do not fit this API.
        DatabaseNotConfigured: The settings name no database.
    """
    reader = ReadAhead([ReadingWorker() for _ in range(settings.reading_workers)]) if settings.reading_workers else None
    store, seal = open_store(settings), settings.cursor_seal()
    ahead = reader.take if reader else nothing_ahead
    resolver = build_resolver(store, seal, clock=clock, ahead=ahead, bands=settings.bands.bands())
    authorizer = new_authorizer("activities", settings, fetch=fetch)
    routes = published_route_table(Path(__file__).with_name("openapi.json"))
    before = partial(read_ahead, reader) if reader else None
    app = serve_api(resolver.resolve, routes, authorizer, settings.allowed_hosts, before=before)
    return backfilling(app, store, settings, clock)


async def read_ahead(reader: ReadAhead, event: Mapping[str, Any]) -> None:
    """Has an upload read before the handler is called with it."""
    name = (event.get("queryStringParameters") or {}).get("file_name")
    if name and (event["httpMethod"], event["resource"]) == ("POST", "/uploads"):
        await reader.read(body_bytes(event), plain_name(name))

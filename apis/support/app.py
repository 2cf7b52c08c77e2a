"""The support API as an ASGI application."""

from datetime import UTC, datetime
from pathlib import Path

from starlette.types import ASGIApp

from apis.serving.app import serve_api
from apis.serving.authorizer import new_authorizer
from apis.serving.opening import open_store
from apis.serving.resolver import published_route_table
from apis.serving.store import Store
from apis.serving.usage_plan import UsagePlan
from apis.support.handler import build_resolver
from apis.support.help_articles import read_sections
from apis.support.help_search import HelpIndex
from apis.support.settings import SupportApiSettings
from apis.support.tickets import Tickets
from identity.signing_keys import FetchJson, fetch_json


def create_app(
    settings: SupportApiSettings,
    *,
    fetch: FetchJson = fetch_json,
    store: Store | None = None,
    usage_plan: UsagePlan | None = None,
) -> ASGIApp:
    """Composes articles, store, resolver and authorizer.

    Args:
        settings: Of this API.
        fetch: Reads the issuer's documents.
        store: Used instead of the SQLite file of the settings.
        usage_plan: Used instead of the one that the settings make.

    Raises:
        DatabaseNotConfigured: Neither a store nor a file was named.
        PolicyFilesInvalid: The Cedar files do not fit this API.
    """
    tickets = Tickets(store or open_store(settings), settings.cursor_seal(), clock=lambda: datetime.now(UTC))
    resolver = build_resolver(HelpIndex(read_sections()), tickets)
    authorizer = new_authorizer("support", settings, fetch=fetch)
    routes = published_route_table(Path(__file__).with_name("openapi.json"))
    plan = usage_plan or settings.usage_plan()
    return serve_api(resolver.resolve, routes, authorizer, settings.allowed_hosts, usage_plan=plan)

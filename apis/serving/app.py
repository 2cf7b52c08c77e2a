"""Puts one API together for the laptop.

A team writes ``handler.py`` and an ``app.py`` of a few lines::

    def create_app(settings: RoutesApiSettings) -> ASGIApp:
        resolver = build_resolver(...)          # new_resolver() + the team's operations
        authorizer = new_authorizer("routes", settings)
        routes = published_route_table(Path(__file__).with_name("openapi.json"))
        return serve_api(resolver.resolve, routes, authorizer, settings.allowed_hosts)

``handler`` is any ``(event, context) -> response`` of REST v1; handlers take the caller from
``Caller.from_event(event)`` (``caller_of(resolver)``), raise ``apis.serving.errors.ApiError`` and use a ``Store``.
Every operation must be an action of ``gateway_config/api_policies/schema.json``, named ``<method> <template>`` with
the resolver's own parameter names (``get /activities/{activity_id}``); otherwise the API refuses to start.
"""

from collections.abc import Iterable

from starlette.types import ASGIApp

from apis.serving.api_policies import ApiPolicies
from apis.serving.asgi import Before, Handler, LocalRestApi
from apis.serving.authorization import Authorizer
from apis.serving.authorizer import ApiAuthorizer
from apis.serving.cedar_local import CedarLocal
from apis.serving.errors import DatabaseNotConfigured
from apis.serving.gateway_event import RouteTable
from apis.serving.policy_files import PolicyFiles
from apis.serving.settings import ApiSettings
from apis.serving.sqlite_store import SqliteStore
from apis.serving.usage_plan import UsagePlan
from identity.hop_trace import HopSpans
from identity.own_hosts import OwnHosts
from identity.signing_keys import FetchJson, JwksCache, fetch_json
from identity.token_mapping import pool_of
from identity.tokens import Verifier


def new_authorizer(api: str, settings: ApiSettings, *, fetch: FetchJson = fetch_json) -> ApiAuthorizer:
    """Makes the authorizer of one API from its settings; reads the Cedar files, not yet the issuer's keys.

    Raises:
        PolicyFilesInvalid: The process must not start.
    """
    verifier = Verifier(settings.trust, JwksCache(settings.issuer, fetch=fetch))
    files = PolicyFiles.read(settings.policies, pool_of(settings.issuer))
    return ApiAuthorizer(api=api, verifier=verifier, files=files, policies=_policies(settings, files, verifier))


def _policies(settings: ApiSettings, files: PolicyFiles, verifier: Verifier) -> Authorizer:
    if settings.policy_store_id is None:
        return CedarLocal(verifier, ApiPolicies(files))
    # boto3 costs a quarter of a second, and whoever has the files does not need it.
    from apis.serving.verified_permissions import VerifiedPermissions, policy_store_client  # noqa: PLC0415

    client = policy_store_client(settings.policy_store_region)
    return VerifiedPermissions(verifier, client, settings.policy_store_id)


def serve_api(
    handler: Handler,
    routes: RouteTable,
    authorizer: ApiAuthorizer,
    allowed_hosts: Iterable[str],
    *,
    usage_plan: UsagePlan | None = None,
    before: Before | None = None,
) -> ASGIApp:
    """Serves a Lambda handler as an ASGI application behind its authorizer.

    Args:
        handler: The deployed Lambda handler.
        routes: Its operations.
        authorizer: Decides every request.
        allowed_hosts: ``host:port`` values accepted as Host; anything else is answered 421.
        usage_plan: Of the API keys; None where none is needed.
        before: See `LocalRestApi`.

    Raises:
        PolicyFilesInvalid: An operation has no Cedar action.
    """
    authorizer.files.require_actions(routes.with_token)
    own_hosts = OwnHosts.with_their_pages(allowed_hosts)
    return HopSpans(
        LocalRestApi(handler, routes, authorizer, own_hosts, usage_plan, before), part=f"api-{authorizer.api}"
    )


def open_store(settings: ApiSettings) -> SqliteStore:
    """Opens the API's SQLite file.

    Raises:
        DatabaseNotConfigured: The settings name no file.
    """
    if settings.database is None:
        raise DatabaseNotConfigured("this API needs a database file")
    return SqliteStore(settings.database)

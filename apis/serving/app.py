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

from apis.serving.asgi import Before, LocalRestApi
from apis.serving.authorizer import ApiAuthorizer
from apis.serving.gateway_event import RouteTable
from apis.serving.invocation import Handler
from apis.serving.usage_plan import UsagePlan
from identity.hop_trace import HopSpans
from identity.own_hosts import OwnHosts


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

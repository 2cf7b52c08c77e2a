"""Providers and workloads in words."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from identity.consent_return.pages import ConnectedAccount
from identity.consent_return.settings import ConsentReturnSettings, Service
from identity.consent_return.vault_calls import Connection


def service_of(services: Mapping[str, Service], provider: str) -> Service:
    """A provider in words; one that nobody described keeps its name."""
    return services.get(provider) or Service(name=provider)


def meanings_of(service: Service, scopes: Iterable[str]) -> tuple[str, ...]:
    """What scopes allow, one sentence each; a scope that nobody described is shown as it is."""
    return tuple(service.meanings.get(scope, scope) for scope in scopes)


def account_of(settings: ConsentReturnSettings, connection: Connection) -> ConnectedAccount:
    """A connection as a person reads about it."""
    service = service_of(settings.services, connection.provider)
    which = urlencode({"workload": connection.workload, "provider": connection.provider})
    return ConnectedAccount(
        service=service.name,
        used_by=settings.workloads.get(connection.workload, connection.workload),
        meanings=meanings_of(service, connection.scopes),
        connected_at=connection.connected_at,
        disconnect=f"{settings.base_path}/disconnect?{which}",
    )

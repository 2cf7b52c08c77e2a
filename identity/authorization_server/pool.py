"""One pool put together: stores, keys, Authlib's core, and what the pages need."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from identity.authorization_server.authorizations import Authorizations
from identity.authorization_server.browser_sessions import BrowserSessions
from identity.authorization_server.client_assertions import ClientAssertions
from identity.authorization_server.client_metadata_documents import ClientMetadataDocuments
from identity.authorization_server.client_registry import ClientRegistry
from identity.authorization_server.client_store import ClientStore
from identity.authorization_server.consents import Consents
from identity.authorization_server.core import PoolServer
from identity.authorization_server.device_codes import DeviceCodes
from identity.authorization_server.endpoints import Endpoints
from identity.authorization_server.issued_tokens import IssuedTokens
from identity.authorization_server.key_rotation import RotatingKeys
from identity.authorization_server.keys import LoadKeys, replace_keys
from identity.authorization_server.limits import Limits
from identity.authorization_server.local_sign_in import LocalSignIn
from identity.authorization_server.pools import PoolConfig
from identity.authorization_server.pushed_requests import PushedRequests
from identity.authorization_server.settings import AuthorizationServerSettings
from identity.authorization_server.users import Users
from identity.outbound_addresses import AddressPolicy


@dataclass(frozen=True)
class Pool:
    """Everything of one pool.

    Attributes:
        local_sign_in: None when the key-file sign-in is off.
        device_codes: None in strict Cognito mode, which has no device code grant.
        pushed_requests: None there too.
    """

    config: PoolConfig
    endpoints: Endpoints
    keys: RotatingKeys
    server: PoolServer
    users: Users
    sessions: BrowserSessions
    consents: Consents
    limits: Limits
    local_sign_in: LocalSignIn | None
    device_codes: DeviceCodes | None
    pushed_requests: PushedRequests | None
    clock: Callable[[], float]

    def remove_client(self, client_id: str) -> bool:
        """Forget a registered client and end what people allowed it; False if there is none of this id."""
        store = self.server.clients.store
        removed = store is not None and store.remove(client_id)
        if removed:
            self.server.authorizations.revoke_of_client(client_id, self.clock())
        return removed

    def delete_user(self, username: str) -> bool:
        """Delete a person and end everything they allowed; False if there is none of this name."""
        sub = self.users.delete(username, self.clock())
        if sub is not None:
            self.server.authorizations.revoke_of_user(sub, self.clock())
        return sub is not None


def open_pool(
    config: PoolConfig,
    settings: AuthorizationServerSettings,
    connection: sqlite3.Connection,
    *,
    clock: Callable[[], float],
    load_keys: LoadKeys,
) -> Pool:
    """Open a pool: make its keys and store its people, if that was not done before.

    Raises:
        ConfigurationRefused: Keys are exposed, or a client is named like a person.
    """
    endpoints = Endpoints(settings.base_url, config.name)
    keys = RotatingKeys(
        load_keys(settings.keys_folder, config.name),
        save=partial(replace_keys, settings.keys_folder, config.name),
        clock=clock,
        token_lifetime_s=config.access_token_lifetime_s,
        longest_age_s=settings.signing_key_age_s,
    )
    users = Users(connection, config.name)
    limits = Limits(connection, config.name, clock)
    store = None if settings.strict_cognito else ClientStore(connection, config.name, clock)
    policy = AddressPolicy(frozenset(settings.metadata_hosts))
    documents = ClientMetadataDocuments(config, policy, limits, clock=clock) if settings.registers_clients else None
    clients = ClientRegistry(config.clients, store=store, documents=documents, users=users)
    ended = users.provision(config.users, clients.ids)
    authorizations = Authorizations(connection, config.name)
    sessions = BrowserSessions(connection, config.name, users, config.session_lifetime_s)
    for sub in ended:  # K14
        authorizations.revoke_of_user(sub, clock())
        sessions.end_all_of(sub)
    device_codes = None if settings.strict_cognito else DeviceCodes(connection, config.name, clock)
    server = PoolServer(
        config,
        endpoints,
        clients=clients,
        users=users,
        authorizations=authorizations,
        tokens=IssuedTokens(endpoints.issuer, keys, clock, profile="cognito" if settings.strict_cognito else "rfc9068"),
        clock=clock,
        assertions=None if settings.strict_cognito else _assertions(connection, endpoints, clock),
        device_codes=device_codes,
        edges_enforced=not settings.strict_cognito,
    )
    return Pool(
        config=config,
        endpoints=endpoints,
        keys=keys,
        server=server,
        users=users,
        sessions=sessions,
        consents=Consents(connection, config.name),
        limits=limits,
        local_sign_in=LocalSignIn(connection, endpoints, users, clock) if settings.key_file_sign_in else None,
        device_codes=device_codes,
        pushed_requests=None if settings.strict_cognito else PushedRequests(connection, config.name, clock),
        clock=clock,
    )


def _assertions(connection: sqlite3.Connection, endpoints: Endpoints, clock: Callable[[], float]) -> ClientAssertions:
    # RFC 7523 §3, OpenID Connect Core §9. Not the URL of whatever endpoint was called: the fewer names we answer to,
    # the fewer another server can talk a client into.
    return ClientAssertions(connection, endpoints.pool, frozenset({endpoints.issuer, endpoints.token}), clock)

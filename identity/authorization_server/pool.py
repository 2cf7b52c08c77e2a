"""One pool put together: stores, keys, Authlib's core, and what the pages need."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from identity.authorization_server.authorizations import Authorizations
from identity.authorization_server.browser_sessions import BrowserSessions
from identity.authorization_server.client_assertions import ClientAssertions
from identity.authorization_server.consents import Consents
from identity.authorization_server.core import PoolServer
from identity.authorization_server.device_codes import DeviceCodes
from identity.authorization_server.endpoints import Endpoints
from identity.authorization_server.issued_tokens import IssuedTokens
from identity.authorization_server.keys import LoadKeys, SigningKeys
from identity.authorization_server.local_sign_in import LocalSignIn
from identity.authorization_server.passwords import Attempts
from identity.authorization_server.pools import PoolConfig
from identity.authorization_server.settings import AuthorizationServerSettings
from identity.authorization_server.users import Users


@dataclass(frozen=True)
class Pool:
    """Everything of one pool.

    Attributes:
        local_sign_in: None when the key-file sign-in is off.
        device_codes: None in strict Cognito mode, which has no device code grant.
    """

    config: PoolConfig
    endpoints: Endpoints
    keys: SigningKeys
    server: PoolServer
    users: Users
    sessions: BrowserSessions
    consents: Consents
    attempts: Attempts
    local_sign_in: LocalSignIn | None
    device_codes: DeviceCodes | None
    clock: Callable[[], float]


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
    keys = load_keys(settings.keys_folder, config.name)
    users = Users(connection, config.name)
    users.provision(config.users, frozenset(client.client_id for client in config.clients))
    device_codes = None if settings.strict_cognito else DeviceCodes(connection, config.name, clock)
    server = PoolServer(
        config,
        endpoints,
        users=users,
        authorizations=Authorizations(connection, config.name),
        tokens=IssuedTokens(endpoints.issuer, keys, clock),
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
        sessions=BrowserSessions(connection, config.name, users, config.session_lifetime_s),
        consents=Consents(connection, config.name),
        attempts=Attempts(clock),
        local_sign_in=LocalSignIn(connection, endpoints, users, clock) if settings.key_file_sign_in else None,
        device_codes=device_codes,
        clock=clock,
    )


def _assertions(connection: sqlite3.Connection, endpoints: Endpoints, clock: Callable[[], float]) -> ClientAssertions:
    # RFC 7523 §3, OpenID Connect Core §9. Not the URL of whatever endpoint was called: the fewer names we answer to,
    # the fewer another server can talk a client into.
    return ClientAssertions(connection, endpoints.pool, frozenset({endpoints.issuer, endpoints.token}), clock)

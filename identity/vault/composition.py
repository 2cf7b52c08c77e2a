"""Puts a vault together: its storage, its providers, and the operations over both. Only here is every part known."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from identity.outbound_addresses import AddressPolicy
from identity.vault.api_key_providers import ApiKeyProviders
from identity.vault.audit import CHECKPOINT_EVERY, AuditLog
from identity.vault.connected_accounts import ConnectedAccounts
from identity.vault.connections import Connections
from identity.vault.consent_browser import ConsentBrowser
from identity.vault.consent_completion import ConsentCompletion
from identity.vault.consent_sessions import ConsentSessions
from identity.vault.credential_providers import CredentialProviders
from identity.vault.data_keys import DataKeys
from identity.vault.database import OLDER_THAN_LEDGER, open_database, raise_watermark, watermark
from identity.vault.discovery import Discovery
from identity.vault.endpoint_pins import EndpointPins
from identity.vault.envelope import Envelopes
from identity.vault.grants import Grants
from identity.vault.housekeeping import Housekeeping
from identity.vault.inbound import InboundTokens
from identity.vault.key_rotation import KeyRotation
from identity.vault.key_sources import open_keyring
from identity.vault.names import ResourceNames
from identity.vault.operations import Operations
from identity.vault.provider_http import ProviderHttp
from identity.vault.resource_tokens import ResourceTokens
from identity.vault.row_ledger import RowLedger
from identity.vault.settings import VaultSettings
from identity.vault.token_cache import TokenCache
from identity.vault.user_federation import UserFederation
from identity.vault.workload_identities import WorkloadIdentities
from identity.vault.workload_tokens import WorkloadTokens

logger = logging.getLogger(__name__)
AUDIT_ENTRIES = "audit-entries"
Clock = Callable[[], float]


@dataclass(frozen=True)
class Storage:
    """What the vault keeps, and how it is sealed, counted and taken down."""

    database: sqlite3.Connection
    data_keys: DataKeys
    audit: AuditLog
    envelopes: Envelopes
    rotation: KeyRotation


@dataclass(frozen=True)
class Providers:
    """Whom the vault asks for tokens, and what it keeps of people's consents there."""

    registered: CredentialProviders
    http: ProviderHttp
    discovery: Discovery
    grants: Grants
    sessions: ConsentSessions
    connections: Connections


@dataclass(frozen=True)
class OpenVault:
    """A vault that works. Opened and closed on the loop that serves it."""

    storage: Storage
    providers: Providers
    operations: Operations
    browser: ConsentBrowser
    housekeeping: Housekeeping

    async def close(self) -> None:
        """Let go of everything; the audit log last but for the database that counts its lines."""
        await self.storage.rotation.stop()
        await self.providers.http.close()
        self.storage.audit.close()
        self.storage.database.close()


async def open_vault(settings: VaultSettings, clock: Clock) -> OpenVault:
    """Open files and connections and put the operations over them.

    Raises:
        KeyringUnusable, AuditLogUnusable: The vault does not start.
    """
    names = ResourceNames(settings.region, settings.account_id, settings.base_urls[0])
    storage = _open_storage(settings, names, clock)
    providers = _providers(settings, storage, names, clock)
    opened = OpenVault(
        storage=storage,
        providers=providers,
        operations=_operations(settings, storage, providers, names, clock),
        browser=ConsentBrowser(
            providers.sessions,
            providers.discovery,
            names,
            storage.audit,
            hosts=settings.hosts,
            find_provider=providers.registered.find,
        ),
        housekeeping=Housekeeping(storage.database, storage.envelopes, clock),
    )
    storage.rotation.start_sweep()
    return opened


def _open_storage(settings: VaultSettings, names: ResourceNames, clock: Clock) -> Storage:
    keyring = open_keyring(settings, names, clock)
    database = open_database(settings.database_path)
    data_keys = DataKeys(database, keyring)
    audit = _open_audit(settings, database, data_keys.derive("audit"), clock)
    ledger = RowLedger(database, trusts_unlisted=bool(watermark(database, OLDER_THAN_LEDGER)))
    return Storage(
        database=database,
        data_keys=data_keys,
        audit=audit,
        envelopes=Envelopes(data_keys, ledger, audit),
        rotation=KeyRotation(database, data_keys, keyring, audit),
    )


def _open_audit(settings: VaultSettings, database: sqlite3.Connection, key: bytes, clock: Clock) -> AuditLog:
    known = watermark(database, AUDIT_ENTRIES)
    audit = AuditLog(
        settings.audit_log,
        key,
        clock=clock,
        at_least=known,
        checkpointed=partial(raise_watermark, database, AUDIT_ENTRIES),
    )
    if audit.entries - watermark(database, AUDIT_ENTRIES) > CHECKPOINT_EVERY:
        logger.error("database=<%s> | older than its audit log: put back from a copy?", settings.database_path)
        audit.record("database-rolled-back", who="vault", what="database", decision="alarm")
    return audit


def _providers(settings: VaultSettings, storage: Storage, names: ResourceNames, clock: Clock) -> Providers:
    places = AddressPolicy(settings.private_providers)
    http = ProviderHttp(places, timeout_s=settings.provider_timeout_s)
    discovery = Discovery(http, places, EndpointPins(storage.database))
    return Providers(
        registered=CredentialProviders(storage.database, storage.envelopes, names, clock=clock, places=places),
        http=http,
        discovery=discovery,
        grants=Grants(http, discovery, clock=clock),
        sessions=ConsentSessions(storage.database, storage.envelopes, clock=clock),
        connections=Connections(storage.database, storage.envelopes),
    )


def _operations(
    settings: VaultSettings, storage: Storage, providers: Providers, names: ResourceNames, clock: Clock
) -> Operations:
    database, envelopes = storage.database, storage.envelopes
    return Operations(
        workloads=WorkloadIdentities(database, envelopes, names, clock),
        providers=providers.registered,
        api_keys=ApiKeyProviders(database, envelopes, names, clock),
        workload_tokens=WorkloadTokens(
            database,
            envelopes,
            storage.data_keys.derive("workload-token-handle"),
            clock=clock,
            userless_life_s=settings.userless_token_life_s,
        ),
        inbound=InboundTokens(settings.inbound, completing=settings.completing),
        resource_tokens=ResourceTokens(
            TokenCache(database, envelopes, clock=clock, skew_s=settings.skew_s),
            providers.grants,
            clock=clock,
            negative_cache_s=settings.negative_cache_s,
        ),
        accounts=_accounts(storage, providers),
        envelopes=envelopes,
        rotation=storage.rotation,
        audit=storage.audit,
        user_federation=_user_federation(settings, storage, providers, names, clock),
        completion=_completion(storage, providers, names, clock),
        started_at=clock(),
    )


def _accounts(storage: Storage, providers: Providers) -> ConnectedAccounts:
    return ConnectedAccounts(
        providers.sessions,
        providers.connections,
        providers.grants,
        discovery=providers.discovery,
        audit=storage.audit,
        find_provider=providers.registered.find,
    )


def _user_federation(
    settings: VaultSettings, storage: Storage, providers: Providers, names: ResourceNames, clock: Clock
) -> UserFederation:
    return UserFederation(
        providers.sessions,
        providers.connections,
        providers.grants,
        discovery=providers.discovery,
        names=names,
        audit=storage.audit,
        clock=clock,
        skew_s=settings.skew_s,
        negative_cache_s=settings.negative_cache_s,
    )


def _completion(storage: Storage, providers: Providers, names: ResourceNames, clock: Clock) -> ConsentCompletion:
    return ConsentCompletion(
        providers.sessions,
        providers.connections,
        providers.grants,
        discovery=providers.discovery,
        names=names,
        audit=storage.audit,
        find_provider=providers.registered.find,
        clock=clock,
    )

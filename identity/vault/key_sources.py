"""Which keyring this vault uses, as its settings say."""

import importlib
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from identity.vault.errors import KeyringUnusable
from identity.vault.key_stores import FileStore, KeyStore, OsKeyring, OsKeyringStore
from identity.vault.keyring import Keyring, LocalKeyring, make_local_keyring
from identity.vault.kms_keyring import KmsKeyring
from identity.vault.names import ResourceNames
from identity.vault.settings import VaultSettings

RECOVERY = (
    "the database was sealed with a keyring that is gone ({place}). Put the keyring back from a backup; without it"
    " nothing in the database can ever be read. To start anew, move the database and its audit log away: workloads and"
    " providers are set up again at the next start, and athletes connect their accounts again"
)


def open_keyring(
    settings: VaultSettings,
    names: ResourceNames,
    clock: Callable[[], float],
    modules: Callable[[str], Any] = importlib.import_module,
) -> Keyring:
    """The keyring of the settings; makes a local one beside a vault that does not exist yet.

    Args:
        settings: Source and places.
        names: Gives the vault's ARN.
        clock: Epoch seconds.
        modules: Imports by name; the package `keyring` need not be installed.

    Raises:
        KeyringUnusable: It cannot be read, or is missing while the database is there.
    """
    if settings.key_source == "kms":
        client = boto3.client(
            "kms",
            region_name=settings.region,
            config=Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2}),
        )
        return KmsKeyring(client, settings.kms_key_ids, names.token_vault(), clock=clock)
    store = _store(settings, modules)
    if store.read() is not None:
        return LocalKeyring(store)
    if settings.database_path.exists():
        raise KeyringUnusable(RECOVERY.format(place=store.describe()))
    return make_local_keyring(store)


def _store(settings: VaultSettings, modules: Callable[[str], Any]) -> KeyStore:
    """The operating system's keyring where there is one, unless this vault already has a file."""
    file = FileStore(settings.key_encryption_key_path)
    if settings.key_source == "file":
        return file
    if settings.key_source == "auto" and file.read() is not None:
        return file
    found = OsKeyring.find(modules)
    if found is not None:
        return OsKeyringStore(found, str(settings.database_path.absolute()))
    if settings.key_source == "auto":
        return file
    raise KeyringUnusable("the operating system has no keyring here, or the package `keyring` is not installed")

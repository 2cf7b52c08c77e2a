"""The vault's SQLite file: names, times and sealed bytes. Nothing in it is worth stealing without the keyring."""

import os
import sqlite3
from pathlib import Path

from identity.vault import api_key_providers, connections, consent_sessions, endpoint_pins, row_ledger

OLDER_THAN_LEDGER = "older-than-ledger"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS data_key (
    owner TEXT PRIMARY KEY, kek_version INTEGER NOT NULL, sealed BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS watermark (
    name TEXT PRIMARY KEY, value INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS workload_identity (
    name TEXT PRIMARY KEY, return_urls TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS oauth2_provider (
    name TEXT PRIMARY KEY, vendor TEXT NOT NULL, config TEXT NOT NULL, version INTEGER NOT NULL,
    sealed_secret BLOB NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS workload_token (
    handle_digest TEXT PRIMARY KEY, workload TEXT NOT NULL, owner TEXT NOT NULL, sealed BLOB NOT NULL,
    expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS workload_token_expiry ON workload_token (expires_at);
CREATE TABLE IF NOT EXISTS resource_token (
    key_digest TEXT PRIMARY KEY, workload TEXT NOT NULL, provider TEXT NOT NULL, owner TEXT NOT NULL,
    version INTEGER NOT NULL, sealed BLOB NOT NULL, expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resource_token_expiry ON resource_token (expires_at);
CREATE INDEX IF NOT EXISTS resource_token_provider ON resource_token (provider);
"""


def open_database(path: Path) -> sqlite3.Connection:
    """Open the file, making it with mode 0600 if need be. To be used by one thread.

    Deleted rows are overwritten (`secure_delete`); statements commit on their own.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    for pragma in ("journal_mode=WAL", "secure_delete=ON", "synchronous=NORMAL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for schema in (
        _SCHEMA,
        consent_sessions.SCHEMA,
        connections.SCHEMA,
        api_key_providers.SCHEMA,
        row_ledger.SCHEMA,
        endpoint_pins.SCHEMA,
    ):
        connection.executescript(schema)
    if "data_key" in tables and "row_seal" not in tables:
        raise_watermark(connection, OLDER_THAN_LEDGER, 1)
    return connection


def watermark(database: sqlite3.Connection, name: str) -> int:
    """A count that only ever grows; 0 before it was first raised."""
    row = database.execute("SELECT value FROM watermark WHERE name = ?", (name,)).fetchone()
    return row["value"] if row else 0


def raise_watermark(database: sqlite3.Connection, name: str, value: int) -> None:
    """Raise a count; never lowers it."""
    database.execute(
        "INSERT INTO watermark VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
        (name, value),
    )

"""The SQLite file: schema, and transactions that either happen or do not.

Codes, refresh tokens, session ids and nonces are stored as SHA-256 only: whoever steals the file cannot use them.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    pool TEXT NOT NULL, username TEXT NOT NULL, sub TEXT NOT NULL, name TEXT NOT NULL, birth_year INTEGER,
    password_hash TEXT, sign_in_key TEXT,
    PRIMARY KEY (pool, username), UNIQUE (pool, sub)) STRICT;
CREATE TABLE IF NOT EXISTS authorizations (
    id TEXT PRIMARY KEY, pool TEXT NOT NULL, client_id TEXT NOT NULL, sub TEXT NOT NULL, scope TEXT NOT NULL,
    audiences TEXT NOT NULL, auth_time INTEGER NOT NULL, amr TEXT NOT NULL, nonce TEXT,
    expires_at INTEGER NOT NULL, revoked_at INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS codes (
    code_hash TEXT PRIMARY KEY, authorization_id TEXT NOT NULL REFERENCES authorizations (id) ON DELETE CASCADE,
    redirect_uri TEXT, code_challenge TEXT NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS refresh_tokens (
    token_hash TEXT PRIMARY KEY, authorization_id TEXT NOT NULL REFERENCES authorizations (id) ON DELETE CASCADE,
    used_at INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS consents (
    pool TEXT NOT NULL, sub TEXT NOT NULL, client_id TEXT NOT NULL, audience TEXT NOT NULL, scope TEXT NOT NULL,
    PRIMARY KEY (pool, sub, client_id, audience, scope)) STRICT;
CREATE TABLE IF NOT EXISTS browser_sessions (
    id_hash TEXT PRIMARY KEY, pool TEXT NOT NULL, sub TEXT, auth_time INTEGER, csrf_key BLOB NOT NULL,
    expires_at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sign_in_nonces (
    nonce_hash TEXT PRIMARY KEY, pool TEXT NOT NULL, client_id TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS used_assertions (
    pool TEXT NOT NULL, username TEXT NOT NULL, jti_hash TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (pool, username, jti_hash)) STRICT;
CREATE TABLE IF NOT EXISTS client_assertions (
    pool TEXT NOT NULL, client_id TEXT NOT NULL, jti_hash TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (pool, client_id, jti_hash)) STRICT;
CREATE TABLE IF NOT EXISTS pushed_requests (
    handle_hash TEXT PRIMARY KEY, pool TEXT NOT NULL, client_id TEXT NOT NULL, parameters TEXT NOT NULL,
    begun INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS session_authorizations (
    authorization_id TEXT PRIMARY KEY REFERENCES authorizations (id) ON DELETE CASCADE,
    session_hash TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS disabled_users (
    pool TEXT NOT NULL, sub TEXT NOT NULL, PRIMARY KEY (pool, sub)) STRICT;
CREATE TABLE IF NOT EXISTS revoked_tokens (
    pool TEXT NOT NULL, jti TEXT NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (pool, jti)) STRICT;
CREATE TABLE IF NOT EXISTS device_codes (
    device_code_hash TEXT PRIMARY KEY, user_code_hash TEXT NOT NULL UNIQUE, pool TEXT NOT NULL, client_id TEXT NOT NULL,
    scope TEXT NOT NULL, audiences TEXT NOT NULL, interval_s INTEGER NOT NULL, next_poll_at REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied')), sub TEXT, auth_time INTEGER, amr TEXT,
    expires_at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS user_groups (
    pool TEXT NOT NULL, sub TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (pool, sub, name)) STRICT;
CREATE TABLE IF NOT EXISTS deleted_users (
    pool TEXT NOT NULL, username TEXT NOT NULL, sub TEXT NOT NULL, deleted_at INTEGER NOT NULL,
    PRIMARY KEY (pool, username)) STRICT;
CREATE TABLE IF NOT EXISTS registered_clients (
    pool TEXT NOT NULL, client_id TEXT NOT NULL, origin TEXT NOT NULL, config TEXT NOT NULL,
    management_hash TEXT, created_at INTEGER NOT NULL, expires_at INTEGER,
    PRIMARY KEY (pool, client_id)) STRICT;
CREATE TABLE IF NOT EXISTS limits (
    pool TEXT NOT NULL, name TEXT NOT NULL, subject_hash TEXT NOT NULL, count INTEGER NOT NULL,
    blocked_until REAL NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (pool, name, subject_hash)) STRICT;
CREATE INDEX IF NOT EXISTS codes_of_authorization ON codes (authorization_id);
CREATE INDEX IF NOT EXISTS refresh_tokens_of_authorization ON refresh_tokens (authorization_id);
"""
_EXPIRING = (
    "authorizations",
    "browser_sessions",
    "sign_in_nonces",
    "used_assertions",
    "device_codes",
    "revoked_tokens",
    "client_assertions",
    "pushed_requests",
    "registered_clients",
    "limits",
)


def open_database(path: Path) -> sqlite3.Connection:
    """Open the file, making it (0600) and its tables if needed.

    The connection is used by one event loop at a time; calls are short and stay in its thread.
    """
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Everything inside happens, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def forget_expired(connection: sqlite3.Connection, now: float) -> None:
    """Delete rows whose time is over; codes and refresh tokens go with their authorization."""
    with transaction(connection):
        for table in _EXPIRING:
            connection.execute(f"DELETE FROM {table} WHERE expires_at <= ?", (int(now),))  # noqa: S608  # our own names


def digest(secret: str) -> str:
    """What is stored instead of a code, refresh token, session id or nonce: all have 128 random bits or more."""
    return hashlib.sha256(secret.encode()).hexdigest()

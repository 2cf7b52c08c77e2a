"""Sessions of the login page, and the tokens that tie its forms to them."""

import hashlib
import hmac
import secrets
import sqlite3
from dataclasses import dataclass, field

from identity.authorization_server.database import digest
from identity.authorization_server.errors import FormForged
from identity.authorization_server.sign_in import SignIn
from identity.authorization_server.users import Users

ANONYMOUS_LIFETIME_S = 1_800
MOST_ANONYMOUS = 1_000


@dataclass(frozen=True)
class BrowserSession:
    """A browser.

    Attributes:
        id: Value of its cookie.
        sign_in: Who signed in there, if somebody did.
    """

    id: str = field(repr=False)
    csrf_key: bytes = field(repr=False)
    sign_in: SignIn | None

    def form_token(self, form: str, request: str) -> str:
        """Proof that a form was served to this session for this very request (A11).

        Args:
            form: Which form.
            request: The authorization request that the form belongs to.
        """
        message = f"{form}\n{request}".encode()
        return hmac.new(self.csrf_key, message, hashlib.sha256).hexdigest()

    def check_form_token(self, presented: str | None, form: str, request: str) -> None:
        """Check a form that came back.

        Raises:
            FormForged: It was not served to this session for this request.
        """
        expected = self.form_token(form, request).encode()
        if not hmac.compare_digest((presented or "").encode(), expected):
            raise FormForged(f"form token of {form} does not fit")


class BrowserSessions:
    """The sessions of one pool.

    Args:
        connection: The database.
        pool: Name of the pool.
        users: Its people.
        lifetime_s: Life of a session that signed in.
    """

    def __init__(self, connection: sqlite3.Connection, pool: str, users: Users, lifetime_s: int) -> None:
        self._connection = connection
        self._pool = pool
        self._users = users
        self._lifetime_s = lifetime_s

    def find(self, session_id: str | None, now: float) -> BrowserSession | None:
        """The session of a cookie."""
        row = self._connection.execute(
            "SELECT * FROM browser_sessions WHERE id_hash = ? AND pool = ? AND expires_at > ?",
            (digest(session_id or ""), self._pool, int(now)),
        ).fetchone()
        if row is None or session_id is None:
            return None
        user = self._users.by_subject(row["sub"]) if row["sub"] else None
        sign_in = SignIn(user, row["auth_time"], ("pwd",), row["id_hash"]) if user else None
        return BrowserSession(session_id, row["csrf_key"], sign_in)

    def start(self, now: float, sign_in: SignIn | None = None) -> BrowserSession:
        """A new session with a new id."""
        session = BrowserSession(secrets.token_urlsafe(32), secrets.token_bytes(32), sign_in)
        self._make_room(now)
        lifetime_s = self._lifetime_s if sign_in else min(self._lifetime_s, ANONYMOUS_LIFETIME_S)
        self._connection.execute(
            "INSERT INTO browser_sessions (id_hash, pool, sub, auth_time, csrf_key, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                digest(session.id),
                self._pool,
                sign_in.user.sub if sign_in else None,
                sign_in.auth_time if sign_in else None,
                session.csrf_key,
                int(now) + lifetime_s,
            ),
        )
        return session

    def end_all_of(self, sub: str) -> None:
        """Forget every session of a person."""
        self._connection.execute("DELETE FROM browser_sessions WHERE pool = ? AND sub = ?", (self._pool, sub))

    def _make_room(self, now: float) -> None:
        # Anybody can start a session without signing in, so those are short-lived, few, and the oldest give way.
        self._connection.execute("DELETE FROM browser_sessions WHERE expires_at <= ?", (int(now),))
        self._connection.execute(
            "DELETE FROM browser_sessions WHERE rowid IN (SELECT rowid FROM browser_sessions WHERE pool = ?"
            " AND sub IS NULL ORDER BY rowid DESC LIMIT -1 OFFSET ?)",
            (self._pool, MOST_ANONYMOUS - 1),
        )

    def end(self, session: BrowserSession) -> None:
        """Forget a session. Signing in ends the old one, so an id that was planted before is worth nothing (A19)."""
        self._connection.execute("DELETE FROM browser_sessions WHERE id_hash = ?", (digest(session.id),))

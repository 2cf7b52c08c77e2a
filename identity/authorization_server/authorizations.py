"""What a person has allowed a client, and the single-use credentials that follow from it.

An authorization is made when a code is issued. Its id is the `origin_jti` of every token that descends from that code,
so revoking it ends the whole family: codes, refresh tokens, and access tokens as subject tokens (K01, K11).
"""

import json
import secrets
import sqlite3
from dataclasses import dataclass

from identity.authorization_server.database import digest, transaction

_NEW_SECRET_BYTES = 32


@dataclass(frozen=True)
class Authorization:
    """What was allowed.

    Attributes:
        id: `origin_jti` of the tokens.
        scope: Space-separated.
        audiences: What tokens of this authorization may be addressed to.
        auth_time: When the person signed in, epoch seconds.
        amr: How (RFC 8176): `swk` for the key file, `pwd` for the password.
        expires_at: End of the last refresh token, epoch seconds.
    """

    id: str
    client_id: str
    sub: str
    scope: str
    audiences: tuple[str, ...]
    auth_time: int
    amr: tuple[str, ...]
    nonce: str | None
    expires_at: int

    def check_client(self, client: object) -> bool:
        """Whether this was allowed to that client (asked by Authlib)."""
        return getattr(client, "client_id", None) == self.client_id

    def get_scope(self) -> str:
        return self.scope


@dataclass(frozen=True)
class RedeemedCode:
    """A code that was just used up."""

    authorization: Authorization
    redirect_uri: str | None
    code_challenge: str

    def get_redirect_uri(self) -> str | None:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.authorization.scope


class Authorizations:
    """Authorizations, codes and refresh tokens of one pool.

    Args:
        connection: The database.
        pool: Name of the pool.
    """

    def __init__(self, connection: sqlite3.Connection, pool: str) -> None:
        self._connection = connection
        self._pool = pool

    def add_code(
        self,
        code: str,
        authorization: Authorization,
        *,
        redirect_uri: str | None,
        code_challenge: str,
        expires_at: float,
        session: str | None = None,
    ) -> None:
        """Store a new authorization and the code that stands for it; `session` is the browser's that it ends with."""
        with transaction(self._connection):
            self.add(authorization)
            if session is not None:
                self._connection.execute(
                    "INSERT INTO session_authorizations (authorization_id, session_hash) VALUES (?, ?)",
                    (authorization.id, session),
                )
            self._connection.execute(
                "INSERT INTO codes (code_hash, authorization_id, redirect_uri, code_challenge, expires_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (digest(code), authorization.id, redirect_uri, code_challenge, int(expires_at)),
            )

    def add(self, authorization: Authorization) -> None:
        """Store a new authorization."""
        row = (
            authorization.id,
            self._pool,
            authorization.client_id,
            authorization.sub,
            authorization.scope,
            json.dumps(authorization.audiences),
            authorization.auth_time,
            json.dumps(authorization.amr),
            authorization.nonce,
            authorization.expires_at,
        )
        self._connection.execute(
            "INSERT INTO authorizations"
            " (id, pool, client_id, sub, scope, audiences, auth_time, amr, nonce, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )

    def redeem_code(self, code: str, client_id: str, now: float) -> RedeemedCode | None:
        """Use up a code, in one statement, so that of two redemptions one wins (K02).

        A code that was used before ends its whole authorization (RFC 6749 §4.1.2, RFC 9700 §4.5).

        Returns:
            None if the code is unknown, used, expired, revoked, or another client's.
        """
        used = self._connection.execute(
            "UPDATE codes SET used_at = :now WHERE code_hash = :code AND used_at IS NULL AND expires_at > :now"
            " AND authorization_id IN (SELECT id FROM authorizations WHERE pool = :pool AND client_id = :client"
            " AND revoked_at IS NULL AND authorizations.expires_at > :now)"
            " RETURNING authorization_id, redirect_uri, code_challenge",
            {"now": int(now), "code": digest(code), "pool": self._pool, "client": client_id},
        ).fetchone()
        if used is None:
            self._revoke_if_used("codes", "code_hash", code, client_id, now)
            return None
        authorization = self.live(used["authorization_id"], now)
        if authorization is None:
            return None
        return RedeemedCode(authorization, used["redirect_uri"], used["code_challenge"])

    def new_refresh_token(self, authorization: Authorization) -> str:
        """The first refresh token of an authorization."""
        token = secrets.token_urlsafe(_NEW_SECRET_BYTES)
        self._add_refresh_token(token, authorization.id)
        return token

    def of_refresh_token(self, token: str, client_id: str, now: float) -> Authorization | None:
        """The authorization of an unused refresh token.

        A token that was rotated away before ends the whole authorization (RFC 9700 §4.14.2, K11). There is no grace
        period: of two concurrent refreshes the second counts as reuse (K12).

        Returns:
            None if the token is unknown, used, expired, revoked, or another client's.
        """
        row = self._connection.execute(
            "SELECT authorization_id FROM refresh_tokens JOIN authorizations ON id = authorization_id"
            " WHERE token_hash = :token AND used_at IS NULL AND pool = :pool AND client_id = :client"
            " AND revoked_at IS NULL AND expires_at > :now",
            {"now": int(now), "token": digest(token), "pool": self._pool, "client": client_id},
        ).fetchone()
        if row is None:
            self._revoke_if_used("refresh_tokens", "token_hash", token, client_id, now)
            return None
        return self.live(row["authorization_id"], now)

    def rotate(self, token: str, now: float) -> str | None:
        """Replace a refresh token by a new one; None if somebody else was faster."""
        replacement = secrets.token_urlsafe(_NEW_SECRET_BYTES)
        with transaction(self._connection):
            used = self._connection.execute(
                "UPDATE refresh_tokens SET used_at = ? WHERE token_hash = ? AND used_at IS NULL"
                " RETURNING authorization_id",
                (int(now), digest(token)),
            ).fetchone()
            if used is None:
                return None
            self._add_refresh_token(replacement, used["authorization_id"])
        return replacement

    def live(self, authorization_id: str, now: float) -> Authorization | None:
        """An authorization that is neither over nor revoked."""
        row = self._connection.execute(
            "SELECT * FROM authorizations WHERE id = :id AND pool = :pool AND revoked_at IS NULL AND expires_at > :now",
            {"id": authorization_id, "pool": self._pool, "now": int(now)},
        ).fetchone()
        return row and Authorization(
            id=row["id"],
            client_id=row["client_id"],
            sub=row["sub"],
            scope=row["scope"],
            audiences=tuple(json.loads(row["audiences"])),
            auth_time=row["auth_time"],
            amr=tuple(json.loads(row["amr"])),
            nonce=row["nonce"],
            expires_at=row["expires_at"],
        )

    def revoke(self, authorization_id: str, client_id: str, now: float) -> None:
        """End a family, if it is this client's."""
        self._connection.execute(
            "UPDATE authorizations SET revoked_at = ?"
            " WHERE id = ? AND pool = ? AND client_id = ? AND revoked_at IS NULL",
            (int(now), authorization_id, self._pool, client_id),
        )

    def of_live_refresh_token(self, token: str, client_id: str, now: float) -> Authorization | None:
        """The authorization of a refresh token that would work now. Looking has no consequences."""
        row = self._connection.execute(
            "SELECT authorization_id FROM refresh_tokens WHERE token_hash = ? AND used_at IS NULL", (digest(token),)
        ).fetchone()
        authorization = self.live(row["authorization_id"], now) if row else None
        return authorization if authorization is not None and authorization.client_id == client_id else None

    def revoke_of_session(self, session_hash: str, now: float) -> None:
        """End everything that was allowed from one browser session (K14)."""
        self._connection.execute(
            "UPDATE authorizations SET revoked_at = ? WHERE pool = ? AND revoked_at IS NULL"
            " AND id IN (SELECT authorization_id FROM session_authorizations WHERE session_hash = ?)",
            (int(now), self._pool, session_hash),
        )

    def revoke_of_user(self, sub: str, now: float) -> None:
        """End everything that a person has allowed (K14)."""
        self._connection.execute(
            "UPDATE authorizations SET revoked_at = ? WHERE pool = ? AND sub = ? AND revoked_at IS NULL",
            (int(now), self._pool, sub),
        )

    def revoke_refresh_token(self, token: str, client_id: str, now: float) -> str | None:
        """End the family of a refresh token, if it is this client's (RFC 7009 §2.1).

        Returns:
            Whose family it was; None if nothing ended.
        """
        row = self._connection.execute(
            "UPDATE authorizations SET revoked_at = ? WHERE pool = ? AND client_id = ? AND revoked_at IS NULL"
            " AND id IN (SELECT authorization_id FROM refresh_tokens WHERE token_hash = ?) RETURNING sub",
            (int(now), self._pool, client_id, digest(token)),
        ).fetchone()
        return None if row is None else str(row["sub"])

    def revoke_token(self, jti: str, expires_at: int) -> None:
        """End one access token alone: one that was exchanged, or one of a client for itself.

        Args:
            jti: Its id.
            expires_at: When it would have ended by itself, epoch seconds.
        """
        self._connection.execute(
            "INSERT OR IGNORE INTO revoked_tokens (pool, jti, expires_at) VALUES (?, ?, ?)",
            (self._pool, jti, expires_at),
        )

    def is_revoked(self, jti: str) -> bool:
        """Whether one access token was ended alone."""
        query = "SELECT 1 FROM revoked_tokens WHERE pool = ? AND jti = ?"
        return self._connection.execute(query, (self._pool, jti)).fetchone() is not None

    def revoked_tokens(self, now: float) -> list[str]:
        """Ids of the access tokens that were ended alone and would still live."""
        rows = self._connection.execute(
            "SELECT jti FROM revoked_tokens WHERE pool = ? AND expires_at > ? ORDER BY jti", (self._pool, int(now))
        )
        return [row["jti"] for row in rows]

    def revoke_of_client(self, client_id: str, now: float) -> None:
        """End everything that people have allowed a client."""
        self._connection.execute(
            "UPDATE authorizations SET revoked_at = ? WHERE pool = ? AND client_id = ? AND revoked_at IS NULL",
            (int(now), self._pool, client_id),
        )

    def revoked_since(self, since: float) -> list[str]:
        """Ids of the families that were ended after a moment, epoch seconds."""
        rows = self._connection.execute(
            "SELECT id FROM authorizations WHERE pool = ? AND revoked_at > ? ORDER BY id", (self._pool, int(since))
        )
        return [row["id"] for row in rows]

    def _add_refresh_token(self, token: str, authorization_id: str) -> None:
        self._connection.execute(
            "INSERT INTO refresh_tokens (token_hash, authorization_id) VALUES (?, ?)", (digest(token), authorization_id)
        )

    def _revoke_if_used(self, table: str, column: str, secret: str, client_id: str, now: float) -> None:
        # Only its own client can end a family this way: another client that presents it is refused, no more.
        query = f"SELECT authorization_id FROM {table} WHERE {column} = ? AND used_at IS NOT NULL"  # noqa: S608  # ours
        row = self._connection.execute(query, (digest(secret),)).fetchone()
        if row is not None:
            self.revoke(row["authorization_id"], client_id, now)

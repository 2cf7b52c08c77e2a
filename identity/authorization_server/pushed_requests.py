"""Pushed authorization requests (RFC 9126): the client leaves its request here and sends the browser with a handle.

    push     client: 60 seconds, one use, good for this client alone
    begin    browser arrives: the pushed handle is gone, a new one carries this visit through sign-in and consent
    finish   a code is issued or refused: that one is gone too

So a handle that was seen on its way to the browser is worth nothing once the browser was here (A18).
"""

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable

from identity.authorization_server.database import digest, transaction
from identity.authorization_server.errors import RequestUriRefused, Throttled
from identity.authorization_server.form import Parameters

PREFIX = "urn:ietf:params:oauth:request_uri:"
LIFETIME_S = 60
VISIT_S = 1_800
MOST_PENDING = 1_000

Pairs = Iterable[tuple[str, str]]


class PushedRequests:
    """The pushed requests of one pool.

    Args:
        connection: The database.
        pool: Name of the pool.
        clock: Epoch seconds.
    """

    def __init__(self, connection: sqlite3.Connection, pool: str, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._pool = pool
        self._clock = clock

    def push(self, client_id: str, pairs: Pairs) -> str:
        """Store a request that was checked; returns its `request_uri`.

        Raises:
            Throttled: `MOST_PENDING` wait already.
        """
        now = int(self._clock())
        self._connection.execute("DELETE FROM pushed_requests WHERE expires_at <= ?", (now,))
        query = "SELECT COUNT(*) FROM pushed_requests WHERE pool = ? AND begun = 0"
        if self._connection.execute(query, (self._pool,)).fetchone()[0] >= MOST_PENDING:
            raise Throttled("pushed requests", retry_after_s=LIFETIME_S)
        return self._store(client_id, json.dumps(list(pairs)), begun=False, expires_at=now + LIFETIME_S)

    def begin(self, request_uri: str, client_id: str) -> str | None:
        """Use up a pushed handle; returns the handle of this visit, or None if it is one already.

        Raises:
            RequestUriRefused: Unknown, used, expired, or another client's.
        """
        now = int(self._clock())
        with transaction(self._connection):
            pushed = self._connection.execute(
                "DELETE FROM pushed_requests WHERE handle_hash = ? AND pool = ? AND client_id = ? AND begun = 0"
                " AND expires_at > ? RETURNING parameters",
                (digest(request_uri), self._pool, client_id, now),
            ).fetchone()
            if pushed is not None:
                return self._store(client_id, pushed["parameters"], begun=True, expires_at=now + VISIT_S)
        self.parameters(request_uri, client_id)
        return None

    def parameters(self, request_uri: str, client_id: str) -> Parameters:
        """What was pushed, for a visit that has begun.

        Raises:
            RequestUriRefused: No such visit of this client.
        """
        row = self._connection.execute(
            "SELECT parameters FROM pushed_requests"
            " WHERE handle_hash = ? AND pool = ? AND client_id = ? AND begun = 1 AND expires_at > ?",
            (digest(request_uri), self._pool, client_id, int(self._clock())),
        ).fetchone()
        if row is None:
            raise RequestUriRefused("unknown, used, expired, or another client's")
        return Parameters([(name, value) for name, value in json.loads(row["parameters"])], request_uri=request_uri)

    def change(self, request_uri: str, pairs: Pairs) -> None:
        """Go on with other parameters: those without the wish that was just fulfilled."""
        self._connection.execute(
            "UPDATE pushed_requests SET parameters = ? WHERE handle_hash = ? AND pool = ? AND begun = 1",
            (json.dumps(list(pairs)), digest(request_uri), self._pool),
        )

    def finish(self, request_uri: str) -> None:
        """End a visit, before its code is issued.

        Raises:
            RequestUriRefused: Somebody else was faster.
        """
        ended = self._connection.execute(
            "DELETE FROM pushed_requests WHERE handle_hash = ? AND pool = ?", (digest(request_uri), self._pool)
        )
        if ended.rowcount != 1:
            raise RequestUriRefused("this visit has ended")

    def _store(self, client_id: str, parameters: str, *, begun: bool, expires_at: int) -> str:
        request_uri = PREFIX + secrets.token_urlsafe(32)
        self._connection.execute(
            "INSERT INTO pushed_requests (handle_hash, pool, client_id, parameters, begun, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (digest(request_uri), self._pool, client_id, parameters, int(begun), expires_at),
        )
        return request_uri

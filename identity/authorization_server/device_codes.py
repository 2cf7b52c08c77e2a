"""Pending device authorizations (RFC 8628): a program without a browser waits, a person decides on another device.

    start(...)                program: gets a device code for itself and a user code to show
    pending(user_code, ...)   page: which client wants what, for the person to compare and decide
    approve(...), deny(...)   page: the decision, made once
    poll(device_code, ...)    program: the decision, handed out once

Both codes are stored as hashes only. A user code is short, so its hash is keyed with a key of this process: the file
alone does not give it away, and a restart ends what was pending.
"""

import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidGrantError
from authlib.oauth2.rfc8628 import AuthorizationPendingError, ExpiredTokenError, SlowDownError

from identity.authorization_server.database import digest, transaction
from identity.authorization_server.errors import DeviceCodesThrottled
from identity.authorization_server.sign_in import SignIn

LIFETIME_S = 600
INTERVAL_S = 5
SLOWER_BY_S = 5  # RFC 8628 §3.5: on each slow_down
# RFC 8628 §6.1: no vowels, so no words; no digits, so nothing that looks like a letter. 20 ** 8, about 34 bits.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
_USER_CODE_LENGTH = 8
MOST_GUESSES = 5
GUESSES_WINDOW_S = 600.0
MOST_PENDING = 100
_REMEMBERED_AFTER_S = 600  # how long a program still learns that its code has expired


@dataclass(frozen=True)
class DeviceAuthorization:
    """What the program gets.

    Attributes:
        user_code: `XXXX-XXXX`, to be shown.
        expires_in: Seconds.
        interval: Least seconds between two polls.
    """

    device_code: str = field(repr=False)
    user_code: str = field(repr=False)
    expires_in: int
    interval: int


@dataclass(frozen=True)
class PendingDevice:
    """What a person decides about.

    Attributes:
        user_code: As it is shown on the other device.
        scope: Space-separated.
        audiences: What the tokens may be addressed to.
    """

    user_code: str = field(repr=False)
    client_id: str
    scope: str
    audiences: tuple[str, ...]


@dataclass(frozen=True)
class ApprovedDevice:
    """A decision to allow, already used up.

    Attributes:
        sub: Who decided.
        auth_time: When they signed in, epoch seconds.
        amr: How (RFC 8176).
    """

    client_id: str
    scope: str
    audiences: tuple[str, ...]
    sub: str
    auth_time: int
    amr: tuple[str, ...]


class DeviceCodes:
    """The device authorizations of one pool.

    Args:
        connection: The database.
        pool: Name of the pool.
        clock: Epoch seconds.
    """

    def __init__(self, connection: sqlite3.Connection, pool: str, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._pool = pool
        self._clock = clock
        self._user_code_key = secrets.token_bytes(32)
        self._guesses: dict[str, list[float]] = {}

    def start(self, client_id: str, scope: str, audiences: Iterable[str]) -> DeviceAuthorization:
        """Begin.

        Args:
            client_id: Who will poll.
            scope: What it wants, space-separated; checked by the caller.
            audiences: What its tokens shall be addressed to; checked by the caller.

        Raises:
            DeviceCodesThrottled: `MOST_PENDING` wait for an answer already.
        """
        now = self._clock()
        device_code, user_code = secrets.token_urlsafe(32), _new_user_code()
        with transaction(self._connection):
            self._connection.execute(
                "DELETE FROM device_codes WHERE expires_at <= ?", (int(now) - _REMEMBERED_AFTER_S,)
            )
            self._check_room(now)
            self._connection.execute(
                "INSERT INTO device_codes (device_code_hash, user_code_hash, pool, client_id, scope, audiences,"
                " interval_s, next_poll_at, state, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?)",
                (
                    digest(device_code),
                    self._user_code_hash(user_code),
                    self._pool,
                    client_id,
                    scope,
                    json.dumps(tuple(audiences)),
                    INTERVAL_S,
                    now + INTERVAL_S,
                    int(now) + LIFETIME_S,
                ),
            )
        return DeviceAuthorization(device_code, user_code, LIFETIME_S, INTERVAL_S)

    def pending(self, user_code: str, sub: str) -> PendingDevice | None:
        """What a user code stands for; upper or lower case, with or without the dash.

        Every code that stands for nothing counts as a guess of this person (RFC 8628 §5.1).

        Args:
            user_code: What was typed.
            sub: Who is signed in.

        Returns:
            None if nothing is pending under this code.

        Raises:
            DeviceCodesThrottled: `MOST_GUESSES` within `GUESSES_WINDOW_S`.
        """
        now = self._clock()
        guesses = [moment for moment in self._guesses.get(sub, []) if now - moment < GUESSES_WINDOW_S]
        if len(guesses) >= MOST_GUESSES:
            raise DeviceCodesThrottled("too many user codes that stand for nothing")
        row = self._connection.execute(
            "SELECT client_id, scope, audiences FROM device_codes"
            " WHERE user_code_hash = ? AND pool = ? AND state = 'pending' AND expires_at > ?",
            (self._user_code_hash(user_code), self._pool, int(now)),
        ).fetchone()
        if row is None:
            self._guesses[sub] = [*guesses, now]
            return None
        audiences = tuple(json.loads(row["audiences"]))
        return PendingDevice(_shown(user_code), row["client_id"], row["scope"], audiences)

    def approve(self, user_code: str, sign_in: SignIn) -> bool:
        """Allow what is pending under a user code, in the name of whoever signed in.

        Returns:
            False if nothing is pending under this code any more.

        Raises:
            DeviceCodesThrottled: As with `pending`.
        """
        return self._decide(user_code, sign_in, "approved")

    def deny(self, user_code: str, sign_in: SignIn) -> bool:
        """Refuse what is pending under a user code; otherwise as `approve`."""
        return self._decide(user_code, sign_in, "denied")

    def poll(self, device_code: str, client_id: str) -> ApprovedDevice:
        """The decision. One that was made is gone afterwards, before any token is issued for it.

        Raises:
            InvalidGrantError: The code is unknown, used, or another client's.
            ExpiredTokenError: Nobody decided in time, or nobody asked for the decision in time.
            SlowDownError: Asked too soon; the interval is 5 seconds longer from now on.
            AuthorizationPendingError: Nobody has decided yet.
            AccessDeniedError: Somebody refused.
        """
        now = self._clock()
        key = {"code": digest(device_code), "pool": self._pool, "client": client_id}
        mine = "device_code_hash = :code AND pool = :pool AND client_id = :client"
        row = self._connection.execute(f"SELECT * FROM device_codes WHERE {mine}", key).fetchone()  # noqa: S608  # ours
        if row is None:
            raise InvalidGrantError
        if row["expires_at"] <= now:
            raise ExpiredTokenError
        if row["state"] == "pending":
            raise self._wait(row, now)
        decided = self._connection.execute(
            f"DELETE FROM device_codes WHERE {mine} RETURNING *",  # noqa: S608  # our own words
            key,
        ).fetchone()
        if decided is None:
            raise InvalidGrantError
        if decided["state"] != "approved":
            raise AccessDeniedError
        return ApprovedDevice(
            client_id=decided["client_id"],
            scope=decided["scope"],
            audiences=tuple(json.loads(decided["audiences"])),
            sub=decided["sub"],
            auth_time=decided["auth_time"],
            amr=tuple(json.loads(decided["amr"])),
        )

    def _wait(self, row: sqlite3.Row, now: float) -> AuthorizationPendingError | SlowDownError:
        early = now < row["next_poll_at"]
        interval = row["interval_s"] + (SLOWER_BY_S if early else 0)
        self._connection.execute(
            "UPDATE device_codes SET interval_s = ?, next_poll_at = ? WHERE device_code_hash = ?",
            (interval, now + interval, row["device_code_hash"]),
        )
        return SlowDownError() if early else AuthorizationPendingError()

    def _decide(self, user_code: str, sign_in: SignIn, state: str) -> bool:
        if self.pending(user_code, sign_in.user.sub) is None:
            return False
        decided = self._connection.execute(
            "UPDATE device_codes SET state = ?, sub = ?, auth_time = ?, amr = ?"
            " WHERE user_code_hash = ? AND pool = ? AND state = 'pending'",
            (
                state,
                sign_in.user.sub,
                sign_in.auth_time,
                json.dumps(sign_in.amr),
                self._user_code_hash(user_code),
                self._pool,
            ),
        )
        return decided.rowcount == 1

    def _check_room(self, now: float) -> None:
        waiting = self._connection.execute(
            "SELECT COUNT(*) FROM device_codes WHERE pool = ? AND expires_at > ?", (self._pool, int(now))
        ).fetchone()[0]
        if waiting >= MOST_PENDING:
            raise DeviceCodesThrottled("too many device authorizations are pending")

    def _user_code_hash(self, user_code: str) -> str:
        message = f"{self._pool}\n{_letters(user_code)}".encode()
        return hmac.new(self._user_code_key, message, hashlib.sha256).hexdigest()


def _new_user_code() -> str:
    return _shown("".join(secrets.choice(ALPHABET) for _ in range(_USER_CODE_LENGTH)))


def _letters(user_code: str) -> str:
    # RFC 8628 §6.1: compare without case, and ignore what is not of the alphabet.
    return "".join(letter for letter in user_code.upper() if letter in ALPHABET)


def _shown(user_code: str) -> str:
    letters = _letters(user_code)
    return f"{letters[: _USER_CODE_LENGTH // 2]}-{letters[_USER_CODE_LENGTH // 2 :]}"

"""Workload access tokens: opaque handles of a workload, and of the user it acts for.

A handle says nothing; the vault keeps what it stands for, sealed, under the handle's digest. The same workload and
user token always give the same handle, so that callers can cache what they got with it.
"""

import hmac
import json
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass

from identity.base64url import base64url
from identity.length_prefixed import digest, length_prefixed
from identity.tokens import Principal
from identity.vault.envelope import Envelopes, RowName, user_owner, workload_owner
from identity.vault.errors import CallerUnauthorized

USER_ID_ISSUER = "urn:agentcore:user-id"  # users named by a trusted caller, without a token of theirs


@dataclass(frozen=True)
class SubjectToken:
    """The user's own token, kept for on-behalf-of exchanges."""

    value: str
    jti: str

    def __repr__(self) -> str:
        return f"SubjectToken(jti={self.jti!r})"


@dataclass(frozen=True)
class WorkloadGrant:
    """What a workload access token stands for.

    Attributes:
        user: (issuer, subject), or None for the workload on its own.
        subject_token: None unless the user came with a token.
        display_name: For traces.
        expires_at: Epoch seconds.
    """

    workload: str
    expires_at: float
    user: tuple[str, str] | None = None
    subject_token: SubjectToken | None = None
    display_name: str | None = None

    @property
    def owner(self) -> str:
        """Whose data key seals what is kept for this grant."""
        return user_owner(*self.user) if self.user else workload_owner(self.workload)


class WorkloadTokens:
    """Issues and resolves workload access tokens.

    Args:
        handle_key: Makes handles unguessable.
        clock: Epoch seconds.
        userless_life_s: Life of tokens that do not end with a user's token.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        envelopes: Envelopes,
        handle_key: bytes,
        *,
        clock: Callable[[], float],
        userless_life_s: float,
    ) -> None:
        self._database = database
        self._envelopes = envelopes
        self._handle_key = handle_key
        self._clock = clock
        self._userless_life_s = userless_life_s

    def for_workload(self, workload: str) -> str:
        """A token of the workload on its own."""
        return self._store(secrets.token_urlsafe(32), WorkloadGrant(workload, self._clock() + self._userless_life_s))

    def for_user_id(self, workload: str, user_id: str) -> str:
        """A token of the workload for a user whom the caller vouches for; good for no exchange."""
        user = (USER_ID_ISSUER, user_id)
        return self._store(
            secrets.token_urlsafe(32), WorkloadGrant(workload, self._clock() + self._userless_life_s, user)
        )

    def for_principal(self, workload: str, principal: Principal, token: str) -> str:
        """A token of the workload for a verified user; ends with the user's own token."""
        text = length_prefixed(workload, principal.issuer, principal.subject, token)
        handle = base64url(hmac.digest(self._handle_key, text, "sha256"))
        if self._known(handle):
            return handle
        grant = WorkloadGrant(
            workload,
            principal.expires_at,
            (principal.issuer, principal.subject),
            SubjectToken(token, principal.jti),
            principal.username,
        )
        return self._store(handle, grant)

    def resolve(self, handle: str) -> WorkloadGrant:
        """What a token stands for.

        Raises:
            CallerUnauthorized: Unknown or expired.
            SealBroken: The stored row was tampered with.
        """
        key = digest(handle)
        row = self._database.execute("SELECT * FROM workload_token WHERE handle_digest = ?", (key,)).fetchone()
        if row is None:
            raise CallerUnauthorized("the workload access token is not valid")
        name = RowName(row["owner"], row["workload"], "workload-token", key)
        grant = _load(self._envelopes.open(name, row["sealed"]))
        if grant.expires_at <= self._clock():
            raise CallerUnauthorized("the workload access token has expired")
        return grant

    def forget(self, owner: str) -> None:
        """Remove every token of a user."""
        self._database.execute("DELETE FROM workload_token WHERE owner = ?", (owner,))

    def _known(self, handle: str) -> bool:
        found = self._database.execute("SELECT 1 FROM workload_token WHERE handle_digest = ?", (digest(handle),))
        return found.fetchone() is not None

    def _store(self, handle: str, grant: WorkloadGrant) -> str:
        key = digest(handle)
        name = RowName(grant.owner, grant.workload, "workload-token", key)
        sealed = self._envelopes.seal(name, json.dumps(asdict(grant)).encode())
        self._database.execute("DELETE FROM workload_token WHERE expires_at < ?", (self._clock(),))
        self._database.execute(
            "INSERT OR REPLACE INTO workload_token VALUES (?, ?, ?, ?, ?)",
            (key, grant.workload, grant.owner, sealed, grant.expires_at),
        )
        return handle


def _load(plaintext: bytes) -> WorkloadGrant:
    stored = json.loads(plaintext)
    subject = stored["subject_token"]
    return WorkloadGrant(
        workload=stored["workload"],
        expires_at=stored["expires_at"],
        user=tuple(stored["user"]) if stored["user"] else None,
        subject_token=SubjectToken(**subject) if subject else None,
        display_name=stored["display_name"],
    )

"""Rotation without downtime: a new version wraps at once, old data keys are rewrapped, then old versions die (V14).

rotate  → the new version is written to its store, whole, then used: whatever is read from now on is rewrapped
sweep   → every other data key, in batches between which requests are served
retire  → the rewrapped keys are brought to the disk, and only then are versions that nothing uses destroyed
"""

import asyncio
import logging
import sqlite3

from identity.vault.audit import AuditTrail, acting
from identity.vault.data_keys import DataKeys
from identity.vault.errors import KeyServiceUnavailable, SealBroken
from identity.vault.keyring import Keyring

logger = logging.getLogger(__name__)

BATCH = 50


class KeyRotation:
    """Rotates the key encryption key of a vault."""

    def __init__(self, database: sqlite3.Connection, data_keys: DataKeys, keyring: Keyring, audit: AuditTrail) -> None:
        self._database = database
        self._data_keys = data_keys
        self._keyring = keyring
        self._audit = audit
        self._sweep: asyncio.Task[None] | None = None

    def rotate(self) -> int:
        """Activate a new version and start the sweep.

        Raises:
            RequestInvalid: The keyring is rotated elsewhere.
        """
        version = self._keyring.rotate()
        self._audit.record("rotate", who=acting.get(), what=f"version {version}", decision="activated")
        self.start_sweep()
        return version

    def start_sweep(self) -> None:
        """Rewrap and retire in the background: after a rotation, and after a start that may follow a crash."""
        if self._sweep is not None:
            self._sweep.cancel()
        self._sweep = asyncio.create_task(self.sweep(), name="vault-key-sweep")

    async def sweep(self) -> None:
        """Rewrap every data key that an older version wraps, then retire the older versions."""
        active, owner, broken = self._keyring.active, "", 0
        try:
            while owners := self._data_keys.wrapped_before(active, after=owner, limit=BATCH):
                for owner in owners:
                    broken += not self._rewrap(owner)
                await asyncio.sleep(0)  # requests go first
        except KeyServiceUnavailable:
            logger.warning("version=<%s> | the sweep waits for the next start: the key service is away", active)
            return
        if broken:
            self._audit.record(
                "retire", who="vault", what=f"below version {active}", decision="kept", unreadable=broken
            )
            return
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # to the disk, before the old keys go from it
        if self._keyring.retire(active):
            self._audit.record("retire", who="vault", what=f"below version {active}", decision="destroyed")

    async def stop(self) -> None:
        """End the sweep; the next start takes it up again."""
        if self._sweep is not None:
            self._sweep.cancel()
            await asyncio.gather(self._sweep, return_exceptions=True)

    def _rewrap(self, owner: str) -> bool:
        try:
            self._data_keys.find(owner)  # rewraps what it finds under an older version
        except SealBroken:
            logger.error("owner is not readable | its data key stays as it is, and so do old key versions")  # noqa: TRY400  the stack says nothing more
            return False
        return True

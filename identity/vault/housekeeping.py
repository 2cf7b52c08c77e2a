"""What nobody needs any more is destroyed, not left lying: expired rows, and the data keys of people with none left."""

import asyncio
import sqlite3
from collections.abc import Callable

from identity.vault.envelope import Envelopes

PERIOD_S = 600.0
_EXPIRING = ("workload_token", "resource_token", "consent_session")
_ORPHANS = """
SELECT owner FROM data_key WHERE owner LIKE '["user", %'
AND NOT EXISTS (SELECT 1 FROM workload_token WHERE workload_token.owner = data_key.owner)
AND NOT EXISTS (SELECT 1 FROM resource_token WHERE resource_token.owner = data_key.owner)
AND NOT EXISTS (SELECT 1 FROM consent_session WHERE consent_session.owner = data_key.owner)
AND NOT EXISTS (SELECT 1 FROM connection WHERE connection.owner = data_key.owner)
"""


class Housekeeping:
    """Tidies a vault's database now and then.

    Args:
        clock: Epoch seconds.
    """

    def __init__(self, database: sqlite3.Connection, envelopes: Envelopes, clock: Callable[[], float]) -> None:
        self._database = database
        self._envelopes = envelopes
        self._clock = clock

    def tidy(self) -> int:
        """Delete what has expired; how many people's data keys went with it."""
        for table in _EXPIRING:
            self._database.execute(f"DELETE FROM {table} WHERE expires_at < ?", (self._clock(),))  # noqa: S608  constants
        owners = [row["owner"] for row in self._database.execute(_ORPHANS)]
        for owner in owners:
            self._envelopes.shred(owner)
        return len(owners)

    async def run(self) -> None:
        """Tidy at the start and every so often, until cancelled."""
        while True:
            self.tidy()
            await asyncio.sleep(PERIOD_S)

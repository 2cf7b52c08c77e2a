"""Takes changed policy files into use without dropping a call; a broken change leaves the last good ones in force."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway_config.errors import ConfigError
from gateway_config.tool_policy import ToolPolicy
from local_agentcore.gateway.policy.authority import ToolPolicies
from local_agentcore.gateway.policy.errors import PoliciesRefused

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 2.0
Stamp = tuple[tuple[str, int, int], ...]


class PolicyReload:
    """Watches one folder.

    Args:
        engine: What decides.
        folder: Of the `*.cedar` files.
        read: Reads and checks them.
    """

    def __init__(self, engine: ToolPolicies, folder: Path, read: Callable[[], Sequence[ToolPolicy]]) -> None:
        self._engine = engine
        self._folder = folder
        self._read = read
        self._seen = self._stamp()

    def look(self) -> bool:
        """Whether a change was taken into use. A broken one is said once and looked at again when it changes."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            self._engine.replace_policies(self._read())
        except (ConfigError, PoliciesRefused) as error:
            logger.error("reason=<%s> | changed policies were refused, the last good ones stay", error)  # noqa: TRY400 - the reason is the message
            return False
        logger.info("policies=<%d> | changed policies are in use", len(self._engine.policies))
        return True

    async def watch(self) -> None:
        """Looks until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await asyncio.to_thread(self.look)

    def _stamp(self) -> Stamp:
        files = sorted(self._folder.glob("*.cedar"))
        return tuple((file.name, (stat := file.stat()).st_mtime_ns, stat.st_size) for file in files)

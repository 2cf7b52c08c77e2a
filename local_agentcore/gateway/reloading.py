"""Takes changed files of `gateway_config/` into use without dropping a call; a broken change changes nothing."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from gateway_config.errors import ConfigError
from gateway_config.tool_pins import PINS
from gateway_config.tool_policy import POLICIES, ToolPolicy
from local_agentcore.gateway.admission.gatekeeper import Gatekeeper
from local_agentcore.gateway.policy.authority import ToolPolicies
from local_agentcore.gateway.policy.errors import PoliciesRefused

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 2.0
Stamp = tuple[tuple[str, int, int], ...]


class Reload:
    """Watches some files.

    Args:
        what: For the log.
        files: Those there are now.
        take: Takes what they say into use, or raises.
    """

    def __init__(self, what: str, files: Callable[[], Iterable[Path]], take: Callable[[], None]) -> None:
        self._what = what
        self._files = files
        self._take = take
        self._seen = self._stamp()

    def look(self) -> bool:
        """Whether a change was taken into use. A broken one is said once and looked at again when it changes."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            self._take()
        except (ConfigError, PoliciesRefused) as error:
            logger.error("what=<%s>, reason=<%s> | a change was refused, the last good ones stay", self._what, error)  # noqa: TRY400 - the reason is the message
            return False
        logger.info("what=<%s> | a change is in use", self._what)
        return True

    async def watch(self) -> None:
        """Looks until it is cancelled.

        In the loop, not in a thread: tools are admitted there too, and neither may see the other half done. All
        policies of four teams are read and checked in some 15 ms.
        """
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look()

    def _stamp(self) -> Stamp:
        return tuple(sorted(_stamp(file) for file in self._files()))


def policy_reload(engine: ToolPolicies, folder: Path, read: Callable[[], Sequence[ToolPolicy]]) -> Reload:
    """Watches the tool policies of a configuration.

    Args:
        engine: Decides by them.
        folder: Of the configuration.
        read: Reads and checks them.
    """
    return Reload("policies", lambda: (folder / POLICIES).glob("*.cedar"), lambda: engine.replace_policies(read()))


def pin_reload(gatekeeper: Gatekeeper, folder: Path, read: Callable[[], Mapping[str, str]]) -> Reload:
    """Watches what was accepted of the tools' words."""
    return Reload("accepted tools", lambda: [folder / PINS], lambda: gatekeeper.replace_pins(read()))


def _stamp(file: Path) -> tuple[str, int, int]:
    """Another one after every change; a file that went away or may not be looked at has one, too."""
    try:
        stat = file.stat()
    except OSError:
        return file.name, 0, 0
    return file.name, stat.st_mtime_ns, stat.st_size

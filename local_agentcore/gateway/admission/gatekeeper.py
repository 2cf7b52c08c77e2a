"""Lets a listed tool in, or says why not."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from local_agentcore.gateway.admission.fingerprints import fingerprint
from local_agentcore.gateway.admission.hidden_text import objection
from local_agentcore.gateway.admission.shadowing import OtherTools
from local_agentcore.gateway.tools import GatewayTool

logger = logging.getLogger(__name__)
Standing = Literal["accepted", "changed", "new", "refused"]
Pins = Mapping[str, str]
"""Name of a tool with its target's before it, to its fingerprint when it was accepted."""


@dataclass(frozen=True)
class Judged:
    """One listed tool.

    Attributes:
        fingerprint: Of what it says now.
        reason: Why it was refused.
    """

    tool: GatewayTool
    standing: Standing
    fingerprint: str
    reason: str = ""


class Gatekeeper:
    """Judges what targets list.

    A tool that says something else than when it was accepted is disabled until somebody accepts it again, and so is
    one that nobody has accepted yet; one that no person can read is refused whatever was accepted.

    Args:
        pins: What was accepted.
    """

    def __init__(self, pins: Pins) -> None:
        self._pins = dict(pins)
        self._judged: tuple[Judged, ...] = ()
        self._said: set[tuple[str, str]] = set()
        self.version = 0

    @property
    def judged(self) -> Sequence[Judged]:
        """Every tool of the latest lists."""
        return self._judged

    def replace_pins(self, pins: Pins) -> None:
        """From the next look on these are accepted, and no others."""
        self._pins = dict(pins)
        self.version += 1

    def admit(self, tools: Iterable[GatewayTool]) -> list[GatewayTool]:
        """The tools that are offered.

        Args:
            tools: Of all targets, in the order of the targets.
        """
        self._judged = tuple(self._judge(list(tools)))
        for each in self._judged:
            self._tell(each)
        return [each.tool for each in self._judged if each.standing == "accepted"]

    def _judge(self, tools: Sequence[GatewayTool]) -> Iterator[Judged]:
        others = OtherTools((tool.target.name, tool.own_name) for tool in tools)
        first: list[str] = []
        for tool in tools:
            if tool.target.name not in first:
                first.append(tool.target.name)
            says = fingerprint(tool.own_name, tool.document)
            reason = objection(tool.own_name, tool.document) or others.objection(
                tool.target.name, tool.own_name, tool.document, first[:-1]
            )
            yield Judged(tool, "refused" if reason else self._standing(tool.name, says), says, reason or "")

    def _standing(self, name: str, says: str) -> Standing:
        accepted = self._pins.get(name)
        return "new" if accepted is None else "accepted" if accepted == says else "changed"

    def _tell(self, judged: Judged) -> None:
        """The alarm, once for each thing that a tool says."""
        if judged.standing == "accepted" or (judged.tool.name, judged.fingerprint) in self._said:
            return
        self._said.add((judged.tool.name, judged.fingerprint))
        # A refused name may itself be the attack: it is written in ASCII.
        name = ascii(judged.tool.name[:150])
        logger.error("tool=<%s>, standing=<%s>, reason=<%s> | not offered", name, judged.standing, judged.reason)
